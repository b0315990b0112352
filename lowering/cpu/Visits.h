/// Whether a tile of a loop is visited, told in front of the loop.
#ifndef ATTENTION_LOWERING_CPU_VISITS_H
#define ATTENTION_LOWERING_CPU_VISITS_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace attention {

/// Copies the conditions under which work of a task runs to a place in front of
/// all tasks, for one iteration of a loop in them.
class Visits {
public:
  /// `known` maps values of the task, as those that the loop counts, to what
  /// stands for them at the builder's place.
  Visits(mlir::ImplicitLocOpBuilder &builder, mlir::scf::ForallOp tasks,
         const mlir::IRMapping &known)
      : b(builder), tasks(tasks), known(known) {}

  /// Whether one of the operations that `isWork` tells may run when `block`
  /// does (i1). What is not known of the task counts as if it held.
  mlir::Value of(mlir::Block &block,
                 llvm::function_ref<bool(mlir::Operation *)> isWork);

private:
  mlir::Value mostOf(mlir::Value condition);
  mlir::Value copy(mlir::Value value);
  bool isCopyable(mlir::Operation *op);
  mlir::Value truth(bool value);

  mlir::ImplicitLocOpBuilder &b;
  mlir::scf::ForallOp tasks;
  mlir::IRMapping known;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_VISITS_H
