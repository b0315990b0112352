/// Which dimension of each value runs along the tokens of a sequence.
#ifndef ATTENTION_PASSES_TOKENAXES_H
#define ATTENTION_PASSES_TOKENAXES_H

#include "dialect/Attention.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/DenseMap.h"
#include "llvm/ADT/DenseSet.h"
#include <optional>
#include <string>

namespace attention {

/// Follows the axes that arguments state (`attention.tokens`) through a
/// function, op by op in order. An op that mixes tokens, or that tells how many
/// there are, has no rule, and makes the function one that cannot be fed in
/// pieces.
class TokenAxes {
public:
  explicit TokenAxes(mlir::func::FuncOp function);
  /// Nothing has tokens before `set` says so.
  TokenAxes() = default;

  /// The axis of a value, if it has tokens.
  std::optional<int64_t> of(mlir::Value value) const;

  /// How many rows that are no tokens come before them (`tensor.pad`).
  int64_t leading(mlir::Value value) const { return leadingRows.lookup(value); }

  /// Whether `op` keeps rows that are no tokens apart from tokens: only slices
  /// do. Says why not.
  bool keepsApart(mlir::Operation *op);

  /// Whether the regions of `op` read tokens, or their number, from around it.
  bool readsTokensInside(mlir::Operation *op) const;

  /// States the axes of what `op` yields, by those of its operands; false, with
  /// a reason, if it cannot go token by token.
  bool follow(mlir::Operation *op);

  /// The same for a loop whose carries have tokens where they start to have
  /// them; `inside` takes care of each op of its body.
  bool followLoop(mlir::scf::ForOp loop,
                  llvm::function_ref<bool(mlir::Operation *)> inside);

  /// What was known of `before`, which may be gone, is so of `after`.
  void rename(mlir::Value before, mlir::Value after);

  /// The same for an op that someone else took care of.
  void set(mlir::Value value, int64_t axis, int64_t leading = 0) {
    axes[value] = axis;
    if (leading)
      leadingRows[value] = leading;
  }

  const std::string &reason() const { return why; }
  bool refuse(mlir::Operation *op, const llvm::Twine &reason);
  /// Refuses for a reason that another gave.
  bool refuseBy(const std::string &reason) { return why = reason, false; }
  /// The reason, which is forgotten here.
  std::string takeReason() { return std::exchange(why, {}); }

  /// Whether `size` is the number of tokens.
  bool isCount(mlir::OpFoldResult size) const;

private:
  bool followElementwise(mlir::Operation *op);
  bool followRows(mlir::Operation *op, mlir::Value input);
  bool followSize(mlir::tensor::DimOp op);
  bool followPad(mlir::tensor::PadOp op);
  bool followSlice(mlir::tensor::ExtractSliceOp op);
  bool followConcat(mlir::tensor::ConcatOp op);
  bool followLinalg(mlir::linalg::LinalgOp op);

  llvm::DenseMap<mlir::Value, int64_t> axes, leadingRows;
  llvm::DenseSet<mlir::Value> counts; ///< sizes along tokens
  std::string why;
};

} // namespace attention

#endif // ATTENTION_PASSES_TOKENAXES_H
