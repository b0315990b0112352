#include "test/emulator/Memory.h"

#include <algorithm>

namespace attention::emulator {

void GlobalMemory::add(const void *start, uint64_t bytes) {
  addAt(reinterpret_cast<uint64_t>(start), const_cast<void *>(start), bytes);
}

void GlobalMemory::addAt(uint64_t address, void *start, uint64_t bytes) {
  buffers.push_back({address, bytes, static_cast<uint8_t *>(start)});
}

void GlobalMemory::remove(uint64_t address) {
  buffers.erase(
      std::remove_if(buffers.begin(), buffers.end(),
                     [&](const Buffer &b) { return b.address == address; }),
      buffers.end());
}

uint8_t *GlobalMemory::at(uint64_t address, uint64_t bytes) const {
  for (const Buffer &buffer : buffers)
    if (address >= buffer.address &&
        address + bytes <= buffer.address + buffer.bytes)
      return buffer.start + (address - buffer.address);
  return nullptr;
}

static unsigned warpOf(unsigned thread) { return thread / 32; }

std::string SharedMemory::read(uint64_t address, uint8_t *to, uint64_t bytes,
                               unsigned thread) {
  for (uint64_t i = 0; i < bytes; ++i) {
    if (address + i >= places.size())
      return "reads shared memory out of bounds";
    Place &place = places[address + i];
    if (place.inFlight)
      return "reads what an asynchronous copy is writing";
    if (!place.written)
      return "reads shared memory that nothing wrote";
    if (place.writtenAt == epoch && place.copied && place.writer != thread)
      return "reads what another thread copied since the last barrier";
    if (place.writtenAt == epoch && warpOf(place.writer) != warpOf(thread))
      return "reads what another warp wrote since the last barrier";
    if (place.readAt != epoch)
      place.readers = 0;
    place.readAt = epoch;
    place.readers |= 1u << warpOf(thread);
    to[i] = place.value;
  }
  return "";
}

std::string SharedMemory::mayWrite(const Place &place, unsigned thread) const {
  if (place.inFlight)
    return "writes over what an asynchronous copy is writing";
  if (place.readAt == epoch && (place.readers & ~(1u << warpOf(thread))))
    return "writes over what another warp read since the last barrier";
  if (place.writtenAt == epoch && place.copied && place.writer != thread)
    return "writes over what another thread copied since the last barrier";
  return "";
}

std::string SharedMemory::write(uint64_t address, const uint8_t *from,
                                uint64_t bytes, unsigned thread) {
  for (uint64_t i = 0; i < bytes; ++i) {
    if (address + i >= places.size())
      return "writes shared memory out of bounds";
    Place &place = places[address + i];
    if (std::string wrong = mayWrite(place, thread); !wrong.empty())
      return wrong;
    // Two warps may write the same value.
    if (place.writtenAt == epoch && warpOf(place.writer) != warpOf(thread) &&
        place.value != from[i])
      return "writes over what another warp wrote since the last barrier";
    place.value = from[i];
    place.written = true;
    place.copied = false;
    place.writtenAt = epoch;
    place.writer = thread;
  }
  return "";
}

std::string SharedMemory::beginCopy(uint64_t address, uint64_t bytes,
                                    unsigned thread) {
  for (uint64_t i = 0; i < bytes; ++i) {
    if (address + i >= places.size())
      return "writes shared memory out of bounds";
    Place &place = places[address + i];
    if (std::string wrong = mayWrite(place, thread); !wrong.empty())
      return wrong;
    if (place.writtenAt == epoch && warpOf(place.writer) != warpOf(thread))
      return "writes over what another warp wrote since the last barrier";
    place.inFlight = true;
  }
  return "";
}

void SharedMemory::endCopy(uint64_t address, const uint8_t *from,
                           uint64_t bytes, unsigned thread) {
  for (uint64_t i = 0; i < bytes; ++i) {
    Place &place = places[address + i];
    place.value = from[i];
    place.inFlight = false;
    place.written = place.copied = true;
    place.writtenAt = epoch;
    place.writer = thread;
  }
}

} // namespace attention::emulator
