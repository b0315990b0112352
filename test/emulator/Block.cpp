#include "test/emulator/Block.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace attention::emulator {

static unsigned warpsOf(unsigned threads) {
  return (threads + laneCount - 1) / laneCount;
}

BlockState::BlockState(Function &kernel, unsigned threads, unsigned number,
                       unsigned count, uint64_t sharedBytes,
                       const GlobalMemory &global, WritersOfLaunch &writers)
    : kernel(kernel), threads(threads), number(number), count(count),
      global(global), causality(warpsOf(threads)),
      globalWrites(causality, number, writers),
      shared(sharedBytes, warpsOf(threads), causality), copies(shared, threads),
      barriers(causality), mbarriers(shared, causality, changes),
      warpgroups(warpsOf(threads)) {}

void BlockState::fail(const std::string &what,
                      const Instruction *instruction) const {
  errs() << "emulator: block " << number << " of " << kernel.getName() << " "
         << what;
  if (instruction)
    errs() << " at" << *instruction;
  errs() << "\n";
  std::exit(1);
}

Block::Block(const Launch &launch, unsigned number, const GlobalMemory &global,
             WritersOfLaunch &writers)
    : state(launch.kernel, launch.threads, number, launch.blocks,
            launch.sharedBytes, global, writers),
      code(launch.kernel, global) {
  for (unsigned warp = 0; warp < warpsOf(launch.threads); ++warp) {
    unsigned lanes = std::min(laneCount, launch.threads - warp * laneCount);
    warps.emplace_back(state, code, warp, Mask(~0u) >> (laneCount - lanes),
                       launch.arguments);
  }
}

void run(const Launch &launch, const GlobalMemory &global) {
  WritersOfLaunch writers;
  for (unsigned number = 0; number < launch.blocks; ++number)
    Block(launch, number, global, writers).run();
  const uint32_t *items = global.itemsOf(launch.kernel);
  if (!items || *items == 0)
    return;
  errs() << "emulator: " << launch.kernel.getName() << " ends with " << *items
         << " items counted\n";
  std::exit(1);
}

/// Whether any warp could go on.
bool Block::runEachWarp() {
  bool any = false;
  for (Warp &warp : warps)
    if (warp.mayRun()) {
      warp.run();
      any = true;
    }
  return any;
}

void Block::run() {
  // Warps that ask again and again, while nothing changes, are stuck.
  constexpr unsigned mostPolls = 64;
  uint64_t changes = 0;
  for (unsigned polls = 0; !all_of(warps, std::mem_fn(&Warp::isDone));) {
    if (runEachWarp())
      continue;
    polls = state.changes == changes ? polls + 1 : 0;
    changes = state.changes;
    if (polls > mostPolls || none_of(warps, std::mem_fn(&Warp::isPolling)))
      failStuck();
    for (Warp &warp : warps)
      if (warp.isPolling())
        warp.pollAgain();
  }
  if (std::string wrong = state.warpgroups.finish(); !wrong.empty())
    state.fail(wrong, nullptr);
}

void Block::failStuck() {
  std::string what = "cannot go on:";
  for (const Warp &warp : warps)
    what += "\n  " + warp.whereabouts();
  state.fail(what, nullptr);
}

} // namespace attention::emulator
