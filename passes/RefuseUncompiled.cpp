#include "dialect/Attention.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_REFUSEUNCOMPILED
#include "passes/Passes.h.inc"

namespace {
struct RefuseUncompiled : impl::RefuseUncompiledBase<RefuseUncompiled> {
  void runOnOperation() override {
    WalkResult result = getOperation().walk([](Operation *op) {
      if (!isa<SegmentsOp, EvolveOp>(op))
        return WalkResult::advance();
      op->emitOpError("has no compiled code so far (the interpreter runs it)");
      return WalkResult::interrupt();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }
};
} // namespace

} // namespace attention
