/// Shared objects without a compiler driver.
#ifndef ATTENTION_LOWERING_CPU_LINK_H
#define ATTENTION_LOWERING_CPU_LINK_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/MemoryBuffer.h"

namespace attention {

/// Links object files for `architecture` ("x86_64" or "aarch64") to a shared
/// object. Symbols that they do not define must be the C library's or the
/// runtime's: the result names only libc, libm and libattention_runtime.so as
/// needed, and those only where they are. Equal functions and tables are kept
/// once. No file of the system is read.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkSharedObject(llvm::ArrayRef<llvm::MemoryBufferRef> objects,
                 llvm::StringRef architecture);

/// Makes one object file of several: what is hidden becomes local.
llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
linkObject(llvm::ArrayRef<llvm::MemoryBufferRef> objects,
           llvm::StringRef architecture);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_LINK_H
