//===- What an x86 processor says of itself -------------------------------===//
#include "runtime/Cpuid.h"

#if defined(__x86_64__)
#include <algorithm>
#include <cpuid.h>

using namespace attention;

Cpuid attention::readCpuid() {
  Cpuid processor;
  const uint32_t numbers[4][2] = {{1, 0}, {7, 0}, {7, 1}, {0x80000001, 0}};
  for (int leaf = Leaf1; leaf <= Extended; ++leaf) {
    uint32_t *found = processor.leaves[leaf];
    if (!__get_cpuid_count(numbers[leaf][0], numbers[leaf][1], &found[EAX],
                           &found[EBX], &found[ECX], &found[EDX]))
      std::fill(found, found + 4, 0);
  }
  const uint32_t osxsave = 27;
  if (!(processor.leaves[Leaf1][ECX] >> osxsave & 1))
    return processor;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  processor.enabledState = static_cast<uint64_t>(high) << 32 | low;
  return processor;
}
#endif
