/// The scratch buffers of one worker.
#ifndef ATTENTION_LOWERING_CPU_SCRATCH_H
#define ATTENTION_LOWERING_CPU_SCRATCH_H

#include "mlir/Dialect/SCF/IR/SCF.h"

namespace attention {

/// Where the buffers that the body of one parallel loop allocates lie in the
/// scratch of the worker that runs it: behind each other, 64-byte aligned.
class Scratch {
public:
  /// Reports buffers of dynamic size as errors.
  mlir::LogicalResult collect(mlir::scf::ForallOp loop);

  int64_t bytes() const { return end; }

  /// Replaces the buffers by views of `scratch`, a memref of bytes whose
  /// definition dominates them.
  void rewrite(mlir::Value scratch);

private:
  llvm::SmallVector<std::pair<mlir::Operation *, int64_t>> places;
  int64_t end = 0;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_SCRATCH_H
