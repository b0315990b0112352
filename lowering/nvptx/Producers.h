/// Warps that copy tiles for the others of their block (sm_90a).
#ifndef ATTENTION_LOWERING_NVPTX_PRODUCERS_H
#define ATTENTION_LOWERING_NVPTX_PRODUCERS_H

#include "lowering/nvptx/Pump.h"
#include "lowering/nvptx/Slice.h"

namespace attention::nvptx {

/// Which loops are fed by one thread of warps of their own, by tensor copies
/// (TMA): those whose tiles all are swizzled boxes of whole memrefs, and whose
/// bounds take scalars alone. Between the two sides stand two barriers in
/// shared memory for each stage:
///
///     full:   the copies of turn t have arrived    (producer -> consumers)
///     empty:  every warp is done with them          (consumers -> producer)
///
/// The source: FlashAttention-3 (arXiv 2407.08608), section 3.1.
class Producers {
public:
  Producers(mlir::scf::ForallOp forall, const Feeds &feeds,
            const SharedMemoryPlan &plan, const KernelInputs &inputs,
            const GpuFeatures &features, int64_t consumerWarps);

  /// Whether there are any.
  bool exist() const { return !loops.empty(); }
  bool serve(mlir::scf::ForOp loop) const { return loops.contains(loop); }

  /// Warps that are none of the tile's, behind the consumers': a whole group of
  /// four where these give registers to the others.
  int64_t warps() const;
  bool moveRegisters() const { return exist() && consumerWarps == 8; }
  /// Bytes of shared memory, the plan's and the barriers'.
  int64_t sharedBytes() const;

  /// The code of both sides in front of anything else, for all threads.
  void initialize(WarpBuilder &b) const;
  /// Turns that the served loops had so far: those of a block go on from one of
  /// its tasks to the next, as the phases of barriers do.
  using Turns = llvm::SmallVector<mlir::Value>;
  Turns noTurns(WarpBuilder &b) const;
  /// Null for a loop that is not served.
  mlir::Value *turnsOf(mlir::scf::ForOp loop, Turns &turns) const;

  /// Whether this thread is the one that copies.
  mlir::Value isProducer(WarpBuilder &b) const;
  /// The code of the producers.
  void emit(WarpBuilder &b, KernelInputs &inputs, Turns &turns) const;

  /// Where the tiles of a turn are, and the parity of the phase that it ends.
  mlir::Value stage(WarpBuilder &b, mlir::Value turn) const;
  mlir::Value parity(WarpBuilder &b, mlir::Value turn) const;
  /// The address of a barrier of `loop`.
  mlir::Value full(WarpBuilder &b, mlir::scf::ForOp loop,
                   mlir::Value stage) const;
  mlir::Value empty(WarpBuilder &b, mlir::scf::ForOp loop,
                    mlir::Value stage) const;

private:
  mlir::Value barrier(WarpBuilder &b, mlir::scf::ForOp loop, int64_t which,
                      mlir::Value stage) const;
  mlir::Value emitLoop(WarpBuilder &b, KernelInputs &inputs,
                       mlir::scf::ForOp loop, mlir::Value turns) const;
  void copyFor(WarpBuilder &b, KernelInputs &inputs, mlir::scf::ForOp loop,
               mlir::Value place, mlir::Value turn, mlir::Value isFirst) const;

  const Feeds &feeds;
  const SharedMemoryPlan &plan;
  int64_t consumerWarps;
  /// What computes bounds and places, in front of the loop.
  llvm::MapVector<mlir::Operation *, llvm::SmallVector<mlir::Operation *>>
      loops;
};

/// The consumers' side.
class ProducedFeeds : public Pump {
public:
  ProducedFeeds(WarpBuilder &b, const Producers &producers,
                mlir::scf::ForOp source)
      : b(b), producers(producers), source(source) {}

  mlir::LogicalResult fill() override { return mlir::success(); }
  mlir::LogicalResult advance(mlir::Value place, mlir::Value turn) override;
  void release(mlir::Value turn) override;

private:
  WarpBuilder &b;
  const Producers &producers;
  mlir::scf::ForOp source;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_PRODUCERS_H
