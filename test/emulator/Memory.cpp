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

/// Of global memory.
static bool isGlobal(const llvm::GlobalVariable &variable) {
  return variable.getAddressSpace() == 1;
}

void GlobalMemory::addVariables(const llvm::Module &code) {
  for (const llvm::GlobalVariable &variable : code.globals()) {
    if (!isGlobal(variable))
      continue;
    uint64_t bytes =
        code.getDataLayout().getTypeAllocSize(variable.getValueType());
    auto &memory = variables[&variable];
    memory = std::make_unique<uint64_t[]>((bytes + 7) / 8);
    add(memory.get(), bytes);
  }
}

void GlobalMemory::removeVariables(const llvm::Module &code) {
  for (const llvm::GlobalVariable &variable : code.globals())
    if (isGlobal(variable)) {
      remove(addressOf(&variable));
      variables.erase(&variable);
    }
}

uint64_t GlobalMemory::addressOf(const llvm::GlobalVariable *variable) const {
  auto found = variables.find(variable);
  return found == variables.end()
             ? 0
             : reinterpret_cast<uint64_t>(found->second.get());
}

const uint32_t *GlobalMemory::itemsOf(const llvm::Function &kernel) const {
  auto found = variables.find(
      kernel.getParent()->getNamedGlobal((kernel.getName() + "_items").str()));
  return found == variables.end()
             ? nullptr
             : reinterpret_cast<const uint32_t *>(found->second.get());
}

uint8_t *GlobalMemory::at(uint64_t address, uint64_t bytes) const {
  for (const Buffer &buffer : buffers)
    if (address >= buffer.address &&
        address + bytes <= buffer.address + buffer.bytes)
      return buffer.start + (address - buffer.address);
  return nullptr;
}

} // namespace attention::emulator
