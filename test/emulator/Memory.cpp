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

std::string SharedMemory::read(uint64_t address, uint8_t *to, uint64_t bytes,
                               unsigned warp) {
  for (uint64_t i = 0; i < bytes; ++i) {
    if (address + i >= places.size())
      return "reads shared memory out of bounds";
    Place &place = places[address + i];
    if (!place.written)
      return "reads shared memory that nothing wrote";
    if (place.writtenAt == epoch && place.writer != warp)
      return "reads what another warp wrote since the last barrier";
    if (place.readAt != epoch)
      place.readers = 0;
    place.readAt = epoch;
    place.readers |= 1u << warp;
    to[i] = place.value;
  }
  return "";
}

std::string SharedMemory::write(uint64_t address, const uint8_t *from,
                                uint64_t bytes, unsigned warp) {
  for (uint64_t i = 0; i < bytes; ++i) {
    if (address + i >= places.size())
      return "writes shared memory out of bounds";
    Place &place = places[address + i];
    if (place.readAt == epoch && (place.readers & ~(1u << warp)))
      return "writes over what another warp read since the last barrier";
    // Two warps may write the same value.
    if (place.writtenAt == epoch && place.writer != warp &&
        place.value != from[i])
      return "writes over what another warp wrote since the last barrier";
    place.value = from[i];
    place.written = true;
    place.writtenAt = epoch;
    place.writer = warp;
  }
  return "";
}

} // namespace attention::emulator
