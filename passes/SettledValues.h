/// What a function computes from its weights and constants alone.
#ifndef ATTENTION_PASSES_SETTLEDVALUES_H
#define ATTENTION_PASSES_SETTLEDVALUES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/SetVector.h"

namespace attention {

/// What an operation reads: its operands, and what its regions take from
/// around it.
llvm::SetVector<mlir::Value> readsOf(mlir::Operation *op);

/// How a value comes about.
struct Origin {
  llvm::SetVector<mlir::Operation *> ops; ///< in no order
  llvm::SetVector<mlir::Value> weights;   ///< arguments of the function
};

/// The values of a function that no input has part in: weights of static shape,
/// and results of operations of its body that read nothing else, have no side
/// effects, and whose results are numbers or tensors of static shape.
class SettledValues {
public:
  explicit SettledValues(mlir::func::FuncOp function);

  bool contains(mlir::Value value) const { return values.contains(value); }

  /// All that the value is computed from, itself included.
  Origin originOf(mlir::Value value) const;

  /// Whether an operation that some input has part in computes with the value.
  bool isReadByRuns(mlir::Value value) const;

private:
  bool isSettled(mlir::Operation *op) const;

  mlir::Block *body;
  llvm::DenseSet<mlir::Value> values;
};

} // namespace attention

#endif // ATTENTION_PASSES_SETTLEDVALUES_H
