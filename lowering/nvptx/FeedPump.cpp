#include "lowering/nvptx/FeedPump.h"
#include "lowering/nvptx/GlobalTile.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attention::nvptx {

LogicalResult FeedPump::copy(const Feed &feed, Value stage) {
  vector::TransferReadOp read = feed.read();
  FailureOr<GlobalTile> from =
      GlobalTile::at(b, inputs, read.getBase(), read.getIndices(), feed.type(),
                     Layout::Shared, feed.inBounds);
  if (failed(from))
    return failure();
  Value zero =
      arith::ConstantOp::create(b, b.getZeroAttr(feed.type().getElementType()));
  from->copy(tileOf(b, plan, feed, stage), zero);
  return success();
}

/// Starts the copies for iteration `place`, if there is such a one.
LogicalResult FeedPump::copyFor(Value place, Value stage, bool withConstant) {
  Value isIteration =
      arith::CmpIOp::create(b, arith::CmpIPredicate::slt, place,
                            inputs.scalar(source.getUpperBound()));
  {
    auto guarded = scf::IfOp::create(b, isIteration);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(guarded.thenBlock());
    for (const Feed &feed : feeds) {
      if (!feed.varies && !withConstant)
        continue;
      MappingScope scope(inputs.mapping);
      scope.map(source.getInductionVar(), place);
      computeScalars(b, inputs, scope, feed.slice);
      if (failed(copy(feed, stage)))
        return failure();
    }
  }
  NVVM::CpAsyncCommitGroupOp::create(b);
  return success();
}

LogicalResult FeedPump::fill() {
  b.barrier();
  Value place = inputs.scalar(source.getLowerBound());
  for (int64_t stage = 0; stage < plan.stages() - 1; ++stage) {
    if (failed(copyFor(place, b.i32(stage), /*withConstant=*/stage == 0)))
      return failure();
    place = b.add(place, inputs.scalar(source.getStep()));
  }
  return success();
}

LogicalResult FeedPump::advance(Value place, Value turn) {
  NVVM::CpAsyncWaitGroupOp::create(b, plan.stages() - 2);
  // A swizzled one, if there is any, asks for most.
  const Feed *strictest = llvm::find_if(feeds, [&](const Feed &feed) {
    return plan.tile(feed.tile()).swizzle != 0;
  });
  b.publish(plan.tile(
      (strictest == feeds.end() ? feeds.front() : *strictest).tile()));
  // The stage of the turn before this one is free.
  Value ahead = b.i32(plan.stages() - 1);
  Value more = b.mul(inputs.scalar(source.getStep()), b.toIndex(ahead));
  return copyFor(b.add(place, more), stageOf(b, plan, b.add(turn, ahead)),
                 /*withConstant=*/false);
}

} // namespace attention::nvptx
