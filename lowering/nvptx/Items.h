/// Blocks that take one task of a parallel loop after another.
#ifndef ATTENTION_LOWERING_NVPTX_ITEMS_H
#define ATTENTION_LOWERING_NVPTX_ITEMS_H

#include "lowering/nvptx/KernelInputs.h"

namespace attention::nvptx {

/// Whether tasks differ in what they have to do: how many tiles a mask lets
/// them see, say, or what tensors tell of documents and padding. Not so where a
/// stretch of as many moves along with the task.
bool haveUnlikeWork(mlir::scf::ForallOp loop);

/// The tasks of a kernel, its items. A block starts with the one of its own
/// number, and takes further ones by counting in global memory, until there are
/// none: so a launch may have any number of blocks, up to one for each item.
/// The counter is the variable `NAME_items` beside the kernel `NAME`. Each item
/// that is done counts once, so that the count wraps to zero with the last one,
/// and nobody has to reset it; launches of one kernel must not overlap.
class Items {
public:
  /// All that there are is the product of `counts`. `shared` is the offset of
  /// `sharedBytes` bytes of shared memory. `takerCopies`: the thread that takes
  /// items does nothing else but copy tiles for the block.
  Items(WarpBuilder &b, KernelInputs &inputs, mlir::LLVM::LLVMFuncOp kernel,
        llvm::ArrayRef<mlir::Value> counts, int64_t shared, bool takerCopies);
  static constexpr int64_t sharedBytes = 8;

  /// Emits `body` for the number (index) of each item that this block takes.
  /// One thread, of which `isTaker` tells (i1) whenever it is asked, takes them
  /// for the block, all of whose threads must run such code; it is null where
  /// that thread runs another. The body replaces what is carried from one item
  /// to the next.
  using Taker = llvm::function_ref<mlir::Value()>;
  mlir::LogicalResult
  forEach(WarpBuilder &b, Taker isTaker,
          llvm::SmallVectorImpl<mlir::Value> &carried,
          llvm::function_ref<mlir::LogicalResult(mlir::Value)> body);

private:
  mlir::Value take(WarpBuilder &b, Taker isTaker);
  void put(WarpBuilder &b, Taker isTaker, mlir::Value taken, mlir::Block *item);
  mlir::Value pass(WarpBuilder &b);

  llvm::SmallVector<mlir::Value> counts; ///< i32
  mlir::Value counter;                   ///< address
  int64_t shared;
  bool takerCopies;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_ITEMS_H
