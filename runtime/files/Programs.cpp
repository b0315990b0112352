//===- Programs beside this one -------------------------------------------===//
#include "runtime/files/Programs.h"

#include <cerrno>
#include <climits>
#include <cstring>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace attention;

Result<std::string> attention::programBeside(const std::string &name) {
  char self[PATH_MAX];
  const ssize_t length = ::readlink("/proc/self/exe", self, sizeof(self));
  if (length <= 0 || length == static_cast<ssize_t>(sizeof(self)))
    return Failure{"cannot find the folder of this program"};
  const std::string path(self, static_cast<size_t>(length));
  return path.substr(0, path.rfind('/') + 1) + name;
}

MaybeFailure attention::runProgram(const std::string &path,
                                   const std::vector<std::string> &arguments) {
  std::vector<char *> pointers = {const_cast<char *>(path.c_str())};
  for (const std::string &argument : arguments)
    pointers.push_back(const_cast<char *>(argument.c_str()));
  pointers.push_back(nullptr);
  pid_t child;
  const int error = ::posix_spawn(&child, path.c_str(), nullptr, nullptr,
                                  pointers.data(), environ);
  if (error)
    return Failure{"cannot start '" + path + "': " + std::strerror(error)};
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return Failure{"cannot wait for '" + path + "': " + std::strerror(errno)};
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return std::nullopt;
  return Failure{"'" + path + "' ended with " +
                 (WIFEXITED(status)
                      ? "status " + std::to_string(WEXITSTATUS(status))
                      : "signal " + std::to_string(WTERMSIG(status)))};
}
