//===- Handing models in text to the interpreter --------------------------===//
#include "tools/attention-run/Interpret.h"

#include "runtime/files/Programs.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

using namespace attention;

Failure attention::becomeInterpreter(char **arguments) {
  Result<std::string> interpreter = programBeside("attention-interpret");
  if (!interpreter)
    return interpreter.failure();
  arguments[0] = interpreter->data();
  ::execv(interpreter->c_str(), arguments);
  return {"cannot start '" + *interpreter + "': " + std::strerror(errno)};
}
