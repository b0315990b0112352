/// Which dimension of each value runs along the tokens of a sequence.
#ifndef ATTENTION_PASSES_TOKENAXES_H
#define ATTENTION_PASSES_TOKENAXES_H

#include "dialect/Attention.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/DenseMap.h"
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

  /// The axis of a value, if it has tokens.
  std::optional<int64_t> of(mlir::Value value) const;

  /// States the axes of what `op` yields, by those of its operands; false, with
  /// a reason, if it cannot go token by token.
  bool follow(mlir::Operation *op);

  /// The same for an op that someone else took care of.
  void set(mlir::Value value, int64_t axis) { axes[value] = axis; }

  const std::string &reason() const { return why; }
  bool refuse(mlir::Operation *op, const llvm::Twine &reason);

private:
  bool followElementwise(mlir::Operation *op);
  bool followRows(mlir::Operation *op, mlir::Value input);
  bool followSize(mlir::Operation *op);

  llvm::DenseMap<mlir::Value, int64_t> axes;
  std::string why;
};

} // namespace attention

#endif // ATTENTION_PASSES_TOKENAXES_H
