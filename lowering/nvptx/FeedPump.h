/// The code that runs the copies of a loop's feeds ahead of it.
#ifndef ATTENTION_LOWERING_NVPTX_FEEDPUMP_H
#define ATTENTION_LOWERING_NVPTX_FEEDPUMP_H

#include "lowering/nvptx/KernelInputs.h"
#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// Iteration i finds its tiles in stage i modulo the number of stages, while
/// those of the next iterations are on their way to the other stages:
///
///     fill:     barrier | copy 0, close | copy 1, close | ...
///     advance:  wait for copy i | barrier | copy i + stages - 1, close
///
/// One barrier serves both ways: behind it, copy i of all threads is there, and
/// all of them are done with the stage that is copied to next.
class FeedPump {
public:
  FeedPump(WarpBuilder &b, KernelInputs &inputs, const SharedMemoryPlan &plan,
           mlir::scf::ForOp source, llvm::ArrayRef<Feed> feeds)
      : b(b), inputs(inputs), plan(plan), source(source), feeds(feeds) {}

  /// Before the loop.
  mlir::LogicalResult fill();
  /// At the start of iteration `place`, whose stage is `stage` (i32).
  mlir::LogicalResult advance(mlir::Value place, mlir::Value stage);
  /// The stage of the next iteration.
  mlir::Value next(mlir::Value stage);
  /// Where a tile lies that a feed reads, in `stage`.
  static SharedTile tile(WarpBuilder &b, const SharedMemoryPlan &plan,
                         const Feed &feed, mlir::Value stage);

private:
  mlir::LogicalResult copyFor(mlir::Value place, mlir::Value stage,
                              bool withConstant);
  mlir::LogicalResult copy(const Feed &feed, mlir::Value stage);

  WarpBuilder &b;
  KernelInputs &inputs;
  const SharedMemoryPlan &plan;
  mlir::scf::ForOp source;
  llvm::ArrayRef<Feed> feeds;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_FEEDPUMP_H
