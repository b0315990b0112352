#include "lowering/GlueEmitters.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

/// Whether values of a type can be elements of tiles.
static bool isElement(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isIntOrIndexOrFloat();
}

/// Ops that do the same to each element, whatever the values of others.
static bool isElementwise(Operation *op) {
  if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1)
    return false;
  auto type = dyn_cast<RankedTensorType>(op->getResult(0).getType());
  if (!type || type.getRank() == 0 ||
      !llvm::all_of(op->getOperandTypes(), isElement) || !isElement(type))
    return false;
  // The bits of a 16-bit number are not those of the type it is computed in.
  return !isa<arith::BitcastOp>(op) ||
         (computeType(type.getElementType()) == type.getElementType() &&
          computeType(getElementTypeOrSelf(op->getOperand(0).getType())) ==
              getElementTypeOrSelf(op->getOperand(0).getType()));
}

EmitTile emitterOf(Operation *op) {
  if (op->getNumResults() != 1 ||
      !isa<RankedTensorType>(op->getResult(0).getType()))
    return nullptr;
  return TypeSwitch<Operation *, EmitTile>(op)
      .Case([](arith::ConstantOp op) {
        return isa<SplatElementsAttr>(op.getValue()) ? emitConstant : nullptr;
      })
      .Case<tensor::SplatOp>([](auto) { return emitSplat; })
      .Case<linalg::FillOp>([](auto) { return emitFill; })
      .Case<linalg::BroadcastOp>([](auto) { return emitBroadcast; })
      .Case<SiluOp>([](auto) { return emitSilu; })
      .Case<GeluOp>([](auto) { return emitGelu; })
      .Case<RmsNormOp>([](auto) { return emitRmsNorm; })
      .Case<LayerNormOp>([](auto) { return emitLayerNorm; })
      .Case<ProjectOp>([](auto) { return emitProject; })
      .Case<SplitHeadsOp>([](auto) { return emitSplitHeads; })
      .Case<MeanRowsOp>([](auto) { return emitMeanRows; })
      .Case<BroadcastRowsOp>([](auto) { return emitBroadcastRows; })
      .Case<EmbedOp>([](auto) { return emitEmbed; })
      .Default([](Operation *op) {
        return isElementwise(op) ? emitElementwise : nullptr;
      });
}

} // namespace attention
