/// Instructions on mbarriers, as intrinsics and as assembly.
#include "test/emulator/Block.h"
#include "test/emulator/Warp.h"
#include "llvm/IR/IntrinsicsNVPTX.h"

using namespace llvm;

namespace attention::emulator {

void Warp::makeMbarriers(const Lanes &addresses, const Lanes &counts) {
  eachLane([&](unsigned lane) {
    if (Wrong wrong =
            block.mbarriers.make(addresses[lane], counts[lane], threadOf(lane)))
      failAt(wrong, addresses[lane]);
  });
}

void Warp::unmakeMbarriers(const Lanes &addresses) {
  eachLane([&](unsigned lane) {
    if (Wrong wrong = block.mbarriers.unmake(addresses[lane], number))
      failAt(wrong, addresses[lane]);
  });
}

void Warp::expectBytes(const Lanes &addresses, const Lanes &bytes) {
  eachLane([&](unsigned lane) {
    if (Wrong wrong =
            block.mbarriers.expect(addresses[lane], bytes[lane], number))
      failAt(wrong, addresses[lane]);
  });
}

LaneValues Warp::arriveAt(const Lanes &addresses, const Lanes &counts) {
  LaneValues states = zeros(1);
  eachLane([&](unsigned lane) {
    if (Wrong wrong = block.mbarriers.arrive(addresses[lane], counts[lane],
                                             number, states[0][lane]))
      failAt(wrong, addresses[lane]);
  });
  return states;
}

/// Whether the phases of all lanes are complete.
bool Warp::testPhases(const Lanes &addresses, const Lanes &states,
                      bool isParity, Lanes &results) {
  bool all = true;
  eachLane([&](unsigned lane) {
    bool isComplete = false;
    if (Wrong wrong = block.mbarriers.test(addresses[lane], states[lane],
                                           isParity, number, isComplete))
      failAt(wrong, addresses[lane]);
    results[lane] = isComplete;
    all &= isComplete;
  });
  return all;
}

/// What one says while it waits.
std::function<std::string()> Warp::waitsAt(const Lanes &addresses) {
  uint64_t address = addresses[countr_zero(mask)];
  return [this, address] { return block.mbarriers.describe(address); };
}

/// A lane whose phase is not complete gets false, and may ask again when
/// others have had a turn: so a kernel that does not ask again is found out.
LaneValues Warp::tryPhases(const Lanes &addresses, const Lanes &states,
                           bool isParity) {
  LaneValues results = zeros(1);
  if (!testPhases(addresses, states, isParity, results[0]))
    poll([this, changes = block.changes] { return block.changes != changes; },
         waitsAt(addresses));
  return results;
}

/// The same in a loop that ends when the phases are complete.
void Warp::awaitPhases(const Lanes &addresses, const Lanes &states,
                       bool isParity) {
  Lanes results;
  if (testPhases(addresses, states, isParity, results))
    return;
  waitUntil(
      [this, changes = block.changes] { return block.changes != changes; },
      waitsAt(addresses));
}

LaneValues Warp::mbarrierFunction(IntrinsicInst &call) {
  Lanes ones;
  ones.fill(1);
  const Lanes &addresses = operand(call, 0);
  switch (call.getIntrinsicID()) {
  case Intrinsic::nvvm_mbarrier_init_shared:
    makeMbarriers(addresses, operand(call, 1));
    return {};
  case Intrinsic::nvvm_mbarrier_inval_shared:
    unmakeMbarriers(addresses);
    return {};
  case Intrinsic::nvvm_mbarrier_expect_tx_scope_cta_space_cta:
    expectBytes(addresses, operand(call, 1));
    return {};
  case Intrinsic::nvvm_mbarrier_arrive_shared:
    return arriveAt(addresses, ones);
  case Intrinsic::nvvm_mbarrier_arrive_scope_cta_space_cta:
    return arriveAt(addresses, operand(call, 1));
  case Intrinsic::nvvm_mbarrier_arrive_expect_tx_scope_cta_space_cta:
    expectBytes(addresses, operand(call, 1));
    return arriveAt(addresses, ones);
  case Intrinsic::nvvm_mbarrier_test_wait_shared:
  case Intrinsic::nvvm_mbarrier_test_wait_scope_cta_space_cta:
  case Intrinsic::nvvm_mbarrier_try_wait_scope_cta_space_cta:
  case Intrinsic::nvvm_mbarrier_try_wait_tl_scope_cta_space_cta:
    return tryPhases(addresses, operand(call, 1), false);
  case Intrinsic::nvvm_mbarrier_test_wait_parity_scope_cta_space_cta:
  case Intrinsic::nvvm_mbarrier_try_wait_parity_scope_cta_space_cta:
  case Intrinsic::nvvm_mbarrier_try_wait_parity_tl_scope_cta_space_cta:
    return tryPhases(addresses, operand(call, 1), true);
  default:
    fail("has an unknown instruction of NVPTX");
  }
}

} // namespace attention::emulator
