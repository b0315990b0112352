//===- What an x86 processor says of itself ---------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_CPUID_H
#define ATTENTION_RUNTIME_CPUID_H

#include <cstdint>

namespace attention {

enum CpuidRegister { EAX, EBX, ECX, EDX };
enum CpuidLeaf { Leaf1, Leaf7, Leaf7Sub1, Extended };

struct Cpuid {
  uint32_t leaves[4][4] = {}; ///< by CpuidLeaf and CpuidRegister
  uint64_t enabledState = 0;  ///< XCR0, or 0 without XSAVE
};

/// Asks the processor. Virtual machines take long to answer.
Cpuid readCpuid();

/// What code may rely on, by `readCpuid`.
Cpuid hostCpuid();

/// Asks the kernel to save the tiles of AMX, which it does for processes that
/// have asked; whether it agrees.
bool requestTiles();

} // namespace attention
#endif
