#include "test/emulator/driver/Settings.h"

#include "llvm/ADT/StringRef.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

using namespace llvm;

namespace attention::emulator {

static StringRef environment(const char *name) {
  const char *value = std::getenv(name);
  return value ? value : "";
}

Settings Settings::read() {
  Settings settings;
  settings.kernels = environment("EMULATED_KERNELS").str();
  StringRef rest = environment("EMULATED_DEVICE");
  while (!rest.empty()) {
    auto [pair, more] = rest.split(',');
    auto [name, value] = pair.split('=');
    rest = more;
    int64_t number = 0;
    bool isNumber = !value.getAsInteger(10, number);
    if (name == "fails")
      settings.fails = value.str();
    else if (name == "trace" && isNumber)
      settings.trace = number != 0;
    else if (name == "devices" && isNumber)
      settings.devices = number;
    else if (name == "capability" && isNumber)
      settings.capability = number;
    else if (name == "multiprocessors" && isNumber)
      settings.multiprocessors = number;
    else if (name == "version" && isNumber)
      settings.version = number;
    else if (name == "ptx" && isNumber)
      settings.ptx = number;
    else if (name == "memory" && isNumber)
      settings.memory = number;
    else {
      errs() << "emulated driver: does not know '" << pair << "'\n";
      std::exit(1);
    }
  }
  return settings;
}

} // namespace attention::emulator
