/// Reports of bad run-time values through the host.
#ifndef ATTENTION_LOWERING_FAILTORUNTIME_H
#define ATTENTION_LOWERING_FAILTORUNTIME_H

#include "lowering/Strings.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attention {

/// Replaces every `attention.fail_if` of a module's functions by a call of one
/// cold helper, which tells the host and marks the run as failed.
class FailToRuntime {
public:
  FailToRuntime(mlir::ModuleOp module, llvm::StringRef messagePrefix)
      : module(module), messages(module, messagePrefix) {}

  /// `invocation` is the function's record of the run (lowering/Abi.h).
  mlir::LogicalResult lower(mlir::func::FuncOp function,
                            mlir::Value invocation);

  /// Emits the report itself at the builder's place; `order` and at most four
  /// `values` are i64, `message` is the address of a text.
  void report(mlir::OpBuilder &builder, mlir::Location loc,
              mlir::Value invocation, mlir::Value order, mlir::Value message,
              mlir::ValueRange values);

  /// Emits a report for each dimension in which `sizes` differs from `shape`
  /// where that is not negative: arrays of `rank` i64. The message's values are
  /// the dimension, the expected and the given size.
  void checkShape(mlir::OpBuilder &builder, mlir::Location loc,
                  mlir::Value invocation, mlir::Value order,
                  llvm::StringRef message, mlir::Value shape, mlir::Value sizes,
                  mlir::Value rank);

  static constexpr unsigned maxValues = 4;

private:
  mlir::LLVM::LLVMFuncOp getHelper();
  mlir::LLVM::LLVMFuncOp getShapeHelper();

  mlir::ModuleOp module;
  Strings messages;
  mlir::LLVM::LLVMFuncOp shapeHelper;
};

} // namespace attention

#endif // ATTENTION_LOWERING_FAILTORUNTIME_H
