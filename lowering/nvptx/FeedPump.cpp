#include "lowering/nvptx/FeedPump.h"
#include "lowering/nvptx/GlobalTile.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attention::nvptx {

namespace {

/// Gives values of the source other values in the kernel for a while.
class MappingScope {
public:
  explicit MappingScope(IRMapping &mapping) : mapping(mapping) {}
  ~MappingScope() {
    for (auto [source, before] : llvm::reverse(saved)) {
      mapping.erase(source);
      if (before)
        mapping.map(source, before);
    }
  }

  void map(Value source, Value inside) {
    saved.push_back({source, mapping.lookupOrNull(source)});
    mapping.map(source, inside);
  }
  void clone(OpBuilder &b, Operation *op) {
    for (Value result : op->getResults())
      saved.push_back({result, mapping.lookupOrNull(result)});
    b.clone(*op, mapping);
  }

private:
  IRMapping &mapping;
  SmallVector<std::pair<Value, Value>> saved;
};

} // namespace

SharedTile FeedPump::tile(WarpBuilder &b, const SharedMemoryPlan &plan,
                          const Feed &feed, Value stage) {
  SharedTile tile = plan.tile(feed.reads.front()->getResult(0));
  if (feed.varies)
    tile.stage = b.mul(stage, b.i32(tile.bytes()));
  return tile;
}

LogicalResult FeedPump::copy(const Feed &feed, Value stage) {
  vector::TransferReadOp read = feed.read();
  FailureOr<GlobalTile> from =
      GlobalTile::at(b, inputs, read.getBase(), read.getIndices(), feed.type(),
                     Layout::Shared, feed.inBounds);
  if (failed(from))
    return failure();
  from->copy(tile(b, plan, feed, stage), inputs.scalar(read.getPadding()));
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
      for (Operation *op : feed.slice) {
        for (Value operand : op->getOperands())
          inputs.scalar(operand);
        scope.clone(b, op);
      }
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
  for (int64_t stage = 0; stage < Feeds::kStages - 1; ++stage) {
    if (failed(copyFor(place, b.i32(stage), /*withConstant=*/stage == 0)))
      return failure();
    place = b.add(place, inputs.scalar(source.getStep()));
  }
  return success();
}

LogicalResult FeedPump::advance(Value place, Value stage) {
  NVVM::CpAsyncWaitGroupOp::create(b, Feeds::kStages - 2);
  SharedTile any = tile(b, plan, feeds.front(), stage);
  for (const Feed &feed : feeds)
    if (SharedTile one = tile(b, plan, feed, stage); one.swizzle)
      any = one;
  b.publish(any);
  // The stage of the iteration before this one.
  Value free = stage, first = b.i32(0);
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, stage, first);
  free = arith::SelectOp::create(b, isFirst, b.i32(Feeds::kStages - 1),
                                 b.add(stage, b.i32(-1)));
  Value ahead =
      b.mul(inputs.scalar(source.getStep()), b.index(Feeds::kStages - 1));
  return copyFor(b.add(place, ahead), free, /*withConstant=*/false);
}

Value FeedPump::next(Value stage) {
  Value last = b.i32(Feeds::kStages - 1);
  Value isLast =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, stage, last);
  return arith::SelectOp::create(b, isLast, b.i32(0), b.add(stage, b.i32(1)));
}

} // namespace attention::nvptx
