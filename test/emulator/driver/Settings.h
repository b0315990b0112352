/// What the emulated device is like, and what goes wrong on it.
#ifndef ATTENTION_TEST_EMULATOR_DRIVER_SETTINGS_H
#define ATTENTION_TEST_EMULATOR_DRIVER_SETTINGS_H

#include <cstdint>
#include <string>

namespace attention::emulator {

/// From the environment: EMULATED_KERNELS names the LLVM IR of the kernels that
/// are loaded next, EMULATED_DEVICE has pairs like
/// "capability=75,memory=100000".
struct Settings {
  std::string kernels;
  int devices = 1;
  int capability = 90;     ///< ten times the major and the minor number
  int multiprocessors = 1; ///< each with one block at a time
  int version = 13000;     ///< of CUDA: 12040 is 12.4
  int ptx = 90;            ///< the latest that it reads, in tenths
  uint64_t memory = uint64_t(1) << 32;
  std::string fails;  ///< "load", "launch", "finish", "occupancy", "capture" or
                      ///< "instantiate"
  bool trace = false; ///< tells of graphs

  static Settings read();
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_DRIVER_SETTINGS_H
