#include "passes/MeanHeads.h"

#include "interpreter/Features.h"
#include "passes/PositiveFeatures.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include <cmath>

using namespace mlir;

namespace attention {

bool weighsAlike(AttendOp op) {
  return isa<LinearAttr>(op.getVariant()) && numberEverywhere(op.getQuery()) &&
         numberEverywhere(op.getKey());
}

/// What every key weighs for every query.
static double weightOf(AttendOp op) {
  Feature feature = cast<LinearAttr>(op.getVariant()).getFeature();
  double scale = op.getScale() ? op.getScale()->convertToDouble() : 1;
  double query = featureOf(feature, scale * *numberEverywhere(op.getQuery()));
  double key = featureOf(feature, *numberEverywhere(op.getKey()));
  return op.getQuery().getType().getDimSize(3) * query * key;
}

static StringRef obstacle(AttendOp op) {
  auto normalizer = cast<LinearAttr>(op.getVariant()).getNormalizer();
  double weight = weightOf(op);
  if (op.getMask())
    return "each query sees keys of its own";
  if (op.getKeys() || op.getDocuments())
    return "which keys exist, or are of its document, is known at run time "
           "only";
  if (op.getDecay())
    return "decay weighs keys by their distance from the last";
  if (!std::isfinite(weight) || (normalizer == Normalizer::Keys && weight == 0))
    return "the weight of a key is 0 or not finite";
  if (op.getValue().getType().getDimSize(1) !=
      op.getOutput().getType().getDimSize(1))
    return "values have fewer heads than the output";
  return "";
}

static Value scaled(OpBuilder &b, Location loc, Value tensor, Value factor) {
  auto type = cast<RankedTensorType>(tensor.getType());
  SmallVector<Value> sizes;
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    if (ShapedType::isDynamic(size))
      sizes.push_back(b.createOrFold<tensor::DimOp>(loc, tensor, dim));
  Value factors = tensor::SplatOp::create(b, loc, type, factor, sizes);
  return arith::MulFOp::create(b, loc, tensor, factors);
}

/// What the mean of the values is to be multiplied by; null for 1.
static Value factorOf(OpBuilder &b, AttendOp op) {
  Location loc = op.getLoc();
  Type type = op.getValue().getType().getElementType();
  auto normalizer = cast<LinearAttr>(op.getVariant()).getNormalizer();
  double weight = normalizer == Normalizer::Keys ? 1 : weightOf(op);
  Value factor;
  if (weight != 1)
    factor = arith::ConstantOp::create(b, loc, b.getFloatAttr(type, weight));
  if (normalizer != Normalizer::None)
    return factor;
  Value count = b.createOrFold<tensor::DimOp>(loc, op.getValue(), 2);
  count = arith::IndexCastOp::create(b, loc, b.getI64Type(), count);
  count = arith::SIToFPOp::create(b, loc, type, count);
  return factor ? arith::MulFOp::create(b, loc, count, factor) : count;
}

StringRef reduceToMean(AttendOp op) {
  StringRef reason = obstacle(op);
  if (!reason.empty())
    return reason;
  OpBuilder b(op);
  Location loc = op.getLoc();
  Value mean = MeanRowsOp::create(
      b, loc, MergeHeadsOp::create(b, loc, op.getValue()).getOutput());
  if (Value factor = factorOf(b, op))
    mean = scaled(b, loc, mean, factor);
  Value rows = BroadcastRowsOp::create(
      b, loc, mean, MergeHeadsOp::create(b, loc, op.getQuery()).getOutput());
  Value heads = SplitHeadsOp::create(b, loc, rows,
                                     op.getOutput().getType().getDimSize(1));
  Value result = op.getOutput();
  if (heads.getType() != result.getType())
    heads = tensor::CastOp::create(b, loc, result.getType(), heads);
  result.replaceAllUsesWith(heads);
  op.erase();
  return "";
}

} // namespace attention
