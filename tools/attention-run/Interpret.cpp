//===- Handing models in text to the interpreter --------------------------===//
#include "tools/attention-run/Interpret.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <unistd.h>

using namespace attention;

Failure attention::becomeInterpreter(char **arguments) {
  char self[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", self, sizeof(self));
  if (length <= 0 || length == static_cast<ssize_t>(sizeof(self)))
    return {"cannot find the folder of this program"};
  const std::string path(self, static_cast<size_t>(length));
  std::string interpreter =
      path.substr(0, path.rfind('/') + 1) + "attention-interpret";
  arguments[0] = interpreter.data();
  ::execv(interpreter.c_str(), arguments);
  return {"cannot start '" + interpreter + "': " + std::strerror(errno)};
}
