#include "test/emulator/Mbarriers.h"

#include <utility>

namespace attention::emulator {

/// What the manual allows for counts of arrivals and of bytes.
static constexpr int64_t most = (1 << 20) - 1;
static constexpr uint64_t size = 8;

Wrong Mbarriers::find(uint64_t address, unsigned warp, Mbarrier *&found) {
  auto entry = mbarriers.find(address);
  if (entry == mbarriers.end())
    return "uses an mbarrier that was not initialised";
  found = &entry->second;
  if (found->maker != warp &&
      !causality.isBefore(found->maker, found->madeAt, warp))
    return "uses an mbarrier that another warp initialised since the last "
           "barrier";
  return nullptr;
}

Wrong Mbarriers::make(uint64_t address, uint64_t count, unsigned thread) {
  if (address % size != 0)
    return "has an mbarrier that is not aligned to 8 bytes";
  if (count == 0 || int64_t(count) > most)
    return "has an mbarrier for a number of threads that is not in 1 ... "
           "1048575";
  if (mbarriers.count(address))
    return "initialises an mbarrier again";
  if (Wrong wrong = shared.reserve(address, size, thread))
    return wrong;
  Mbarrier made;
  made.count = made.pending = count;
  made.agent = causality.addAgent();
  made.maker = thread / 32;
  made.madeAt = causality.now(made.maker);
  mbarriers.emplace(address, std::move(made));
  return nullptr;
}

Wrong Mbarriers::unmake(uint64_t address, unsigned warp) {
  Mbarrier *mbarrier;
  if (Wrong wrong = find(address, warp, mbarrier))
    return wrong;
  shared.unreserve(address, size);
  mbarriers.erase(address);
  return nullptr;
}

/// To the next phase, if this one is complete.
void Mbarriers::advance(Mbarrier &mbarrier) {
  if (mbarrier.pending != 0 || mbarrier.bytes != 0)
    return;
  ++mbarrier.phase;
  mbarrier.pending = mbarrier.count;
  mbarrier.complete.join(mbarrier.arriving);
  mbarrier.arriving = {};
  for (BulkPart &part : std::exchange(mbarrier.come, {}))
    mbarrier.landing.push_back(std::move(part));
}

Wrong Mbarriers::expect(uint64_t address, uint64_t bytes, unsigned warp) {
  Mbarrier *mbarrier;
  if (Wrong wrong = find(address, warp, mbarrier))
    return wrong;
  ++changes;
  mbarrier->bytes += bytes;
  return int64_t(bytes) > most || mbarrier->bytes > most
             ? "expects more than 1048575 bytes at an mbarrier"
             : nullptr;
}

Wrong Mbarriers::arrive(uint64_t address, uint64_t count, unsigned warp,
                        uint64_t &state) {
  Mbarrier *mbarrier;
  if (Wrong wrong = find(address, warp, mbarrier))
    return wrong;
  if (count == 0 || count > mbarrier->pending)
    return "arrives at an mbarrier more often than it was made for";
  ++changes;
  state = mbarrier->phase;
  mbarrier->pending -= count;
  mbarrier->arriving.join(causality.release(warp));
  advance(*mbarrier);
  return nullptr;
}

Wrong Mbarriers::test(uint64_t address, uint64_t state, bool isParity,
                      unsigned warp, bool &isComplete) {
  Mbarrier *mbarrier;
  if (Wrong wrong = find(address, warp, mbarrier))
    return wrong;
  if (isParity && state > 1)
    return "waits for a parity that is not 0 or 1";
  for (BulkPart &part : std::exchange(mbarrier->started, {})) {
    mbarrier->bytes -= part.data.size();
    mbarrier->come.push_back(std::move(part));
    ++changes;
  }
  if (!mbarrier->come.empty())
    advance(*mbarrier);
  isComplete =
      isParity ? mbarrier->phase % 2 != state : mbarrier->phase != state;
  if (!isComplete)
    return nullptr;
  land(*mbarrier);
  causality.acquire(warp, mbarrier->complete);
  return nullptr;
}

void Mbarriers::land(Mbarrier &mbarrier) {
  if (mbarrier.landing.empty())
    return;
  for (BulkPart &part : std::exchange(mbarrier.landing, {}))
    shared.endCopy(part.address, part.data.data(), part.data.size(),
                   mbarrier.agent, 0);
  mbarrier.complete.join(causality.release(mbarrier.agent));
}

Wrong Mbarriers::copy(uint64_t address, std::vector<BulkPart> parts,
                      unsigned thread) {
  Mbarrier *mbarrier;
  if (Wrong wrong = find(address, thread / 32, mbarrier))
    return wrong;
  ++changes;
  for (BulkPart &part : parts) {
    if (Wrong wrong = shared.beginCopy(part.address, part.data.size(), thread))
      return wrong;
    mbarrier->started.push_back(std::move(part));
  }
  return nullptr;
}

std::string Mbarriers::describe(uint64_t address) const {
  auto entry = mbarriers.find(address);
  if (entry == mbarriers.end())
    return "at an mbarrier that is gone";
  const Mbarrier &mbarrier = entry->second;
  return "at the mbarrier in byte " + std::to_string(address) +
         " of shared memory, in phase " + std::to_string(mbarrier.phase) +
         " with " + std::to_string(mbarrier.pending) + " of " +
         std::to_string(mbarrier.count) + " arrivals and " +
         std::to_string(mbarrier.bytes) + " bytes to come,";
}

} // namespace attention::emulator
