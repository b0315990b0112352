/// Runs small kernels, written by hand, in the emulator.
#ifndef ATTENTION_TEST_UNIT_EMULATORTEST_H
#define ATTENTION_TEST_UNIT_EMULATORTEST_H

#include "test/emulator/TensorMaps.h"
#include <cstdint>
#include <string>
#include <vector>

/// Runs `@k(ptr addrspace(1))` of this body in blocks of 64 threads, on 64
/// words that hold their own numbers, with as much shared memory. `%map`
/// is the map of a tensor that starts there, if one is given.
std::vector<uint32_t>
runKernel(const std::string &body, uint64_t sharedBytes = 256,
          const attention::emulator::TensorMap *map = nullptr,
          unsigned blocks = 1);

extern const char *const kBarrier;

#endif // ATTENTION_TEST_UNIT_EMULATORTEST_H
