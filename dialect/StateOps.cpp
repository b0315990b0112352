#include "dialect/Attention.h"
#include "dialect/Clauses.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

static RankedTensorType tensorType(Value value) {
  return cast<RankedTensorType>(value.getType());
}

ParseResult parseTile(OpAsmParser &parser, DenseI64ArrayAttr &tile) {
  tile = dyn_cast_or_null<DenseI64ArrayAttr>(DenseI64ArrayAttr::parse(parser, Type()));
  return success(bool(tile));
}

void printTile(OpAsmPrinter &printer, Operation *, DenseI64ArrayAttr tile) { tile.print(printer); }

LogicalResult EmptyPartialOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location>,
                                               Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  RankedTensorType output = attendedType(tensorType(adaptor.getQuery()),
                                         tensorType(adaptor.getKey()),
                                         tensorType(adaptor.getValue()));
  if (std::optional<int64_t> rows = adaptor.getRows())
    output = RankedTensorType::get({*rows, output.getDimSize(3)}, output.getElementType());
  types.push_back(PartialType::get(context, adaptor.getVariant(), output));
  return success();
}

LogicalResult EmptyCarryOp::inferReturnTypes(MLIRContext *context,
                                             std::optional<Location>,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  RankedTensorType key = tensorType(adaptor.getKey());
  RankedTensorType output = attendedType(tensorType(adaptor.getQuery()), key,
                                         tensorType(adaptor.getValue()));
  types.push_back(CarryType::get(
      context, adaptor.getVariant(),
      RankedTensorType::get({output.getDimSize(0), output.getDimSize(1),
                             key.getDimSize(3), output.getDimSize(3)},
                            output.getElementType())));
  return success();
}

/// Clauses that are lists: their lengths, and what tiled code adds.
static LogicalResult verifyForm(VisitOp op) {
  if (!op.getFrom().empty() && op.getFrom().size() != 2)
    return op.emitOpError("expects from to be two positions, but got ")
           << op.getFrom().size();
  if (!op.getSpans().empty() && op.getSpans().size() != 2)
    return op.emitOpError("expects spans to be two tensors, but got ")
           << op.getSpans().size();
  if (!op.getSpans().empty() && op.getOffset())
    return op.emitOpError("expects spans or offset, but got both");
  if (op.getWindow().empty() != !op.getTile())
    return op.emitOpError("expects a window and its sizes, but got one alone");
  if (!op.getWindow().empty() && (op.getWindow().size() != 4 || op.getTile()->size() != 2))
    return op.emitOpError("expects a window [batch, head, row, key] [rows, keys], but got ")
           << op.getWindow().size() << " and " << op.getTile()->size() << " numbers";
  if (op.getWhole() && (op.getMask() || op.getKeys() || !op.getSpans().empty() || !op.getVisible().empty()))
    return op.emitOpError("expects no clause that masks when the window is seen whole");
  return success();
}

LogicalResult VisitOp::verify() {
  RankedTensorType query = getQuery().getType(), key = getKey().getType(), value = getValue().getType();
  if (failed(verifyTensors(*this, query, key, value)) || failed(verifyForm(*this)))
    return failure();
  VariantInterface variant = getPartial().getType().getVariant();
  std::pair<Clause, bool> given[] = {{Clause::Visible, !getVisible().empty()},
                                     {Clause::Scale, getScale().has_value()},
                                     {Clause::Score, !getScore().empty()},
                                     {Clause::Bias, bool(getBias())}};
  for (auto [clause, present] : given)
    if (failed(verifyClause(*this, variant, clause, present)))
      return failure();
  RankedTensorType output = attendedType(query, key, value);
  int64_t batch = output.getDimSize(0), queries = query.getDimSize(2), keys = key.getDimSize(2);
  if (getKeys() && failed(verifySizes(*this, "keys", getKeys().getType().getShape(), {batch, keys})))
    return failure();
  if (getOffset() && failed(verifySizes(*this, "offset", getOffset().getType().getShape(), {batch})))
    return failure();
  if (getBias() && failed(verifyBroadcast(*this, "bias", getBias().getType().getShape(),
                                          {batch, output.getDimSize(1), queries, keys})))
    return failure();
  if (getTile()) // (C14)
    output = RankedTensorType::get({(*getTile())[0], output.getDimSize(3)}, output.getElementType());
  if (failed(verifyCompatibleShape(output, getPartial().getType().getOutput())) ||
      output.getElementType() != getPartial().getType().getOutput().getElementType())
    return emitOpError("expects a partial of ") << output << ", but got one of "
                                                << getPartial().getType().getOutput();
  if (getCarry() && getCarry().getType().getVariant() != variant) // (C15)
    return emitOpError("expects a carry of ") << variant << ", but got one of " << getCarry().getType().getVariant();
  return success();
}

LogicalResult VisitOp::verifyRegions() {
  if (failed(verifyScoreRegion(*this, getScore(), scoreType(getQuery().getType().getElementType()))))
    return failure();
  return verifyVisibleRegion(*this, getVisible());
}

LogicalResult FinishOp::inferReturnTypes(MLIRContext *, std::optional<Location> loc,
                                         Adaptor adaptor, SmallVectorImpl<Type> &types) {
  auto partial = dyn_cast<PartialType>(adaptor.getPartial().getType());
  if (!partial)
    return emitOptionalError(loc, "expects a partial");
  RankedTensorType output = partial.getOutput();
  if (!adaptor.getInto().empty()) {
    llvm::append_range(types, adaptor.getInto().getTypes());
    return success();
  }
  types.push_back(output);
  if (adaptor.getLogSumExp())
    types.push_back(RankedTensorType::get(output.getShape().drop_back(), scoreType(output.getElementType())));
  return success();
}

LogicalResult FinishOp::verify() {
  PartialType partial = getPartial().getType();
  if (failed(verifyClause(*this, partial.getVariant(), Clause::Sink, bool(getSink()))) || // (C1)
      failed(verifyClause(*this, partial.getVariant(), Clause::LogSumExp, getLogSumExp())))
    return failure();
  if (!getInto().empty() && getInto().size() != 1u + getLogSumExp())
    return emitOpError("expects a place for each result, but got ") << getInto().size();
  if (getSink() && !getHead() && partial.getOutput().getRank() != 4)
    return emitOpError("expects the head of a tile that has a sink");
  if (getSink() && partial.getOutput().getRank() == 4) // (C2)
    return verifySizes(*this, "sink", getSink().getType().getShape(), {partial.getOutput().getDimSize(1)});
  return success();
}

LogicalResult AdvanceOp::verify() {
  RankedTensorType key = getKey().getType(), value = getValue().getType();
  if (failed(verifyTensors(*this, key, key, value)))
    return failure();
  RankedTensorType shape = getCarry().getType().getShape();
  return verifySizes(*this, "a carry's columns",
                     shape.getShape().take_back(2), {key.getDimSize(3), value.getDimSize(3)});
}

LogicalResult DocumentSpansOp::inferReturnTypes(MLIRContext *context, std::optional<Location>,
                                                Adaptor, SmallVectorImpl<Type> &types) {
  types.assign(2, RankedTensorType::get({ShapedType::kDynamic}, IntegerType::get(context, 64)));
  return success();
}

LogicalResult DocumentSpansOp::reifyResultShapes(OpBuilder &, ReifiedRankedShapedTypeDims &shapes) {
  shapes.assign(2, {OpFoldResult(getTokens())});
  return success();
}

static LogicalResult verifyParts(Operation *op, PartialType partial, TypeRange tensors) { // (C1)
  if (partial.getOutput().getRank() != 2)
    return op->emitOpError("expects the partial of a tile, but got ") << partial;
  SmallVector<Type> expected;
  for (Type part : partial.getVariant().partialTypes(partialShape(partial)))
    expected.push_back(RankedTensorType::get(cast<VectorType>(part).getShape(), cast<VectorType>(part).getElementType()));
  if (TypeRange(expected) != tensors)
    return op->emitOpError("expects tensors of types ") << expected << ", but got " << tensors;
  return success();
}

LogicalResult PackPartialOp::inferReturnTypes(MLIRContext *, std::optional<Location>, Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  llvm::append_range(types, adaptor.getInto().getTypes());
  return success();
}

LogicalResult PackPartialOp::verify() { return verifyParts(*this, getPartial().getType(), getInto().getTypes()); }
LogicalResult UnpackPartialOp::verify() { return verifyParts(*this, getPartial().getType(), getParts().getTypes()); }

LogicalResult FailIfOp::canonicalize(FailIfOp op, PatternRewriter &rewriter) {
  if (!matchPattern(op.getBad(), m_Zero()))
    return failure();
  rewriter.eraseOp(op);
  return success();
}

} // namespace attention
