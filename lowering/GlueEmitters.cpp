#include "lowering/GlueEmitters.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Elementwise.h"
#include "passes/RowReduction.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

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
      // By itself it is a loop of its own.
      .Case([](linalg::ReduceOp op) -> EmitTile {
        return rowReduction(op) && op->getParentOfType<FusedOp>() ? emitReduce
                                                                  : nullptr;
      })
      // Folders put them between ops that know more sizes and others.
      .Case([](tensor::CastOp op) -> EmitTile {
        return op->getParentOfType<FusedOp>() ? emitCast : nullptr;
      })
      .Case<SiluOp>([](auto) { return emitSilu; })
      .Case<GeluOp>([](auto) { return emitGelu; })
      .Case<RmsNormOp>([](auto) { return emitRmsNorm; })
      .Case<LayerNormOp>([](auto) { return emitLayerNorm; })
      .Case<ProjectOp>([](auto) { return emitProject; })
      .Case<RotaryOp>([](auto) { return emitRotary; })
      .Case<SplitHeadsOp>([](auto) { return emitSplitHeads; })
      .Case<MeanRowsOp>([](auto) { return emitMeanRows; })
      .Case<BroadcastRowsOp>([](auto) { return emitBroadcastRows; })
      .Case<EmbedOp>([](auto) { return emitEmbed; })
      .Default([](Operation *op) {
        return isElementwiseOnTensors(op) ? emitElementwise : nullptr;
      });
}

} // namespace attention
