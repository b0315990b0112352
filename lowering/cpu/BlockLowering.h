/// The lowering of a block of tile code, op by op.
#ifndef ATTENTION_LOWERING_CPU_BLOCKLOWERING_H
#define ATTENTION_LOWERING_CPU_BLOCKLOWERING_H

#include "dialect/Attention.h"
#include "lowering/Tiles.h"
#include "lowering/cpu/Context.h"
#include "lowering/cpu/StagePlan.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace attention {

/// Walks a block and adds loops before each *cut*: contractions, column
/// reductions, writes, control flow and the terminator. Pointwise ops wait
/// until the next cut and then become one stage. The ops on tiles stay in
/// place; who calls erases them once the whole function is lowered.
class BlockLowering {
public:
  /// `destinations`: the scratch that each tile which the terminator yields has
  /// to be in at the end.
  BlockLowering(Context &context, mlir::Block &block,
                llvm::ArrayRef<mlir::Value> destinations = {})
      : c(context), b(context.b), block(block), destinations(destinations),
        plan(context.buffers) {}
  void lower();

private:
  void lowerOp(mlir::Operation *op);
  bool awaitsReductions(mlir::Operation *op);
  void lowerContraction(mlir::vector::ContractionOp op);
  void lowerSolve(SolveForwardOp op);
  void lowerColumnReduction(mlir::vector::MultiDimReductionOp op);
  void lowerFullReduction(mlir::Operation *op);
  void lowerWrite(mlir::vector::TransferWriteOp op);
  void lowerFor(mlir::scf::ForOp op);
  void lowerIf(mlir::scf::IfOp op);
  void lowerForall(mlir::scf::ForallOp op);
  void lowerYield(mlir::scf::YieldOp op);

  /// Emits the waiting ops as a stage before `cut`: stores what is read behind
  /// it and the tiles `forced`, and does `write`.
  void flush(mlir::Operation *cut, llvm::ArrayRef<mlir::Value> forced = {},
             mlir::vector::TransferWriteOp write = {});
  /// Emits the row reductions among the waiting ops as a stage before `cut`;
  /// the others go on waiting, but for what would be costly to compute again.
  void storeReductions(mlir::Operation *cut);
  void chooseRoots(llvm::ArrayRef<mlir::Value> forced,
                   mlir::vector::TransferWriteOp write);
  void assignScratch(mlir::Operation *cut);
  /// Emits the loops of the stage, whose accesses are planned, before `cut`.
  void emitStage(mlir::Operation *cut);
  /// Stores `tiles` into `places`, which may hold what others of them read.
  void copyAll(llvm::ArrayRef<mlir::Value> tiles,
               llvm::ArrayRef<mlir::Value> places);

  /// The destination that `tile` is yielded into, if it is of this type and no
  /// tile in it is read at `cut` or (`isAfter`) behind it.
  mlir::Value homeOf(mlir::Value tile, mlir::MemRefType type,
                     mlir::Operation *cut, bool isAfter);
  bool isDead(mlir::Value scratch, mlir::Operation *cut, bool isAfter);
  mlir::Value resultScratch(mlir::vector::ContractionOp op,
                            llvm::ArrayRef<mlir::Operation *> cone);

  /// Takes the waiting elementwise ops that `tile` alone depends on out of the
  /// stage, to be evaluated where `user` needs it: they are cheap.
  llvm::SmallVector<mlir::Operation *> takeCone(mlir::Value tile,
                                                mlir::Operation *user);
  bool isRecomputable(mlir::Value tile);
  bool isReadOutside(mlir::Value tile);
  bool isOperandOfInnerContraction(mlir::Value tile);
  mlir::MemRefType scratchType(mlir::Value tile);
  bool mayStay(mlir::Operation *op);
  void leaveInPlace(mlir::vector::TransferReadOp read);

  void own(mlir::Value tile, mlir::Value scratch);
  void releaseDead(mlir::Operation *cut);
  void releaseAll();

  Context &c;
  mlir::ImplicitLocOpBuilder &b;
  mlir::Block &block;
  llvm::SmallVector<mlir::Value> destinations;
  StagePlan plan;
  llvm::SmallVector<mlir::Value> owned;
  llvm::SmallVector<mlir::Value> kept; // scratch that is read behind the stage
  /// Ops of the stage that are done with, since reductions are stored.
  llvm::DenseSet<mlir::Operation *> stored;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_BLOCKLOWERING_H
