/// Which keys each query of an `attend` or a `visit` sees, and with which
/// score.
#ifndef ATTENTION_INTERPRETER_SEENKEYS_H
#define ATTENTION_INTERPRETER_SEENKEYS_H

#include "interpreter/ClosedSums.h"
#include "interpreter/Positions.h"

namespace attention {

/// Sizes of one attention, and how many heads each operand has.
struct AttentionSizes {
  int64_t batch, heads, queries, keys, features, columns;
  int64_t queryHeads, keyHeads, valueHeads;
};

/// The sizes of query, key and value; fails where they contradict each other.
llvm::FailureOr<AttentionSizes> attentionSizes(mlir::Operation *op,
                                               const Array &query,
                                               const Array &key,
                                               const Array &value);

/// What `attend` and `visit` say about pairs, read once for all rows. Refers to
/// the arrays of the frame it was made from.
class PairSource {
public:
  /// `closed` is the variant's sum; only `append` asks for it.
  static llvm::FailureOr<PairSource> of(AttendOp op, const ClosedSum &closed,
                                        const Frame &frame);
  static llvm::FailureOr<PairSource> of(VisitOp op, const ClosedSum &closed,
                                        const Frame &frame);

  /// Appends the keys in rows `[first, last)` that query row `query` sees.
  /// Regions run in `frame`.
  llvm::LogicalResult append(Frame &frame, int64_t batch, int64_t head,
                             int64_t query, int64_t first, int64_t last,
                             llvm::SmallVectorImpl<SeenKey> &seen) const;

  /// Whether a key is there at all.
  bool exists(int64_t batch, int64_t key) const;
  /// The keys in rows `[first, second)` that a query of a causal `attend`, or
  /// of one without mask, has in its document, those that do not exist too.
  std::pair<int64_t, int64_t> past(int64_t batch, int64_t query) const;

  /// Rows of the operands in one head of the output.
  llvm::ArrayRef<double> queryRow(int64_t batch, int64_t head,
                                  int64_t row) const;
  llvm::ArrayRef<double> keyRow(int64_t batch, int64_t head, int64_t row) const;
  llvm::ArrayRef<double> valueRow(int64_t batch, int64_t head,
                                  int64_t row) const;

  AttentionSizes sizes;

private:
  template <typename Op>
  static llvm::FailureOr<PairSource> common(Op op, const ClosedSum &closed,
                                            const Frame &frame);
  llvm::LogicalResult check(llvm::StringRef what, const Array *clause,
                            Shape expected, bool broadcasts) const;
  llvm::LogicalResult checkMemory(AttendOp op, const Frame &frame) const;
  llvm::LogicalResult checkClauses() const;
  llvm::FailureOr<bool> sees(Frame &frame, int64_t batch, int64_t head,
                             int64_t query, int64_t key) const;
  llvm::FailureOr<double> score(Frame &frame, int64_t batch, int64_t head,
                                int64_t query, int64_t key) const;
  /// Positions of a query row and a key row, within their document.
  std::pair<int64_t, int64_t> positions(int64_t batch, int64_t query,
                                        int64_t key) const;

  mlir::Operation *op;
  const Array *query, *key, *value;
  const Array *keys = nullptr, *offset = nullptr, *bias = nullptr;
  mlir::Attribute mask;
  ClosedSum closed;
  mlir::Region *visible = nullptr, *scoreMap = nullptr;
  std::optional<Spans> spans;
  double scale = 1;
  int64_t firstQuery = 0, firstKey = 0;
};

} // namespace attention

#endif // ATTENTION_INTERPRETER_SEENKEYS_H
