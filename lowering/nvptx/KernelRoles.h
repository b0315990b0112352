/// The code of a kernel around that of one task: which tasks a block has, and
/// what its warps do for them.
#ifndef ATTENTION_LOWERING_NVPTX_KERNELROLES_H
#define ATTENTION_LOWERING_NVPTX_KERNELROLES_H

#include "lowering/nvptx/Items.h"
#include "lowering/nvptx/TileLowering.h"

namespace attention::nvptx {

class KernelRoles {
public:
  /// Without `items`, a block has the task of its number alone.
  KernelRoles(WarpBuilder &b, KernelInputs &inputs, mlir::scf::ForallOp loop,
              llvm::ArrayRef<mlir::Value> counts, const Producers &producers,
              std::optional<Items> &items)
      : b(b), inputs(inputs), loop(loop), counts(counts), producers(producers),
        items(items) {}

  mlir::LogicalResult emit(TileLowering &lowering);

private:
  void chooseTask(mlir::Value number);
  mlir::LogicalResult
  forEachTask(Items::Taker isTaker, Producers::Turns &turns,
              llvm::function_ref<mlir::LogicalResult()> body);
  mlir::LogicalResult emitBeside(TileLowering &lowering);

  WarpBuilder &b;
  KernelInputs &inputs;
  mlir::scf::ForallOp loop;
  llvm::ArrayRef<mlir::Value> counts; ///< of the loop's iterations
  const Producers &producers;
  std::optional<Items> &items;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_KERNELROLES_H
