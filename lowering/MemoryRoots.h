/// Which memory operations on memrefs read and write.
#ifndef ATTENTION_LOWERING_MEMORYROOTS_H
#define ATTENTION_LOWERING_MEMORYROOTS_H

#include "mlir/IR/Operation.h"

namespace attention {

/// The argument or allocation that a memref is a view of.
mlir::Value memoryRoot(mlir::Value memref);

/// The memref a reading op (transfer_read, gather) reads, or null.
mlir::Value readMemory(mlir::Operation *op);

/// Whether `op` itself, or one inside of it, may write to memory whose root is
/// `root` (to any memory, where `root` is null).
bool mayWrite(mlir::Operation *op, mlir::Value root);

} // namespace attention

#endif // ATTENTION_LOWERING_MEMORYROOTS_H
