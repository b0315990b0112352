#include "test/emulator/GlobalWrites.h"

namespace attention::emulator {

/// Lanes of a warp run in step.
bool GlobalWrites::isOrdered(const Write &write, unsigned warp) const {
  return write.warp == warp || hasAcquired(warp) ||
         causality.isBefore(write.warp, write.time, warp);
}

Wrong GlobalWrites::read(uint64_t address, unsigned warp) const {
  auto found = writes.find(address);
  if (found == writes.end() || isOrdered(found->second, warp))
    return nullptr;
  return "reads what another warp wrote since the last barrier";
}

Wrong GlobalWrites::write(uint64_t address, bool changes, unsigned warp) {
  auto [writer, isFirstBlock] = writers.try_emplace(address, block);
  if (!isFirstBlock && changes && writer->second != block && !hasAcquired(warp))
    return "writes over what another block wrote";
  writer->second = block;
  Write now{warp, causality.now(warp)};
  auto [found, isFirst] = writes.try_emplace(address, now);
  if (!isFirst && changes && !isOrdered(found->second, warp))
    return "writes over what another warp wrote since the last barrier";
  found->second = now;
  return nullptr;
}

} // namespace attention::emulator
