#include "lowering/TileCost.h"

#include "dialect/Attention.h"
#include "lowering/Tiles.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace attention {

static bool isFunction(Operation *op) {
  return isa_and_nonnull<math::MathDialect>(op->getDialect()) &&
         !isa<math::AbsFOp, math::FmaOp, math::CopySignOp, math::FloorOp,
              math::CeilOp, math::IsNaNOp>(op);
}

TileCost costOf(Operation *op) {
  if (isa<vector::ContractionOp>(op))
    return TileCost::Product;
  if (isa<vector::MultiDimReductionOp>(op))
    return TileCost::Reduction;
  if (!isPointwise(op) || isView(op) ||
      isa<vector::TransferReadOp, SplitPairsOp>(op) ||
      op->hasTrait<OpTrait::ConstantLike>() ||
      !tileType(op->getResult(0)).getElementType().isIntOrFloat())
    return TileCost::Nothing;
  if (isFunction(op))
    return TileCost::Function;
  return isa<arith::DivFOp>(op) ? TileCost::Division : TileCost::Element;
}

} // namespace attention
