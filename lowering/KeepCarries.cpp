#include "lowering/Passes.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_KEEPCARRIES
#include "lowering/Passes.h.inc"

/// The tensor in whose place `tensor` is made.
static Value placeOf(Value tensor) {
  while (auto result = dyn_cast<OpResult>(tensor)) {
    unsigned number = result.getResultNumber();
    if (auto loop = dyn_cast<scf::ForOp>(result.getOwner()))
      tensor = loop.getInitArgs()[number];
    else if (auto loop = dyn_cast<scf::ForallOp>(result.getOwner()))
      tensor = loop.getOutputs()[number];
    else if (auto op = dyn_cast<DestinationStyleOpInterface>(result.getOwner()))
      tensor = op.getTiedOpOperand(result)->get();
    else
      break;
  }
  return tensor;
}

/// What another carry becomes is copied before its own place is written.
static void copyMoved(scf::ForOp loop, OpBuilder &builder) {
  for (auto [carried, next] :
       llvm::zip(loop.getRegionIterArgs(), *loop.getYieldedValuesMutable())) {
    auto type = dyn_cast<RankedTensorType>(carried.getType());
    auto place = dyn_cast<BlockArgument>(placeOf(next.get()));
    if (!type || !place || place == carried ||
        place.getOwner() != loop.getBody())
      continue;
    auto moved = bufferization::AllocTensorOp::create(
        builder, loop.getLoc(), type, /*dynamicSizes=*/ValueRange(), next.get(),
        /*memory_space=*/IntegerAttr());
    next.set(moved.getResult());
  }
}

/// Places without contents that look alike became one value, but are not one.
static void separateStarts(scf::ForOp loop) {
  OpBuilder builder(loop);
  for (OpOperand &start : loop.getInitArgsMutable())
    if (auto empty = start.get().getDefiningOp<tensor::EmptyOp>();
        empty && !empty->hasOneUse())
      start.set(cast<tensor::EmptyOp>(builder.clone(*empty)).getResult());
}

static void keepCarries(scf::ForOp loop) {
  separateStarts(loop);
  OpBuilder builder(loop.getBody()->getTerminator());
  copyMoved(loop, builder);
  for (auto [carried, next] :
       llvm::zip(loop.getRegionIterArgs(), *loop.getYieldedValuesMutable())) {
    if (!isa<RankedTensorType>(carried.getType()) ||
        placeOf(next.get()) == carried)
      continue;
    auto kept = bufferization::MaterializeInDestinationOp::create(
        builder, loop.getLoc(), carried.getType(), next.get(), carried);
    next.set(kept.getResult());
  }
}

namespace {
struct KeepCarries : impl::KeepCarriesBase<KeepCarries> {
  void runOnOperation() override {
    getOperation().walk([](scf::ForOp loop) { keepCarries(loop); });
  }
};
} // namespace

} // namespace attention
