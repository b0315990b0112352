//===- Mapped inputs and atomic outputs -------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_FILES_FILEACCESS_H
#define ATTENTION_RUNTIME_FILES_FILEACCESS_H

#include "runtime/files/Result.h"

#include <cstddef>
#include <vector>

namespace attention {

/// A whole file, mapped read-only for as long as this lives.
class MappedFile {
public:
  static Result<MappedFile> open(const std::string &path);
  MappedFile(MappedFile &&other) noexcept;
  MappedFile &operator=(MappedFile &&other) noexcept;
  ~MappedFile();

  const std::byte *data() const { return bytes; }
  size_t size() const { return length; }

private:
  MappedFile() = default;
  const std::byte *bytes = nullptr;
  size_t length = 0;
};

struct ByteSpan {
  const void *data;
  size_t size;
};

/// Writes the pieces one after another to a temporary file beside `path` and
/// renames it, so that a reader sees the old file or the whole new one. What is
/// no regular file (a pipe, a device) is written directly.
MaybeFailure writeAtomically(const std::string &path,
                             const std::vector<ByteSpan> &pieces);

} // namespace attention
#endif
