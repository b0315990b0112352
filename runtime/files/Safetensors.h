//===- .safetensors files ---------------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_FILES_SAFETENSORS_H
#define ATTENTION_RUNTIME_FILES_SAFETENSORS_H

#include "runtime/files/FileAccess.h"
#include "runtime/files/HostTensor.h"

#include <map>
#include <optional>

namespace attention {

/// A tensor inside of a mapped file.
struct StoredTensor {
  std::string name;
  std::string dtype; // as the file spells it: "F32"
  std::vector<int64_t> shape;
  const std::byte *data = nullptr; // aligned to its elements
  int64_t byteCount = 0;

  /// Nothing for types that files know and models do not.
  std::optional<ElementType> type() const;
};

/// One file, mapped; tensors stay valid as long as it lives. Nothing is copied
/// but tensors that the file does not align to their elements.
class SafetensorsFile {
public:
  /// Fails unless the header is well formed and the tensors cover the rest of
  /// the file exactly, without gaps or overlaps.
  static Result<SafetensorsFile> open(const std::string &path);

  const std::string &path() const { return name; }
  const std::map<std::string, StoredTensor> &tensors() const { return stored; }

private:
  SafetensorsFile(std::string name, MappedFile file)
      : name(std::move(name)), file(std::move(file)) {}
  MaybeFailure readHeader();
  MaybeFailure alignTensors();

  std::string name;
  MappedFile file;
  std::vector<HostTensor> copies;
  std::map<std::string, StoredTensor> stored;
};

/// The files that the weights of one model are spread over.
class WeightFiles {
public:
  MaybeFailure add(const std::string &path);

  /// The tensor of this name. Fails if it is missing (with the nearest name),
  /// in two files, of another type, or of another shape (negative sizes of
  /// `shape` accept any).
  Result<const StoredTensor *> find(const std::string &name, ElementType type,
                                    const std::vector<int64_t> &shape) const;

  bool contains(const std::string &name) const;
  std::vector<std::string> names() const;

private:
  std::vector<SafetensorsFile> files;
};

} // namespace attention
#endif
