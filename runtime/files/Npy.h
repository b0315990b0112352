//===- .npy files -----------------------------------------------*- C++ -*-===//
//
// The types of HostTensor, little endian, in C order, versions 1 and 2. Nothing
// is converted: another type, order or length is a failure. bfloat16 is the
// two-byte void that ml_dtypes writes.
//
//===----------------------------------------------------------------------===//
#ifndef ATTENTION_RUNTIME_FILES_NPY_H
#define ATTENTION_RUNTIME_FILES_NPY_H

#include "runtime/files/HostTensor.h"

namespace attention {

Result<HostTensor> readNpy(const std::string &path);

/// Atomic, as writeAtomically. `data` holds the elements of a tensor of this
/// shape.
MaybeFailure writeNpy(const std::string &path, ElementType type,
                      const std::vector<int64_t> &shape, const void *data);

} // namespace attention
#endif
