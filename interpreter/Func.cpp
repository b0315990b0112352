/// Calls of functions.
#include "interpreter/Families.h"
#include "interpreter/Interpreter.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace attention {

static LogicalResult call(Operation *op, Frame &frame) {
  auto call = cast<func::CallOp>(op);
  FunctionOpInterface callee = frame.interpreter.lookup(call.getCallee());
  if (!callee)
    return op->emitError("expects a function of this module, but got '")
           << call.getCallee() << "'";
  SmallVector<Datum> arguments, results;
  for (mlir::Value operand : op->getOperands())
    arguments.push_back(frame.get(operand));
  if (failed(
          frame.interpreter.call(callee, arguments, results, frame.depth + 1)))
    return failure();
  for (auto [result, datum] : llvm::zip(op->getResults(), results))
    frame.set(result, datum);
  return success();
}

void addFunc(HandlerTable &table) { table.add("func.call", call); }

} // namespace attention
