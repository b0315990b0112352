/// Shared objects without a compiler driver.
#ifndef ATTENTION_LOWERING_CPU_LINK_H
#define ATTENTION_LOWERING_CPU_LINK_H

#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace attention {

/// Links one object file for `architecture` ("x86_64" or "aarch64") to a shared
/// object. Symbols that it does not define must be the C library's or the
/// runtime's: the result names only libc, libm and libattention_runtime.so as
/// needed, and those only where they are. No file of the system is read.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkSharedObject(llvm::MemoryBufferRef object, llvm::StringRef architecture);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_LINK_H
