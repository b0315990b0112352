/// Memory through which the threads of a block exchange data.
#ifndef ATTENTION_LOWERING_NVPTX_EXCHANGEDMEMORY_H
#define ATTENTION_LOWERING_NVPTX_EXCHANGEDMEMORY_H

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/DenseSet.h"

namespace attention::nvptx {

/// Buffers that one iteration of a parallel loop both reads and writes. Another
/// thread may hold an element when it is read than when it was written, so that
/// every access to them stands behind a barrier.
class ExchangedMemory {
public:
  explicit ExchangedMemory(mlir::scf::ForallOp loop);

  bool contains(mlir::Value memref) const;

private:
  llvm::DenseSet<mlir::Value> buffers;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_EXCHANGEDMEMORY_H
