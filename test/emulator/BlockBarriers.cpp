#include "test/emulator/BlockBarriers.h"

#include "test/emulator/Block.h"
#include "test/emulator/Warp.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/IR/IntrinsicsNVPTX.h"

using namespace llvm;

namespace attention::emulator {

std::string BlockBarriers::arrive(uint64_t id, uint64_t threads, unsigned warp,
                                  bool waits) {
  if (id >= barriers.size())
    return "has 16 barriers, but uses barrier " + std::to_string(id);
  if (threads == 0 || threads % laneCount != 0)
    return "waits for " + std::to_string(threads) + " threads";
  Barrier &barrier = barriers[id];
  if (!barrier.arrived.empty() && barrier.expected != threads)
    return "waits for " + std::to_string(threads) + " threads at barrier " +
           std::to_string(id) + ", where others wait for " +
           std::to_string(barrier.expected);
  if (is_contained(barrier.arrived, warp))
    return "comes to barrier " + std::to_string(id) + " twice in one round";
  barrier.expected = threads;
  barrier.arrived.push_back(warp);
  if (waits)
    barrier.waiting.push_back(warp);
  barrier.knowledge.join(causality.release(warp));
  if (barrier.arrived.size() * laneCount < threads)
    return "";
  for (unsigned waiting : barrier.waiting)
    causality.acquire(waiting, barrier.knowledge);
  barrier = {0, barrier.rounds + 1, {}, {}, {}};
  return "";
}

std::string BlockBarriers::describe(uint64_t id) const {
  const Barrier &barrier = barriers[id];
  return "at barrier " + std::to_string(id) + " with " +
         std::to_string(barrier.arrived.size()) + " of " +
         std::to_string(barrier.expected / laneCount) + " warps";
}

LaneValues Warp::meet(Bits id, Bits threads, bool waits) {
  expectAll();
  if (isResumed)
    return {};
  // The last warp of a block may have fewer lanes.
  threads = (threads + laneCount - 1) / laneCount * laneCount;
  BlockBarriers &barriers = block.barriers;
  std::string wrong = barriers.arrive(id, threads, number, waits);
  if (!wrong.empty())
    fail(wrong);
  ++block.changes;
  uint64_t round = barriers.rounds(id);
  if (!waits || !barriers.isOpen(id))
    return {};
  return waitUntil([=, &barriers] { return barriers.rounds(id) != round; },
                   [=, &barriers] { return barriers.describe(id); });
}

LaneValues Warp::barrierFunction(IntrinsicInst &call) {
  switch (call.getIntrinsicID()) {
  case Intrinsic::nvvm_barrier_cta_sync_aligned_all:
  case Intrinsic::nvvm_barrier_cta_sync_all:
    return meet(uniform(call, 0), block.threads, true);
  case Intrinsic::nvvm_barrier_cta_sync_aligned_count:
  case Intrinsic::nvvm_barrier_cta_sync_count:
    return meet(uniform(call, 0), uniform(call, 1), true);
  case Intrinsic::nvvm_barrier_cta_arrive_aligned_count:
  case Intrinsic::nvvm_barrier_cta_arrive_count:
    return meet(uniform(call, 0), uniform(call, 1), false);
  case Intrinsic::nvvm_bar_warp_sync:
    expectAll();
    block.causality.release(number);
    return {};
  default:
    fail("has an unknown instruction of NVPTX");
  }
}

} // namespace attention::emulator
