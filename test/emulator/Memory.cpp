#include "test/emulator/Memory.h"

namespace attention::emulator {

void GlobalMemory::add(const void *start, uint64_t bytes) {
  buffers.push_back({reinterpret_cast<uint64_t>(start), bytes});
}

uint8_t *GlobalMemory::at(uint64_t address, uint64_t bytes) const {
  for (const Buffer &buffer : buffers)
    if (address >= buffer.start &&
        address + bytes <= buffer.start + buffer.bytes)
      return reinterpret_cast<uint8_t *>(address);
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
