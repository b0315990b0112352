#include "lowering/nvptx/Producers.h"
#include "lowering/MemoryRoots.h"
#include "lowering/nvptx/TensorCopy.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attention::nvptx {

/// Bytes of one barrier.
static constexpr int64_t kBarrierBytes = 8;
/// Warps that change what registers they have do it by four.
static constexpr int64_t kGroup = 4;

Producers::Producers(scf::ForallOp forall, const Feeds &feeds,
                     const SharedMemoryPlan &plan, const KernelInputs &inputs,
                     const GpuFeatures &features, int64_t consumerWarps)
    : feeds(feeds), plan(plan), consumerWarps(consumerWarps) {
  if (!features.warpgroupMma)
    return;
  for (auto loop : forall.getBody()->getOps<scf::ForOp>()) {
    SmallVector<Value> known(forall.getInductionVars());
    known.push_back(loop.getInductionVar());
    Slice slice(forall, known);
    bool fits = !feeds.of(loop).empty() &&
                slice.add(ValueRange{loop.getLowerBound(), loop.getUpperBound(),
                                     loop.getStep()});
    for (const Feed &feed : feeds.of(loop))
      fits = fits && slice.add(feed.read().getIndices()) &&
             canCopyTensor(feed, plan, inputs) &&
             !mayWrite(forall, memoryRoot(feed.read().getBase()));
    if (!fits)
      continue;
    SmallVector<Operation *> &before = loops[loop];
    for (Operation *op : slice.operations())
      if (!loop->isProperAncestor(op))
        before.push_back(op);
  }
}

int64_t Producers::warps() const {
  if (!exist())
    return 0;
  return moveRegisters() ? kGroup : 1;
}

int64_t Producers::sharedBytes() const {
  int64_t barriers = 2 * plan.stages() * int64_t(loops.size());
  return exist() ? llvm::alignTo(plan.bytes(), kBarrierBytes) +
                       kBarrierBytes * barriers
                 : plan.bytes();
}

Producers::Turns Producers::noTurns(WarpBuilder &b) const {
  return Turns(loops.size(), b.i32(0));
}

Value *Producers::turnsOf(scf::ForOp loop, Turns &turns) const {
  return serve(loop) ? &turns[std::distance(loops.begin(), loops.find(loop))]
                     : nullptr;
}

Value Producers::barrier(WarpBuilder &b, scf::ForOp loop, int64_t which,
                         Value stage) const {
  int64_t number = std::distance(loops.begin(), loops.find(loop));
  int64_t first = llvm::alignTo(plan.bytes(), kBarrierBytes) +
                  kBarrierBytes * plan.stages() * (2 * number + which);
  return b.sharedAddress(b.mul(stage, b.i32(kBarrierBytes)), first);
}

Value Producers::full(WarpBuilder &b, scf::ForOp loop, Value stage) const {
  return barrier(b, loop, 0, stage);
}

Value Producers::empty(WarpBuilder &b, scf::ForOp loop, Value stage) const {
  return barrier(b, loop, 1, stage);
}

/// One thread starts the copies of a stage; of each warp, one lane tells that
/// the warp is done with them.
void Producers::initialize(WarpBuilder &b) const {
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.thread, b.i32(0));
  {
    auto once = scf::IfOp::create(b, isFirst);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(once.thenBlock());
    for (const auto &[op, before] : loops)
      for (int64_t stage = 0; stage < plan.stages(); ++stage) {
        auto loop = cast<scf::ForOp>(op);
        NVVM::MBarrierInitOp::create(b, full(b, loop, b.i32(stage)), b.i32(1),
                                     Value());
        NVVM::MBarrierInitOp::create(b, empty(b, loop, b.i32(stage)),
                                     b.i32(consumerWarps), Value());
      }
    NVVM::FenceMbarrierInitOp::create(b);
  }
  NVVM::Barrier0Op::create(b);
}

/// Waits for the end of the phase of a barrier that has this parity (i32).
static void wait(WarpBuilder &b, Value barrier, Value parity) {
  auto loop = scf::WhileOp::create(b, TypeRange(), ValueRange());
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&loop.getBefore());
  Value there =
      NVVM::MBarrierTryWaitOp::create(b, b.getI1Type(), barrier, parity,
                                      /*ticks=*/Value());
  Value no = arith::XOrIOp::create(
      b, there, arith::ConstantOp::create(b, b.getBoolAttr(true)));
  scf::ConditionOp::create(b, no, ValueRange());
  b.createBlock(&loop.getAfter());
  scf::YieldOp::create(b);
}

Value Producers::stage(WarpBuilder &b, Value turn) const {
  return stageOf(b, plan, turn);
}

Value Producers::parity(WarpBuilder &b, Value turn) const {
  Value round =
      arith::ShRUIOp::create(b, turn, b.i32(llvm::Log2_64(plan.stages())));
  return arith::AndIOp::create(b, round, b.i32(1));
}

/// Starts the copies for iteration `place`, and those of tiles that do not vary
/// with the first.
void Producers::copyFor(WarpBuilder &b, KernelInputs &inputs, scf::ForOp loop,
                        Value place, Value turn, Value isFirst) const {
  int64_t constant = 0, varying = 0;
  for (const Feed &feed : feeds.of(loop))
    (feed.varies ? varying : constant) += plan.tile(feed.tile()).bytes();
  Value stage = this->stage(b, turn), barrier = full(b, loop, stage);
  Value bytes = arith::SelectOp::create(b, isFirst, b.i32(constant + varying),
                                        b.i32(varying));
  NVVM::MBarrierArriveExpectTxOp::create(
      b, TypeRange(), barrier, bytes, NVVM::MemScopeKind::CTA,
      /*relaxed=*/false, /*predicate=*/Value());
  for (const Feed &feed : feeds.of(loop)) {
    OpBuilder::InsertionGuard onlyFirst(b);
    if (!feed.varies)
      b.setInsertionPointToStart(scf::IfOp::create(b, isFirst).thenBlock());
    MappingScope scope(inputs.mapping);
    scope.map(loop.getInductionVar(), place);
    computeScalars(b, inputs, scope, feed.slice);
    copyTensor(b, inputs, feed, tileOf(b, plan, feed, stage), barrier);
  }
}

/// The number of turns with those of the loop.
Value Producers::emitLoop(WarpBuilder &b, KernelInputs &inputs, scf::ForOp loop,
                          Value turns) const {
  MappingScope outside(inputs.mapping);
  computeScalars(b, inputs, outside, loops.find(loop)->second);
  auto target =
      scf::ForOp::create(b, inputs.scalar(loop.getLowerBound()),
                         inputs.scalar(loop.getUpperBound()),
                         inputs.scalar(loop.getStep()), ValueRange(turns));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(target.getBody());
  Value turn = target.getRegionIterArg(0);
  // In the first round, nobody has anything to be done with.
  Value before = arith::XOrIOp::create(b, parity(b, turn), b.i32(1));
  wait(b, empty(b, loop, stage(b, turn)), before);
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, turn, turns);
  copyFor(b, inputs, loop, target.getInductionVar(), turn, isFirst);
  scf::YieldOp::create(b, ValueRange(b.add(turn, b.i32(1))));
  return target.getResult(0);
}

Value Producers::isProducer(WarpBuilder &b) const {
  return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.thread,
                               b.i32(32 * consumerWarps));
}

void Producers::emit(WarpBuilder &b, KernelInputs &inputs, Turns &turns) const {
  SmallVector<Type> types(turns.size(), b.getI32Type());
  auto one =
      scf::IfOp::create(b, types, isProducer(b), /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(one.elseBlock());
  scf::YieldOp::create(b, turns);
  b.setInsertionPointToStart(one.thenBlock());
  for (auto [loop, sofar] : llvm::zip(llvm::make_first_range(loops), turns))
    sofar = emitLoop(b, inputs, cast<scf::ForOp>(loop), sofar);
  scf::YieldOp::create(b, turns);
  turns.assign(one.result_begin(), one.result_end());
}

LogicalResult ProducedFeeds::advance(Value, Value turn) {
  wait(b, producers.full(b, source, producers.stage(b, turn)),
       producers.parity(b, turn));
  return success();
}

void ProducedFeeds::release(Value turn) {
  NVVM::SyncWarpOp::create(b, b.i32(-1));
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.lane, b.i32(0));
  auto one = scf::IfOp::create(b, isFirst);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(one.thenBlock());
  NVVM::MBarrierArriveOp::create(
      b, b.getI64Type(), producers.empty(b, source, producers.stage(b, turn)),
      /*count=*/Value());
}

} // namespace attention::nvptx
