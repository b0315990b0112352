#include "test/emulator/AsyncCopies.h"

#include "test/emulator/Block.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include <algorithm>
#include <utility>

using namespace llvm;

namespace attention::emulator {

Wrong AsyncCopies::issue(uint64_t address, uint64_t bytes,
                         const std::vector<uint8_t> &from, unsigned thread) {
  if (Wrong wrong = shared.beginCopy(address, bytes, thread))
    return wrong;
  Copy copy{address, bytes, {}};
  std::copy(from.begin(), from.end(), copy.data.begin());
  ofThread[thread].open.push_back(copy);
  return nullptr;
}

void AsyncCopies::commit(unsigned thread) {
  Groups &groups = ofThread[thread];
  groups.committed.push_back(std::exchange(groups.open, {}));
}

void AsyncCopies::wait(unsigned thread, uint64_t pending) {
  std::deque<Group> &groups = ofThread[thread].committed;
  for (; groups.size() > pending; groups.pop_front())
    for (const Copy &copy : groups.front())
      shared.endCopy(copy.address, copy.data.data(), copy.bytes, thread / 32,
                     thread);
}

/// cp.async: 4, 8 or 16 bytes per thread; with a third operand, so many of
/// them are read. Both addresses are multiples of the size.
LaneValues Warp::copyAsync(IntrinsicInst &call, uint64_t bytes) {
  const Lanes &to = operand(call, 0), &from = operand(call, 1);
  Lanes sizes;
  sizes.fill(bytes);
  if (call.arg_size() > 2)
    sizes = operand(call, 2);
  for (unsigned lane = 0; lane < laneCount; ++lane) {
    if (!has(mask, lane))
      continue;
    if (sizes[lane] > bytes)
      fail("copies " + std::to_string(sizes[lane]) + " of " +
           std::to_string(bytes) + " bytes");
    if (to[lane] % bytes != 0 || from[lane] % bytes != 0)
      fail("accesses an address that is not aligned as it says");
    std::vector<uint8_t> data(sizes[lane]);
    if (!data.empty()) // else it may point anywhere
      access(false, call.getArgOperand(1)->getType(), from[lane], data.data(),
             data.size(), lane, bytes);
    if (Wrong wrong = block.copies.issue(to[lane], bytes, data, threadOf(lane)))
      failAt(wrong, to[lane]);
  }
  return {};
}

LaneValues Warp::asyncFunction(IntrinsicInst &call) {
  Intrinsic::ID id = call.getIntrinsicID();
  switch (id) {
  case Intrinsic::nvvm_cp_async_ca_shared_global_4:
  case Intrinsic::nvvm_cp_async_ca_shared_global_4_s:
    return copyAsync(call, 4);
  case Intrinsic::nvvm_cp_async_ca_shared_global_8:
  case Intrinsic::nvvm_cp_async_ca_shared_global_8_s:
    return copyAsync(call, 8);
  case Intrinsic::nvvm_cp_async_ca_shared_global_16:
  case Intrinsic::nvvm_cp_async_ca_shared_global_16_s:
  case Intrinsic::nvvm_cp_async_cg_shared_global_16:
  case Intrinsic::nvvm_cp_async_cg_shared_global_16_s:
    return copyAsync(call, 16);
  case Intrinsic::nvvm_cp_async_commit_group:
  case Intrinsic::nvvm_cp_async_wait_group:
  case Intrinsic::nvvm_cp_async_wait_all:
    break;
  default:
    fail("has an unknown instruction of NVPTX");
  }
  bool commits = id != Intrinsic::nvvm_cp_async_wait_group,
       waits = id != Intrinsic::nvvm_cp_async_commit_group;
  uint64_t pending = call.arg_size() ? uniform(call, 0) : 0;
  for (unsigned lane = 0; lane < laneCount; ++lane) {
    if (has(mask, lane) && commits)
      block.copies.commit(threadOf(lane));
    if (has(mask, lane) && waits)
      block.copies.wait(threadOf(lane), pending);
  }
  return {};
}

} // namespace attention::emulator
