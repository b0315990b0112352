//===- Mapped inputs and atomic outputs -----------------------------------===//
#include "runtime/files/FileAccess.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace attention;

static Failure systemFailure(const char *action, const std::string &path) {
  return {std::string("cannot ") + action + " '" + path +
          "': " + std::strerror(errno)};
}

namespace {
/// Closes a descriptor at the end of its scope.
struct Descriptor {
  int number;
  ~Descriptor() {
    if (number >= 0)
      ::close(number);
  }
};
} // namespace

Result<MappedFile> MappedFile::open(const std::string &path) {
  // Not blocking, so that a pipe nobody writes to is refused rather than
  // waited for.
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (file.number < 0)
    return systemFailure("open", path);
  struct stat status;
  if (::fstat(file.number, &status) != 0)
    return systemFailure("read", path);
  if (!S_ISREG(status.st_mode))
    return Failure{"expects a regular file, but got '" + path + "'"};
  MappedFile mapped;
  mapped.length = static_cast<size_t>(status.st_size);
  if (mapped.length == 0)
    return mapped;
  void *address =
      ::mmap(nullptr, mapped.length, PROT_READ, MAP_PRIVATE, file.number, 0);
  if (address == MAP_FAILED)
    return systemFailure("map", path);
  mapped.bytes = static_cast<const std::byte *>(address);
  return mapped;
}

MappedFile::MappedFile(MappedFile &&other) noexcept
    : bytes(std::exchange(other.bytes, nullptr)),
      length(std::exchange(other.length, 0)) {}

MappedFile &MappedFile::operator=(MappedFile &&other) noexcept {
  std::swap(bytes, other.bytes);
  std::swap(length, other.length);
  return *this;
}

MappedFile::~MappedFile() {
  if (bytes)
    ::munmap(const_cast<std::byte *>(bytes), length);
}

static bool writeAll(int file, const std::vector<ByteSpan> &pieces) {
  for (const ByteSpan &piece : pieces) {
    const char *next = static_cast<const char *>(piece.data);
    for (size_t left = piece.size; left > 0;) {
      const ssize_t written = ::write(file, next, left);
      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return false;
      next += written;
      left -= static_cast<size_t>(written);
    }
  }
  return true;
}

/// The file that a path means, through links, so that renaming does not
/// replace a link by a file.
static std::string followLinks(const std::string &path) {
  char *resolved = ::realpath(path.c_str(), nullptr);
  if (!resolved)
    return path;
  std::string target = resolved;
  std::free(resolved);
  return target;
}

/// Creates a file beside `target` and stores its name; -1 if that fails.
static int openBeside(const std::string &target, mode_t mode,
                      std::string &name) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    name = target + "." + std::to_string(::getpid()) + "-" +
           std::to_string(attempt) + ".tmp";
    const int file =
        ::open(name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (file >= 0 || errno != EEXIST)
      return file;
  }
  return -1;
}

static MaybeFailure writeDirectly(const std::string &path,
                                  const std::vector<ByteSpan> &pieces) {
  Descriptor file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
  if (file.number < 0 || !writeAll(file.number, pieces))
    return systemFailure("write", path);
  return std::nullopt;
}

MaybeFailure attention::writeAtomically(const std::string &path,
                                        const std::vector<ByteSpan> &pieces) {
  struct stat status;
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode))
    return Failure{"cannot write '" + path + "': it is a directory"};
  if (exists && !S_ISREG(status.st_mode))
    return writeDirectly(path, pieces);
  if (exists && ::access(path.c_str(), W_OK) != 0)
    return systemFailure("write", path);
  const std::string target = followLinks(path);
  std::string temporary;
  Descriptor file{
      openBeside(target, exists ? status.st_mode & 0777 : 0666, temporary)};
  if (file.number < 0)
    return systemFailure("write", path);
  if (writeAll(file.number, pieces) &&
      ::rename(temporary.c_str(), target.c_str()) == 0)
    return std::nullopt;
  Failure failure = systemFailure("write", path);
  ::unlink(temporary.c_str());
  return failure;
}
