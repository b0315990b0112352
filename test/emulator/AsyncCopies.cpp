#include "test/emulator/AsyncCopies.h"

#include "test/emulator/Block.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include <algorithm>

using namespace llvm;

namespace attention::emulator {

std::string AsyncCopies::issue(uint64_t address, uint64_t bytes,
                               const std::vector<uint8_t> &from,
                               unsigned thread) {
  std::string wrong = shared.beginCopy(address, bytes, thread);
  if (!wrong.empty())
    return wrong;
  Copy copy{address, bytes, {}};
  std::copy(from.begin(), from.end(), copy.data.begin());
  ofThread[thread].open.push_back(copy);
  return "";
}

void AsyncCopies::commit(unsigned thread) {
  Groups &groups = ofThread[thread];
  groups.committed.push_back(std::exchange(groups.open, {}));
}

void AsyncCopies::wait(unsigned thread, uint64_t pending) {
  std::deque<Group> &groups = ofThread[thread].committed;
  for (; groups.size() > pending; groups.pop_front())
    for (const Copy &copy : groups.front())
      shared.endCopy(copy.address, copy.data.data(), copy.bytes, thread);
}

/// cp.async: 4, 8 or 16 bytes per thread; with a third operand, so many of
/// them are read. Both addresses are multiples of the size.
LaneValues Block::copyAsync(IntrinsicInst &call, uint64_t bytes,
                            const Mask &mask) {
  const std::vector<Bits> to = get(call.getArgOperand(0))[0],
                          from = get(call.getArgOperand(1))[0];
  std::vector<Bits> sizes(threads, bytes);
  if (call.arg_size() > 2)
    sizes = get(call.getArgOperand(2))[0];
  for (unsigned thread = 0; thread < threads; ++thread) {
    if (!mask[thread])
      continue;
    if (sizes[thread] > bytes)
      fail("copies " + std::to_string(sizes[thread]) + " of " +
           std::to_string(bytes) + " bytes");
    if (to[thread] % bytes != 0 || from[thread] % bytes != 0)
      fail("accesses an address that is not aligned as it says");
    std::vector<uint8_t> data(sizes[thread]);
    if (!data.empty()) // else it may point anywhere
      access(false, call.getArgOperand(1)->getType(), from[thread], data.data(),
             data.size(), thread, bytes);
    std::string wrong = copies.issue(to[thread], bytes, data, thread);
    if (!wrong.empty())
      failAt(wrong, to[thread]);
  }
  return {};
}

LaneValues Block::asyncFunction(IntrinsicInst &call, const Mask &mask) {
  Intrinsic::ID id = call.getIntrinsicID();
  switch (id) {
  case Intrinsic::nvvm_cp_async_ca_shared_global_4:
  case Intrinsic::nvvm_cp_async_ca_shared_global_4_s:
    return copyAsync(call, 4, mask);
  case Intrinsic::nvvm_cp_async_ca_shared_global_8:
  case Intrinsic::nvvm_cp_async_ca_shared_global_8_s:
    return copyAsync(call, 8, mask);
  case Intrinsic::nvvm_cp_async_ca_shared_global_16:
  case Intrinsic::nvvm_cp_async_ca_shared_global_16_s:
  case Intrinsic::nvvm_cp_async_cg_shared_global_16:
  case Intrinsic::nvvm_cp_async_cg_shared_global_16_s:
    return copyAsync(call, 16, mask);
  case Intrinsic::nvvm_cp_async_commit_group:
  case Intrinsic::nvvm_cp_async_wait_group:
  case Intrinsic::nvvm_cp_async_wait_all:
    break;
  default:
    fail("has an unknown instruction of NVPTX");
  }
  bool commits = id != Intrinsic::nvvm_cp_async_wait_group,
       waits = id != Intrinsic::nvvm_cp_async_commit_group;
  uint64_t pending = call.arg_size() ? get(call.getArgOperand(0))[0][0] : 0;
  for (unsigned thread = 0; thread < threads; ++thread) {
    if (mask[thread] && commits)
      copies.commit(thread);
    if (mask[thread] && waits)
      copies.wait(thread, pending);
  }
  return {};
}

} // namespace attention::emulator
