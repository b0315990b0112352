/// How large the carries of `segments` are, and can get.
#ifndef ATTENTION_PASSES_SEGMENTSIZES_H
#define ATTENTION_PASSES_SEGMENTSIZES_H

#include "dialect/Attention.h"

namespace attention {

/// A dynamic size of a carry.
struct CarriedSize {
  unsigned carry;
  int64_t dim;
  mlir::Value next;  ///< in the region, what it is after a segment
  mlir::Value first; ///< before the first segment
  mlir::Value most;  ///< the most that it can be in any segment
  bool isKept;       ///< by every segment
};

/// Follows the sizes of carries through the region: from this it tells bounds.
class SegmentSizes {
public:
  explicit SegmentSizes(SegmentsOp op) : op(op) {}

  /// Reads the region; computes before the op, by `builder`, how large carries
  /// can get. Fails, with a diagnostic, if one grows without bound.
  mlir::LogicalResult read(mlir::OpBuilder &builder);

  /// The same where there is no telling how long the sequence will get: false,
  /// without a diagnostic, if there is a carry whose bounds are not constants,
  /// or whose sizes do not follow from those of segments.
  bool readForSession(mlir::OpBuilder &builder);
  /// Then: the type of a carry of the largest sizes. The first one of a batch
  /// may be dynamic.
  mlir::RankedTensorType largest(unsigned carry) const;
  /// And the sizes of those that vary, in their order, behind `count` complete
  /// segments.
  llvm::SmallVector<mlir::Value> after(mlir::OpBuilder &builder,
                                       mlir::Value count);

  /// Sizes that vary from one segment to the next, in the order of carries.
  llvm::ArrayRef<CarriedSize> varying() const { return changing; }
  llvm::SmallVector<CarriedSize> of(unsigned carry) const;
  bool varies(unsigned carry) const { return !of(carry).empty(); }

  /// The columns of the output.
  mlir::Value columns() const { return outputColumns; }

private:
  llvm::SmallVector<CarriedSize> question();
  mlir::IRMapping knownBefore(mlir::OpBuilder &builder, mlir::Value rows);
  void know(mlir::IRMapping &known, mlir::Value argument, int64_t dim,
            mlir::Value size);
  const CarriedSize *findUnbounded(mlir::OpBuilder &builder,
                                   mlir::IRMapping &known);
  bool isBatch(const CarriedSize &size) const;

  SegmentsOp op;
  llvm::SmallVector<CarriedSize> changing;
  mlir::Value outputColumns;
};

} // namespace attention

#endif // ATTENTION_PASSES_SEGMENTSIZES_H
