#include "test/emulator/Warpgroups.h"

#include <utility>

namespace attention::emulator {

std::string Warpgroups::run(unsigned warp, const llvm::Instruction &instruction,
                            uint64_t first, uint64_t second) {
  size_t group = warp / 4;
  if (4 * group + 4 > warps)
    return "has no four warps for an instruction of a warpgroup";
  if (group >= steps.size())
    steps.resize(group + 1);
  std::vector<Step> &known = steps[group];
  size_t place = done[warp]++;
  if (place == known.size())
    known.push_back({&instruction, first, second});
  const Step &step = known[place];
  if (step.instruction != &instruction)
    return "has warps of a warpgroup that go different ways";
  if (step.first != first || step.second != second)
    return "has warps of a warpgroup with different operands";
  return "";
}

std::string Warpgroups::finish() const {
  for (unsigned warp = 0; warp < warps; ++warp)
    if (done[warp] != done[warp / 4 * 4])
      return "ends with " + std::to_string(done[warp]) +
             " instructions of a warpgroup in warp " + std::to_string(warp) +
             ", and " + std::to_string(done[warp / 4 * 4]) + " in warp " +
             std::to_string(warp / 4 * 4);
  return "";
}

Wrong MatrixGroups::read(SharedMemory &shared, uint64_t address, uint8_t *to,
                         unsigned warp) {
  reads.push_back(address);
  return shared.beginRead(address, to, 16, warp, 1);
}

void MatrixGroups::commit() {
  committed.push_back({issued, std::exchange(reads, {})});
}

void MatrixGroups::wait(SharedMemory &shared, uint64_t pending, unsigned warp) {
  for (; committed.size() > pending; committed.pop_front()) {
    for (uint64_t address : committed.front().reads)
      shared.endRead(address, 16, warp);
    completed = committed.front().last;
  }
}

} // namespace attention::emulator
