/// A device that is emulated: its memory, what was loaded, and what waits to be
/// done.
#ifndef ATTENTION_TEST_EMULATOR_DRIVER_DEVICE_H
#define ATTENTION_TEST_EMULATOR_DRIVER_DEVICE_H

#include "test/emulator/TensorMaps.h"
#include "test/emulator/driver/Settings.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/IR/Module.h"
#include <functional>
#include <map>
#include <memory>

namespace attention::emulator {

/// Numbers of errors, as the driver API has them.
enum Error : int {
  success = 0,
  invalidValue = 1,
  outOfMemory = 2,
  noDevice = 100,
  invalidDevice = 101,
  invalidContext = 201,
  noBinaryForGpu = 209,
  invalidPtx = 218,
  unsupportedPtx = 222,
  notFound = 500,
  illegalAddress = 700,
  launchOutOfResources = 701,
  graphUpdateFailed = 910
};

/// A kernel of PTX that was loaded, and its code as LLVM IR.
struct Kernel {
  llvm::Function *function;
  uint64_t allowedBytes = 48 * 1024; ///< of shared memory
};

/// What a text of PTX that was loaded has, and its code as LLVM IR, which was
/// read at that time.
struct Loaded {
  std::string ptx;
  llvm::LLVMContext context;
  std::unique_ptr<llvm::Module> code;
  llvm::StringMap<Kernel> kernels;
};

/// Copies and launches in their order, and what each is: null or the kernel.
struct Queue {
  std::vector<std::function<void()>> work;
  std::vector<const Kernel *> what;
};

/// Work is done when somebody waits for it, so that results which nobody waited
/// for are not there.
class Device {
public:
  explicit Device(const Settings &settings);

  int allocate(uint64_t &address, uint64_t bytes);
  int release(uint64_t address);
  uint64_t freeBytes() const { return settings.memory - usedBytes; }
  /// Whether addresses of the device may lie there: not whether they do.
  bool owns(uint64_t address) const;

  int load(const char *ptx, Loaded *&loaded);
  void unload(Loaded *loaded);
  /// The address of a variable of the code, 0 where it has none of this name.
  uint64_t variable(const Loaded &loaded, llvm::StringRef name) const;
  int find(Loaded &loaded, llvm::StringRef name, Kernel *&kernel);
  int copy(uint64_t to, uint64_t from, uint64_t bytes, Queue &queue);
  int launch(Kernel &kernel, unsigned blocks, unsigned threads,
             unsigned sharedBytes, void **parameters, Queue &queue);
  int encode(const TensorMap &map, void *to);
  /// What a graph has, behind what waits already.
  void launch(const Queue &graph);
  int wait();

  const Settings settings;
  Queue waiting;

private:
  uint8_t *at(uint64_t address, uint64_t bytes);
  int readKernels(Loaded &loaded);

  uint64_t base = 0, next = 0, usedBytes = 0; ///< of the range of addresses
  struct Allocation {
    std::unique_ptr<uint8_t[]> memory;
    uint64_t bytes;
  };
  std::map<uint64_t, Allocation> allocations;
  GlobalMemory global;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_DRIVER_DEVICE_H
