#include "dialect/Attention.h"
#include "passes/Elementwise.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Bufferization/IR/BufferizableOpInterface.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_REFUSEUNCOMPILED
#include "passes/Passes.h.inc"

static bool isOnTensors(Operation *op) {
  auto isTensor = [](Type type) { return isa<TensorType>(type); };
  return llvm::any_of(op->getOperandTypes(), isTensor) ||
         llvm::any_of(op->getResultTypes(), isTensor);
}

/// Whether what is upstream's becomes loops, or code on buffers.
static bool hasCode(Operation *op) {
  if (!isOnTensors(op) || isElementwiseOnTensors(op) ||
      isa<AttentionDialect>(op->getDialect()))
    return true;
  if (isa<linalg::LinalgDialect>(op->getDialect()) &&
      !isa<linalg::LinalgOp, linalg::PackOp, linalg::UnPackOp>(op))
    return false;
  return isa<bufferization::BufferizableOpInterface>(op);
}

/// Why `op` is not compiled; empty if it is.
static StringRef obstacle(Operation *op) {
  if (isa<SegmentsOp, EvolveOp>(op))
    return "has no compiled code so far (the interpreter runs it)";
  if (isa<func::CallOp>(op))
    return "is left of what is inlined: functions that call themselves, or "
           "have no body, have no compiled code";
  if (isa<scf::WhileOp>(op) && isOnTensors(op))
    return "carries tensors until a condition fails, for which there is no "
           "compiled code so far (the interpreter runs it)";
  return hasCode(op) ? "" : "has no compiled code so far";
}

namespace {
struct RefuseUncompiled : impl::RefuseUncompiledBase<RefuseUncompiled> {
  void runOnOperation() override {
    WalkResult result = getOperation().walk([](Operation *op) {
      StringRef reason = obstacle(op);
      if (reason.empty())
        return WalkResult::advance();
      op->emitOpError(reason);
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace

} // namespace attention
