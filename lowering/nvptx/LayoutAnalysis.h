/// Which layouts the tiles of a kernel are needed in.
#ifndef ATTENTION_LOWERING_NVPTX_LAYOUTANALYSIS_H
#define ATTENTION_LOWERING_NVPTX_LAYOUTANALYSIS_H

#include "lowering/nvptx/GpuFeatures.h"
#include "lowering/nvptx/Layout.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention::nvptx {

/// Demands flow from uses to definitions: contractions want their right operand
/// in shared memory, row reductions a fragment, and so on; elementwise
/// operations want of their operands what is wanted of their results. A tile
/// that is wanted in several layouts is computed in each of them where that
/// needs no exchange between threads, and converted where it does, or where
/// threads would compute the same functions over and over.
class LayoutAnalysis {
public:
  LayoutAnalysis(mlir::scf::ForallOp loop, Warps warps,
                 const GpuFeatures &features);

  /// The layouts in which `tile` is used. None if it is not used at all.
  Layout demanded(mlir::Value tile) const { return demands.lookup(tile); }

  /// The layouts in which `tile` is held in registers: what is demanded, and
  /// a fragment where a tile that was computed has to go to shared memory.
  Layout held(mlir::Value tile) const;

  /// The only layout in which `tile` is computed, from which threads exchange
  /// it for all others; None if it is computed in each that it is held in.
  Layout computed(mlir::Value tile) const;

  /// Whether the left operand of a contraction is loaded from shared memory
  /// step by step, in a loop, instead of being held as a fragment.
  bool isLeftInShared(mlir::vector::ContractionOp contraction) const;

  /// Whether groups of four warps compute a contraction together.
  bool isByWarpgroups(mlir::vector::ContractionOp contraction) const;

private:
  void visit(mlir::Operation *op);
  void visitElementwise(mlir::Operation *op);
  void visitLoop(mlir::scf::ForOp loop);
  void visitBranches(mlir::scf::IfOp branches);
  void demand(mlir::Value tile, Layout layouts);
  Layout natural(mlir::Value tile) const;

  llvm::DenseMap<mlir::Value, Layout> demands;
  Warps warps;
  GpuFeatures features;
  bool changed = false;
};

/// The only layout in which an operation can compute a tile that it defines, or
/// None if it can compute it in any layout.
Layout fixedLayout(mlir::Value tile);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_LAYOUTANALYSIS_H
