#include "test/emulator/SharedMemory.h"

namespace attention::emulator {

static unsigned warpOf(unsigned thread) { return thread / 32; }

SharedMemory::SharedMemory(uint64_t bytes, unsigned warps,
                           const Causality &causality)
    : size(bytes), warps(warps), causality(causality), places(bytes),
      readAt(bytes * warps) {}

/// Whether the last write comes before what a thread does now. Lanes of a warp
/// run in step, but a copy is its own thread's until warps meet.
bool SharedMemory::isSynchronized(const Place &place, unsigned thread) const {
  unsigned warp = warpOf(thread);
  if (place.writer != warp)
    return causality.isBefore(place.writer, place.writtenAt, warp);
  return !place.isCopied || place.writerThread == thread ||
         place.writtenAt < causality.now(warp);
}

Wrong SharedMemory::mayRead(const Place &place, unsigned thread) const {
  if (place.isReserved)
    return "reads the bytes of an mbarrier";
  if (place.isInFlight)
    return "reads what an asynchronous copy is writing";
  if (!place.isWritten)
    return "reads shared memory that nothing wrote";
  if (isSynchronized(place, thread))
    return nullptr;
  if (place.writer >= warps)
    return "reads what a bulk copy wrote, without a wait for its mbarrier";
  return place.isCopied
             ? "reads what another thread copied since the last barrier"
             : "reads what another warp wrote since the last barrier";
}

void SharedMemory::noteRead(uint64_t address, unsigned warp) {
  places[address].readers |= 1u << warp;
  readAt[address * warps + warp] = causality.now(warp);
}

Wrong SharedMemory::read(uint64_t address, uint8_t *to, uint64_t bytes,
                         unsigned thread) {
  if (address + bytes > size || address + bytes < address)
    return "reads shared memory out of bounds";
  for (uint64_t i = 0; i < bytes; ++i) {
    const Place &place = places[address + i];
    if (Wrong wrong = mayRead(place, thread))
      return wrong;
    noteRead(address + i, warpOf(thread));
    to[i] = place.value;
  }
  return nullptr;
}

/// But for what other warps wrote: two of them may write the same value.
Wrong SharedMemory::mayWrite(uint64_t address, unsigned thread) const {
  const Place &place = places[address];
  unsigned warp = warpOf(thread);
  if (place.isReserved)
    return "writes over an mbarrier";
  if (place.isInFlight)
    return "writes over what an asynchronous copy is writing";
  if (place.asyncReads)
    return "writes over what a wgmma is reading";
  for (uint32_t others = place.readers & ~(1u << warp); others;
       others &= others - 1) {
    unsigned reader = __builtin_ctz(others);
    if (!causality.isBefore(reader, readAt[address * warps + reader], warp))
      return "writes over what another warp read since the last barrier";
  }
  if (place.isWritten && place.isCopied && !isSynchronized(place, thread))
    return "writes over what another thread copied since the last barrier";
  return nullptr;
}

Wrong SharedMemory::write(uint64_t address, const uint8_t *from, uint64_t bytes,
                          unsigned thread) {
  if (address + bytes > size || address + bytes < address)
    return "writes shared memory out of bounds";
  for (uint64_t i = 0; i < bytes; ++i) {
    Place &place = places[address + i];
    if (Wrong wrong = mayWrite(address + i, thread))
      return wrong;
    if (place.isWritten && place.value != from[i] &&
        !isSynchronized(place, thread))
      return "writes over what another warp wrote since the last barrier";
    place.value = from[i];
    place.isWritten = true;
    place.isCopied = false;
    place.writer = warpOf(thread);
    place.writtenAt = causality.now(warpOf(thread));
    place.readers = 0;
  }
  return nullptr;
}

Wrong SharedMemory::beginCopy(uint64_t address, uint64_t bytes,
                              unsigned thread) {
  if (address + bytes > size || address + bytes < address)
    return "writes shared memory out of bounds";
  for (uint64_t i = 0; i < bytes; ++i) {
    Place &place = places[address + i];
    if (Wrong wrong = mayWrite(address + i, thread))
      return wrong;
    if (place.isWritten && !isSynchronized(place, thread))
      return "writes over what another warp wrote since the last barrier";
    place.isInFlight = true;
  }
  return nullptr;
}

void SharedMemory::endCopy(uint64_t address, const uint8_t *from,
                           uint64_t bytes, unsigned agent, unsigned thread) {
  for (uint64_t i = 0; i < bytes; ++i) {
    Place &place = places[address + i];
    place.value = from[i];
    place.isInFlight = false;
    place.isWritten = place.isCopied = true;
    place.writer = agent;
    place.writerThread = thread;
    place.writtenAt = causality.now(agent);
    place.readers = 0;
  }
}

Wrong SharedMemory::beginRead(uint64_t address, uint8_t *to, uint64_t bytes,
                              unsigned warp, unsigned readers) {
  if (address + bytes > size || address + bytes < address)
    return "reads shared memory out of bounds";
  for (uint64_t i = 0; i < bytes; ++i) {
    Place &place = places[address + i];
    if (Wrong wrong = mayRead(place, 32 * warp))
      return wrong;
    // What bulk copies wrote is the asynchronous proxy's own.
    if (place.writer < warps &&
        !causality.isFenced(place.writer, place.writtenAt, warp))
      return "reads what was written without a proxy fence since";
    place.asyncReads += readers;
    to[i] = place.value;
  }
  return nullptr;
}

void SharedMemory::endRead(uint64_t address, uint64_t bytes, unsigned warp) {
  for (uint64_t i = 0; i < bytes; ++i) {
    --places[address + i].asyncReads;
    noteRead(address + i, warp);
  }
}

Wrong SharedMemory::reserve(uint64_t address, uint64_t bytes, unsigned thread) {
  if (address + bytes > size || address + bytes < address)
    return "has an mbarrier out of bounds";
  for (uint64_t i = 0; i < bytes; ++i) {
    if (Wrong wrong = mayWrite(address + i, thread))
      return wrong;
    places[address + i].isReserved = true;
  }
  return nullptr;
}

void SharedMemory::unreserve(uint64_t address, uint64_t bytes) {
  for (uint64_t i = 0; i < bytes; ++i)
    places[address + i].isReserved = places[address + i].isWritten = false;
}

} // namespace attention::emulator
