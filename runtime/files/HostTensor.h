//===- A tensor in memory of its own ----------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_FILES_HOSTTENSOR_H
#define ATTENTION_RUNTIME_FILES_HOSTTENSOR_H

#include "runtime/files/ElementType.h"
#include "runtime/files/Result.h"

#include <cstddef>
#include <cstdlib>
#include <memory>

namespace attention {

/// Contiguous, row-major, little endian, aligned to 64 bytes.
class HostTensor {
public:
  ElementType type = ElementType::F32;
  std::vector<int64_t> shape;

  /// A tensor with uninitialised elements. Fails where the size overflows or
  /// there is not enough memory; `what` names it in the message.
  static Result<HostTensor> allocate(ElementType type,
                                     std::vector<int64_t> shape,
                                     const std::string &what);

  std::byte *data() { return bytes.get(); }
  const std::byte *data() const { return bytes.get(); }
  int64_t byteCount() const { return size; }
  int64_t elementCount() const { return size / byteSize(type); }

  /// Element `index` of the flattened tensor: any type of ours is exact in
  /// double but for i64 beyond 2^53.
  double toDouble(int64_t index) const;

  /// Rounds to nearest even into floating types; 0 or 1 for i1.
  void setFromDouble(int64_t index, double value);

private:
  struct Free {
    void operator()(std::byte *pointer) const { std::free(pointer); }
  };
  std::unique_ptr<std::byte[], Free> bytes;
  int64_t size = 0;
};

} // namespace attention
#endif
