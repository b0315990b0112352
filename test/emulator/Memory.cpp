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

} // namespace attention::emulator
