/// Feeds by `cp.async`, of all threads together.
#ifndef ATTENTION_LOWERING_NVPTX_FEEDPUMP_H
#define ATTENTION_LOWERING_NVPTX_FEEDPUMP_H

#include "lowering/nvptx/Pump.h"

namespace attention::nvptx {

///     fill:     barrier | copy 0, close | copy 1, close | ...
///     advance:  wait for copy t | barrier | copy t + stages - 1, close
///
/// One barrier serves both ways: behind it, copy t of all threads is there, and
/// all of them are done with the stage that is copied to next.
class FeedPump : public Pump {
public:
  FeedPump(WarpBuilder &b, KernelInputs &inputs, const SharedMemoryPlan &plan,
           mlir::scf::ForOp source, llvm::ArrayRef<Feed> feeds)
      : b(b), inputs(inputs), plan(plan), source(source), feeds(feeds) {}

  mlir::LogicalResult fill() override;
  mlir::LogicalResult advance(mlir::Value place, mlir::Value turn) override;
  void release(mlir::Value) override {}

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
