//===- Artefacts in shared objects ------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_SHAREDOBJECT_H
#define ATTENTION_RUNTIME_SHAREDOBJECT_H

#include "runtime/Artifact.h"
#include "runtime/files/Result.h"

namespace attention {

/// An opened shared object; closed at the end of its life.
class SharedObject {
public:
  /// Looks at the file's headers first: the loader of the system trusts them,
  /// and a truncated file would end the program.
  static Result<SharedObject> open(const std::string &path);
  SharedObject() = default;
  SharedObject(SharedObject &&other) noexcept
      : handle(std::exchange(other.handle, nullptr)) {}
  SharedObject &operator=(SharedObject &&other) noexcept {
    std::swap(handle, other.handle);
    return *this;
  }
  ~SharedObject();

  /// The artefact it exports, not yet checked; null if there is none.
  const attn_artifact_desc *artifact() const;

private:
  void *handle = nullptr;
};

} // namespace attention
#endif
