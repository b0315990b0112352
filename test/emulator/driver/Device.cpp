#include "test/emulator/driver/Device.h"

#include "test/emulator/Block.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>
#include <list>
#include <sys/mman.h>

using namespace llvm;

namespace attention::emulator {

/// Addresses that a device may have: nothing is mapped there.
static constexpr uint64_t addressBytes = uint64_t(1) << 40;
/// Buffers lie apart by this, so that running over one meets nothing.
static constexpr uint64_t gap = 1 << 16;

static int refuse(const Twine &what) {
  errs() << "emulated driver: " << what << "\n";
  return invalidValue;
}

Device::Device(const Settings &settings) : settings(settings) {
  void *range = ::mmap(nullptr, addressBytes, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (range == MAP_FAILED)
    std::exit(refuse("no addresses are left"));
  base = next = reinterpret_cast<uint64_t>(range);
}

//===----------------------------------------------------------------------===//
// Memory
//===----------------------------------------------------------------------===//

bool Device::owns(uint64_t address) const {
  return address >= base && address < base + addressBytes;
}

int Device::allocate(uint64_t &address, uint64_t bytes) {
  if (bytes == 0)
    return invalidValue;
  if (bytes > freeBytes())
    return outOfMemory;
  // Memory that nothing has written holds NaN.
  std::unique_ptr<uint8_t[]> memory(new uint8_t[bytes]);
  std::fill_n(memory.get(), bytes, 0xff);
  address = next;
  next += (bytes + gap) / gap * gap + gap;
  usedBytes += bytes;
  global.addAt(address, memory.get(), bytes);
  allocations[address] = {std::move(memory), bytes};
  return success;
}

int Device::release(uint64_t address) {
  wait();
  auto found = allocations.find(address);
  if (found == allocations.end())
    return refuse("frees what it did not allocate");
  usedBytes -= found->second.bytes;
  global.remove(address);
  allocations.erase(found);
  return success;
}

/// Memory of the host stands for itself; null for what is not allocated.
uint8_t *Device::at(uint64_t address, uint64_t bytes) {
  return owns(address) ? global.at(address, bytes)
                       : reinterpret_cast<uint8_t *>(address);
}

int Device::copy(uint64_t to, uint64_t from, uint64_t bytes, Queue &queue) {
  uint8_t *target = at(to, bytes), *source = at(from, bytes);
  if (!target || !source)
    return refuse("copies " + Twine(bytes) + " bytes out of bounds");
  queue.what.push_back(nullptr);
  if (owns(from)) {
    queue.work.push_back([=] { std::memcpy(target, source, bytes); });
    return success;
  }
  // The host's memory is read at once, whatever becomes of it.
  std::vector<uint8_t> held(source, source + bytes);
  queue.work.push_back([target, held = std::move(held)] {
    std::memcpy(target, held.data(), held.size());
  });
  return success;
}

int Device::wait() {
  for (auto &work : std::exchange(waiting, {}).work)
    work();
  return settings.fails == "finish" ? illegalAddress : success;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

int Device::readKernels(Loaded &loaded) {
  SMDiagnostic diagnostic;
  loaded.code = parseIRFile(settings.kernels, diagnostic, loaded.context);
  return loaded.code ? int(success)
                     : refuse("cannot read '" + Twine(settings.kernels) + "'");
}

/// The number behind `word`: 80 of "sm_80" and of "8.0".
static int numberBehind(StringRef text, StringRef word) {
  text = text.substr(text.find(word) + word.size());
  int number = 0;
  for (char c : text.take_while([](char c) { return isDigit(c) || c == '.'; }))
    number = c == '.' ? number : 10 * number + (c - '0');
  return number;
}

int Device::load(const char *ptx, Loaded *&loaded) {
  StringRef text(ptx);
  if (settings.fails == "load" || !text.contains(".address_size 64"))
    return invalidPtx;
  if (numberBehind(text, ".version ") > settings.ptx)
    return unsupportedPtx;
  if (numberBehind(text, ".target sm_") > settings.capability)
    return noBinaryForGpu;
  auto made = std::make_unique<Loaded>();
  made->ptx = text.str();
  if (int error = readKernels(*made))
    return error;
  global.addVariables(*made->code);
  loaded = made.release();
  return success;
}

int Device::find(Loaded &loaded, StringRef name, Kernel *&kernel) {
  if (!StringRef(loaded.ptx).contains((".entry " + name + "(").str()))
    return notFound;
  Function *function = loaded.code->getFunction(name);
  if (!function)
    return refuse("there is no LLVM IR for '" + name + "'");
  kernel = &loaded.kernels.try_emplace(name, Kernel{function}).first->second;
  return success;
}

void Device::unload(Loaded *loaded) {
  wait();
  global.removeVariables(*loaded->code);
  delete loaded;
}

uint64_t Device::variable(const Loaded &loaded, StringRef name) const {
  return StringRef(loaded.ptx).contains((" " + name + ";").str())
             ? global.addressOf(loaded.code->getNamedGlobal(name))
             : 0;
}

int Device::encode(const TensorMap &map, void *to) {
  if (std::string wrong = map.check(); !wrong.empty())
    return refuse("makes no map of a tensor with " + wrong);
  map.encode(static_cast<uint8_t *>(to));
  return success;
}

int Device::launch(Kernel &kernel, unsigned blocks, unsigned threads,
                   unsigned sharedBytes, void **parameters, Queue &queue) {
  if (settings.fails == "launch")
    return launchOutOfResources;
  if (blocks == 0 || threads == 0 || threads > 1024 ||
      sharedBytes > kernel.allowedBytes)
    return invalidValue;
  std::vector<Bits> arguments;
  auto held =
      std::make_shared<std::list<std::array<uint8_t, TensorMap::bytes>>>();
  const DataLayout &layout = kernel.function->getParent()->getDataLayout();
  for (Argument &argument : kernel.function->args()) {
    Bits bits = 0;
    void *given = parameters[argument.getArgNo()];
    if (argument.hasByValAttr()) {
      // Kernels get an address; what is there is taken now.
      held->emplace_back();
      std::memcpy(
          held->back().data(), given,
          std::min<uint64_t>(argument.getPassPointeeByValueCopySize(layout),
                             TensorMap::bytes));
      bits = reinterpret_cast<uint64_t>(held->back().data());
    } else {
      std::memcpy(&bits, given, layout.getTypeStoreSize(argument.getType()));
    }
    arguments.push_back(bits);
  }
  queue.what.push_back(&kernel);
  queue.work.push_back([=, &kernel] {
    (void)held; // what arguments point to
    run({*kernel.function, arguments, blocks, threads, sharedBytes}, global);
  });
  return success;
}

void Device::launch(const Queue &graph) {
  append_range(waiting.work, graph.work);
  append_range(waiting.what, graph.what);
}

} // namespace attention::emulator
