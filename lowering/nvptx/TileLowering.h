/// The lowering of one parallel loop on tiles to the code of one thread.
#ifndef ATTENTION_LOWERING_NVPTX_TILELOWERING_H
#define ATTENTION_LOWERING_NVPTX_TILELOWERING_H

#include "dialect/Attention.h"
#include "lowering/nvptx/Alternation.h"
#include "lowering/nvptx/ExchangedMemory.h"
#include "lowering/nvptx/KernelInputs.h"
#include "lowering/nvptx/Producers.h"
#include "lowering/nvptx/Publications.h"
#include "lowering/nvptx/WarpBuilder.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention::nvptx {

class TileLowering {
public:
  TileLowering(WarpBuilder &b, KernelInputs &inputs,
               const LayoutAnalysis &layouts, const Feeds &feeds,
               const Producers &producers, const SharedMemoryPlan &plan,
               const ExchangedMemory &exchanged)
      : producedTurns(producers.noTurns(b)), b(b), inputs(inputs),
        layouts(layouts), feeds(feeds), producers(producers), plan(plan),
        exchanged(exchanged), publications(b) {}

  /// Lowers the operations of a block of the source, but for its terminator,
  /// to the insertion point of the builder. Emits a diagnostic for what has no
  /// lowering.
  mlir::LogicalResult lowerBody(mlir::Block &block);
  /// Those that the loops had before which producers serve, and with them.
  Producers::Turns producedTurns;

private:
  mlir::LogicalResult lower(mlir::Operation *op);
  mlir::LogicalResult lowerScalar(mlir::Operation *op);
  mlir::LogicalResult lowerElementwise(mlir::Operation *op);
  mlir::LogicalResult lowerLoop(mlir::scf::ForOp loop);
  mlir::LogicalResult lowerIteration(mlir::scf::ForOp source,
                                     mlir::scf::ForOp target, Pump *pump);
  std::unique_ptr<Pump> pumpOf(mlir::scf::ForOp loop);
  /// Whether two groups of warps take turns in the iterations of a loop.
  bool alternates(mlir::scf::ForOp loop) const;
  bool hasGroupProducts(mlir::Operation *op) const;
  /// Passes the turn on, if this iteration still has it.
  void passTurn();
  mlir::LogicalResult lowerBranches(mlir::scf::IfOp branches);
  mlir::LogicalResult lowerBranch(mlir::Block *source, mlir::Block *target);
  mlir::LogicalResult lowerRead(mlir::vector::TransferReadOp read);
  mlir::LogicalResult stage(mlir::Value tile);
  void stageOfFeed(mlir::Value tile,
                   llvm::ArrayRef<mlir::Operation *> operations);
  mlir::LogicalResult lowerWrite(mlir::vector::TransferWriteOp write);
  mlir::LogicalResult lowerGather(mlir::vector::GatherOp gather);
  mlir::LogicalResult lowerScalarLoad(mlir::memref::LoadOp load);
  mlir::LogicalResult lowerScalarStore(mlir::memref::StoreOp store);
  /// Stands before each access to global memory.
  void orderAccess(mlir::Value memref);
  mlir::LogicalResult lowerContraction(mlir::vector::ContractionOp op);
  /// Whether nobody waits for a contraction before the end of the iteration.
  bool isForLater(mlir::vector::ContractionOp op) const;
  mlir::LogicalResult lowerSolve(SolveForwardOp op);
  mlir::LogicalResult lowerReduction(mlir::vector::MultiDimReductionOp op);
  mlir::LogicalResult lowerBroadcast(mlir::vector::BroadcastOp broadcast);
  mlir::LogicalResult lowerConstant(mlir::arith::ConstantOp constant);

  /// Where a tile lies in shared memory, now.
  SharedTile shared(mlir::Value tile) const;
  /// This thread's part of a tile in a layout that the tile is held in.
  mlir::Value part(mlir::Value tile, Layout layout);
  void setPart(mlir::Value tile, Layout layout, mlir::Value value);
  /// The values that carry `value` through control flow, its layouts in order.
  void appendCarried(mlir::Value source, mlir::Value like,
                     llvm::SmallVectorImpl<mlir::Value> &values);
  void takeCarried(mlir::Value target, mlir::ValueRange &values);
  /// Converts a tile that was just defined to what else is demanded of it.
  void convertDefined(mlir::Value tile);

  WarpBuilder &b;
  KernelInputs &inputs;
  const LayoutAnalysis &layouts;
  const Feeds &feeds;
  const Producers &producers;
  const SharedMemoryPlan &plan;
  const ExchangedMemory &exchanged;
  Publications publications;
  Alternation turns{b};
  bool hasTurn = false;
  /// The stage in which the iteration at hand finds the tiles of its loop.
  llvm::DenseMap<mlir::Operation *, mlir::Value> stages;
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value> parts;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_TILELOWERING_H
