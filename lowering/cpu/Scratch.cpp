#include "lowering/cpu/Scratch.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

static constexpr int64_t alignment = 64;

LogicalResult Scratch::collect(scf::ForallOp loop) {
  loop.walk([](memref::DeallocOp dealloc) { dealloc.erase(); });
  DataLayout layout = DataLayout::closest(loop);
  WalkResult walked = loop.walk([&](Operation *op) {
    if (!isa<memref::AllocOp, memref::AllocaOp>(op))
      return WalkResult::advance();
    auto type = cast<MemRefType>(op->getResult(0).getType());
    if (!type.hasStaticShape() || !type.getLayout().isIdentity()) {
      op->emitOpError(
          "expects a buffer of static size in a parallel loop, but got ")
          << type;
      return WalkResult::interrupt();
    }
    places.emplace_back(op, end);
    int64_t bytes =
        type.getNumElements() * layout.getTypeSize(type.getElementType());
    end += llvm::alignTo(bytes, alignment);
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

void Scratch::rewrite(Value scratch) {
  for (auto [op, offset] : places) {
    OpBuilder builder(op);
    Location loc = op->getLoc();
    auto type = cast<MemRefType>(op->getResult(0).getType());
    Value first = arith::ConstantIndexOp::create(builder, loc, offset);
    Value view = memref::ViewOp::create(builder, loc, type, scratch, first,
                                        ValueRange());
    op->getResult(0).replaceAllUsesWith(view);
    op->erase();
  }
}

} // namespace attention
