#include "lowering/nvptx/Pump.h"

using namespace mlir;

namespace attention::nvptx {

void computeScalars(WarpBuilder &b, KernelInputs &inputs, MappingScope &scope,
                    ArrayRef<Operation *> slice) {
  for (Operation *op : slice) {
    for (Value operand : op->getOperands())
      inputs.scalar(operand);
    scope.clone(b, op);
  }
}

Value stageOf(WarpBuilder &b, const SharedMemoryPlan &plan, Value turn) {
  return arith::AndIOp::create(b, turn, b.i32(plan.stages() - 1));
}

SharedTile tileOf(WarpBuilder &b, const SharedMemoryPlan &plan,
                  const Feed &feed, Value stage) {
  SharedTile tile = plan.tile(feed.tile());
  if (feed.varies)
    tile.stage = b.mul(stage, b.i32(tile.bytes()));
  return tile;
}

} // namespace attention::nvptx
