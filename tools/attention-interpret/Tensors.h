/// Tensors of files as the interpreter holds them, and back.
#ifndef ATTENTION_TOOLS_INTERPRET_TENSORS_H
#define ATTENTION_TOOLS_INTERPRET_TENSORS_H

#include "interpreter/Datum.h"
#include "runtime/files/HostTensor.h"

namespace attention {

/// The elements of a tensor of `shape`, as `bytes` hold them, in double or
/// int64_t; `scalar` gives a scalar of a tensor of rank 0.
Datum datumOf(ElementType type, const std::vector<int64_t> &shape,
              const std::byte *bytes, bool scalar);

/// Rounds to the declared type.
Result<HostTensor> tensorOf(const Datum &datum, ElementType type,
                            const std::string &name);

} // namespace attention

#endif // ATTENTION_TOOLS_INTERPRET_TENSORS_H
