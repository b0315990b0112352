/// The code that brings the tiles of a loop's feeds to shared memory.
#ifndef ATTENTION_LOWERING_NVPTX_PUMP_H
#define ATTENTION_LOWERING_NVPTX_PUMP_H

#include "lowering/nvptx/KernelInputs.h"
#include "lowering/nvptx/Slice.h"
#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// Turn t of a loop, the t-th of its iterations, finds its tiles in stage t
/// modulo the number of stages, while those of the next turns are on their way
/// to the other stages.
class Pump {
public:
  virtual ~Pump() = default;

  /// Before the loop.
  virtual mlir::LogicalResult fill() = 0;
  /// At the start of iteration `place`, which is turn `turn` (i32).
  virtual mlir::LogicalResult advance(mlir::Value place, mlir::Value turn) = 0;
  /// At its end.
  virtual void release(mlir::Value turn) = 0;
};

/// Computes some scalars of the source where the builder is, as long as `scope`
/// lives.
void computeScalars(WarpBuilder &b, KernelInputs &inputs, MappingScope &scope,
                    llvm::ArrayRef<mlir::Operation *> slice);
/// The stage of a turn.
mlir::Value stageOf(WarpBuilder &b, const SharedMemoryPlan &plan,
                    mlir::Value turn);
/// Where a tile lies that a feed reads, in `stage`.
SharedTile tileOf(WarpBuilder &b, const SharedMemoryPlan &plan,
                  const Feed &feed, mlir::Value stage);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_PUMP_H
