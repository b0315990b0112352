/// Tiles that go from global to shared memory without a stay in registers.
#ifndef ATTENTION_LOWERING_NVPTX_STAGING_H
#define ATTENTION_LOWERING_NVPTX_STAGING_H

#include "lowering/nvptx/KernelInputs.h"
#include "lowering/nvptx/WarpBuilder.h"
#include "mlir/IR/Operation.h"

namespace attention::nvptx {

/// The operations that give a tile which is read, or computed element by
/// element of one tile that is read: that read first, then in their order.
/// Empty for other tiles, and where memory may change before the tile is there.
llvm::SmallVector<mlir::Operation *> stagedOperations(mlir::Value tile);

/// What `operations`, as above, make of some neighbours of the tile that is
/// read: a vector.
mlir::Value computeStaged(WarpBuilder &b, KernelInputs &inputs,
                          llvm::ArrayRef<mlir::Operation *> operations,
                          mlir::Value neighbours);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_STAGING_H
