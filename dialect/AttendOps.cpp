#include "dialect/Attention.h"
#include "dialect/Clauses.h"

using namespace mlir;

namespace attention {

LogicalResult AttendOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
  FailureOr<RankedTensorType> output = inferAttended(
      loc, adaptor.getQuery(), adaptor.getKey(), adaptor.getValue());
  if (failed(output))
    return failure();
  types.push_back(*output);
  if (adaptor.getLogSumExp())
    types.push_back(RankedTensorType::get(output->getShape().drop_back(),
                                          scoreType(output->getElementType())));
  return success();
}

/// Clauses that are tensors for all variants: (C7) to (C11).
static LogicalResult verifyOperands(AttendOp op) {
  RankedTensorType output = op.getOutput().getType();
  int64_t batch = output.getDimSize(0), heads = output.getDimSize(1);
  int64_t queries = output.getDimSize(2);
  int64_t keys = op.getKey().getType().getDimSize(2);
  if (op.getKeys() &&
      failed(verifySizes(op, "keys", op.getKeys().getType().getShape(),
                         {batch, keys})))
    return failure();
  if (op.getDocuments()) {
    if (op.getOffset())
      return op.emitOpError("expects documents or offset, but got both");
    if (!ShapedType::isDynamic(batch) && batch != 1)
      return op.emitOpError("expects a batch of 1 with documents, but got ")
             << batch;
    if (failed(verifySizes(op, "keys with documents", {keys}, {queries})))
      return failure();
  }
  if (op.getOffset() &&
      failed(verifySizes(op, "offset", op.getOffset().getType().getShape(),
                         {batch})))
    return failure();
  if (op.getBias() &&
      failed(verifyBroadcast(op, "bias", op.getBias().getType().getShape(),
                             {batch, heads, queries, keys})))
    return failure();
  if (op.getSink() &&
      failed(
          verifySizes(op, "sink", op.getSink().getType().getShape(), {heads})))
    return failure();
  return success();
}

/// The order of keys matters only where queries see their past, or all. (C17)
static LogicalResult verifyOrder(AttendOp op) {
  bool decays = bool(op.getDecay());
  MaskInterface mask = op.getMaskAttr();
  if (mask && !isa<CausalMaskAttr>(mask) && op.getVariant().recurs(decays))
    return op.emitOpError("expects ")
           << op.getVariant() << (decays ? " with decay" : "")
           << " to have the mask #attention.causal or none, but got " << mask;
  return success();
}

LogicalResult AttendOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return getVariant().verifySymbols( // (C18)
      *this, symbols, scoreType(getQuery().getType().getElementType()));
}

LogicalResult AttendOp::verify() {
  if (failed(verifyTensors(*this, getQuery().getType(), getKey().getType(),
                           getValue().getType())))
    return failure();
  VariantInterface variant = getVariant();
  std::pair<Clause, bool> given[] = {{Clause::Visible, !getVisible().empty()},
                                     {Clause::Scale, getScale().has_value()},
                                     {Clause::Score, !getScore().empty()},
                                     {Clause::Bias, bool(getBias())},
                                     {Clause::Sink, bool(getSink())},
                                     {Clause::Decay, bool(getDecay())},
                                     {Clause::Beta, bool(getBeta())},
                                     {Clause::Remove, bool(getRemove())},
                                     {Clause::Replace, bool(getReplace())},
                                     {Clause::LogSumExp, getLogSumExp()}};
  for (auto [clause, present] : given)
    if (failed(verifyClause(*this, variant, clause, present)))
      return failure();
  if (failed(verifyOperands(*this)) || failed(verifyMemoryClauses(*this)))
    return failure();
  return verifyOrder(*this);
}

LogicalResult AttendOp::verifyRegions() {
  if (failed(verifyScoreRegion(
          *this, getScore(),
          scoreType(getQuery().getType().getElementType())))) // (C12)
    return failure();
  return verifyVisibleRegion(*this, getVisible()); // (C13)
}

LogicalResult AttendOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(
      attendedSizes(builder, getLoc(), getQuery(), getKey(), getValue()));
  if (getLogSumExp()) {
    SmallVector<OpFoldResult> rows(shapes[0]);
    rows.pop_back();
    shapes.push_back(rows);
  }
  return success();
}

} // namespace attention
