#include "dialect/Attention.h"
#include "dialect/Clauses.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/LoopLikeInterface.h"

using namespace mlir;

namespace attention {

LogicalResult PartialType::verify(function_ref<InFlightDiagnostic()> error,
                                  TiledVariantInterface variant,
                                  RankedTensorType output) {
  if (!variant.isResolved())
    return error() << "expects a variant with the types of its state, but got "
                   << variant;
  if (output.getRank() != 4 && output.getRank() != 2)
    return error() << "expects a partial of [batch, heads, queries, e] or "
                      "[rows, e], but got "
                   << output;
  if (output.getRank() == 2 && !output.hasStaticShape())
    return error()
           << "expects the partial of a tile to be of static sizes, but got "
           << output;
  return success();
}

LogicalResult CarryType::verify(function_ref<InFlightDiagnostic()> error,
                                TiledVariantInterface variant,
                                RankedTensorType shape) {
  if (!variant.isResolved())
    return error() << "expects a variant with the types of its state, but got "
                   << variant;
  if (shape.getRank() != 4)
    return error() << "expects a carry of [batch, heads, d, e], but got "
                   << shape;
  return success();
}

/// The sizes of a carry that goes with this output: `[batch, heads, d, e]`.
static RankedTensorType carriedType(RankedTensorType output,
                                    RankedTensorType key) {
  return RankedTensorType::get({output.getDimSize(0), output.getDimSize(1),
                                key.getDimSize(3), output.getDimSize(3)},
                               output.getElementType());
}

ParseResult parseTile(OpAsmParser &parser, DenseI64ArrayAttr &tile) {
  tile = dyn_cast_or_null<DenseI64ArrayAttr>(
      DenseI64ArrayAttr::parse(parser, Type()));
  return success(bool(tile));
}

void printTile(OpAsmPrinter &printer, Operation *, DenseI64ArrayAttr tile) {
  tile.print(printer);
}

LogicalResult EmptyPartialOp::inferReturnTypes(MLIRContext *context,
                                               std::optional<Location> loc,
                                               Adaptor adaptor,
                                               SmallVectorImpl<Type> &types) {
  FailureOr<RankedTensorType> output = inferAttended(
      loc, adaptor.getQuery(), adaptor.getKey(), adaptor.getValue());
  if (failed(output))
    return failure();
  std::optional<int64_t> rows = adaptor.getRows();
  if (rows && *rows <= 0)
    return emitOptionalError(loc, "expects a tile of 1 or more rows, but got ",
                             *rows);
  if (rows)
    output = RankedTensorType::get({*rows, output->getDimSize(3)},
                                   output->getElementType());
  types.push_back(PartialType::get(context, adaptor.getVariant(), *output));
  return success();
}

LogicalResult EmptyPartialOp::verifySymbolUses(SymbolTableCollection &symbols) {
  return getVariant().verifySymbols( // (C7)
      *this, symbols, scoreType(getQuery().getType().getElementType()));
}

LogicalResult EmptyPartialOp::verify() {
  if (!getVariant().isResolved()) // (C7)
    return emitOpError(
               "expects a variant with the types of its state, but got ")
           << getVariant();
  return verifyTensors(*this, getQuery().getType(), getKey().getType(),
                       getValue().getType());
}

LogicalResult EmptyCarryOp::inferReturnTypes(MLIRContext *context,
                                             std::optional<Location> loc,
                                             Adaptor adaptor,
                                             SmallVectorImpl<Type> &types) {
  FailureOr<RankedTensorType> output = inferAttended(
      loc, adaptor.getQuery(), adaptor.getKey(), adaptor.getValue());
  if (failed(output))
    return failure();
  types.push_back(CarryType::get(
      context, adaptor.getVariant(),
      carriedType(*output,
                  cast<RankedTensorType>(adaptor.getKey().getType()))));
  return success();
}

LogicalResult EmptyCarryOp::verify() {
  return verifyTensors(*this, getQuery().getType(), getKey().getType(),
                       getValue().getType());
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
  if (!op.getWindow().empty() &&
      (op.getWindow().size() != 4 || op.getTile()->size() != 2))
    return op.emitOpError("expects a window [batch, head, row, key] [rows, "
                          "keys], but got ")
           << op.getWindow().size() << " and " << op.getTile()->size()
           << " numbers";
  if (op.getWhole() && (op.getMask() || op.getKeys() ||
                        !op.getSpans().empty() || !op.getVisible().empty()))
    return op.emitOpError(
        "expects no clause that masks when the window is seen whole");
  if (!op.getAlike())
    return success();
  if (op.getWindow().empty())
    return op.emitOpError("expects a window whose rows are alike");
  if (op.getBias() || !op.getSpans().empty() || !op.getVisible().empty() ||
      !op.getScore().empty())
    return op.emitOpError("expects no bias, spans or region when the rows of "
                          "the window are alike");
  return success();
}

/// A carry goes with the partial that is visited.
static LogicalResult verifyCarry(VisitOp op, RankedTensorType output) {
  CarryType carry = op.getCarry().getType();
  VariantInterface variant = op.getPartial().getType().getVariant();
  if (carry.getVariant() != variant)
    return op.emitOpError("expects a carry of ")
           << variant << ", but got one of " << carry.getVariant();
  RankedTensorType expected = carriedType(output, op.getKey().getType());
  if (carry.getShape().getElementType() != expected.getElementType())
    return op.emitOpError("expects a carry of ")
           << expected << ", but got one of " << carry.getShape();
  return verifySizes(op, "the carry", carry.getShape().getShape(),
                     expected.getShape());
}

LogicalResult VisitOp::verify() {
  RankedTensorType query = getQuery().getType(), key = getKey().getType(),
                   value = getValue().getType();
  if (failed(verifyTensors(*this, query, key, value)) ||
      failed(verifyForm(*this)))
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
  int64_t batch = output.getDimSize(0), queries = query.getDimSize(2),
          keys = key.getDimSize(2);
  if (getKeys() &&
      failed(verifySizes(*this, "keys", getKeys().getType().getShape(),
                         {batch, keys})))
    return failure();
  if (getOffset() &&
      failed(verifySizes(*this, "offset", getOffset().getType().getShape(),
                         {batch})))
    return failure();
  if (getBias() &&
      failed(verifyBroadcast(*this, "bias", getBias().getType().getShape(),
                             {batch, output.getDimSize(1), queries, keys})))
    return failure();
  if (getTile()) // (C14)
    output = RankedTensorType::get({(*getTile())[0], output.getDimSize(3)},
                                   output.getElementType());
  if (failed(
          verifyCompatibleShape(output, getPartial().getType().getOutput())) ||
      output.getElementType() !=
          getPartial().getType().getOutput().getElementType())
    return emitOpError("expects a partial of ")
           << output << ", but got one of "
           << getPartial().getType().getOutput();
  return getCarry() ? verifyCarry(*this, attendedType(query, key, value))
                    : success(); // (C15)
}

LogicalResult VisitOp::verifyRegions() {
  if (failed(verifyScoreRegion(
          *this, getScore(), scoreType(getQuery().getType().getElementType()))))
    return failure();
  return verifyVisibleRegion(*this, getVisible());
}

LogicalResult FinishOp::inferReturnTypes(MLIRContext *,
                                         std::optional<Location> loc,
                                         Adaptor adaptor,
                                         SmallVectorImpl<Type> &types) {
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
    types.push_back(RankedTensorType::get(output.getShape().drop_back(),
                                          scoreType(output.getElementType())));
  return success();
}

/// The places of a tile's results: `[rows, e]` and `[rows]`. (C3)
static LogicalResult verifyPlaces(FinishOp op) {
  if (op.getInto().empty())
    return success();
  if (op.getInto().size() != 1u + op.getLogSumExp())
    return op.emitOpError("expects a place for each of ")
           << 1 + op.getLogSumExp() << " results, but got "
           << op.getInto().size();
  RankedTensorType output = op.getPartial().getType().getOutput();
  if (output.getRank() != 2)
    return op.emitOpError("expects places for the partial of a tile only, but "
                          "got a partial of ")
           << output;
  for (auto [index, place] : llvm::enumerate(op.getInto())) {
    auto type = cast<RankedTensorType>(place.getType());
    Type element = index == 0 ? output.getElementType()
                              : scoreType(output.getElementType());
    int64_t rank = 2 - int64_t(index);
    if (type.getRank() != rank || type.getElementType() != element)
      return op.emitOpError("expects a place of rank ")
             << rank << " and of " << element << ", but got " << type;
  }
  return success();
}

LogicalResult FinishOp::verify() {
  PartialType partial = getPartial().getType();
  if (failed(verifyClause(*this, partial.getVariant(), Clause::Sink,
                          bool(getSink()))) || // (C1)
      failed(verifyClause(*this, partial.getVariant(), Clause::LogSumExp,
                          getLogSumExp())))
    return failure();
  if (failed(verifyPlaces(*this)))
    return failure();
  if (getSink() && !getHead() && partial.getOutput().getRank() != 4)
    return emitOpError("expects the head of a tile that has a sink");
  if (getSink() && partial.getOutput().getRank() == 4) // (C2)
    return verifySizes(*this, "sink", getSink().getType().getShape(),
                       {partial.getOutput().getDimSize(1)});
  return success();
}

/// An op of the fold that `partial` comes out of: it has the queries, keys and
/// values. Null where the partial comes from elsewhere.
static Operation *foldBehind(Value partial) {
  while (partial) {
    if (auto argument = dyn_cast<BlockArgument>(partial)) {
      auto loop =
          dyn_cast<LoopLikeOpInterface>(argument.getOwner()->getParentOp());
      OpOperand *init = loop ? loop.getTiedLoopInit(argument) : nullptr;
      partial = init ? init->get() : Value();
      continue;
    }
    Operation *op = partial.getDefiningOp();
    if (isa<EmptyPartialOp, VisitOp>(op))
      return op;
    if (auto join = dyn_cast<JoinOp>(op)) {
      partial = join.getFirst();
      continue;
    }
    auto loop = dyn_cast<LoopLikeOpInterface>(op);
    OpOperand *init =
        loop ? loop.getTiedLoopInit(cast<OpResult>(partial)) : nullptr;
    partial = init ? init->get() : Value();
  }
  return nullptr;
}

LogicalResult FinishOp::reifyResultShapes(OpBuilder &builder,
                                          ReifiedRankedShapedTypeDims &shapes) {
  if (!getInto().empty()) {
    for (Value place : getInto())
      shapes.push_back(tensor::getMixedSizes(builder, getLoc(), place));
    return success();
  }
  SmallVector<OpFoldResult> sizes;
  Operation *fold = foldBehind(getPartial());
  if (auto visit = dyn_cast_or_null<VisitOp>(fold))
    sizes = attendedSizes(builder, getLoc(), visit.getQuery(), visit.getKey(),
                          visit.getValue());
  else if (auto empty = dyn_cast_or_null<EmptyPartialOp>(fold))
    sizes = attendedSizes(builder, getLoc(), empty.getQuery(), empty.getKey(),
                          empty.getValue());
  else
    return failure();
  shapes.push_back(sizes);
  if (getLogSumExp())
    shapes.emplace_back(ArrayRef<OpFoldResult>(sizes).drop_back());
  return success();
}

LogicalResult AdvanceOp::verify() {
  RankedTensorType key = getKey().getType(), value = getValue().getType();
  if (failed(verifyTensors(*this, key, key, value)))
    return failure();
  RankedTensorType carry = getCarry().getType().getShape();
  if (carry.getElementType() != key.getElementType()) // (C1)
    return emitOpError("expects one element type, but got ")
           << carry.getElementType() << " and " << key.getElementType();
  for (auto [name, type] : {std::pair<StringRef, RankedTensorType>("key", key),
                            {"value", value}}) // (C2)
    if (!carry.isDynamicDim(1) && !type.isDynamicDim(1) &&
        carry.getDimSize(1) % type.getDimSize(1) != 0)
      return emitOpError(
                 "expects each head count to divide that of the carry, but ")
             << name << " has " << type.getDimSize(1) << " and the carry "
             << carry.getDimSize(1);
  if (failed(verifySizes(*this, "the carry", carry.getShape(),
                         {key.getDimSize(0), carry.getDimSize(1),
                          key.getDimSize(3), value.getDimSize(3)})))
    return failure();
  return getKeys() ? verifySizes(*this, "keys", getKeys().getType().getShape(),
                                 {key.getDimSize(0), key.getDimSize(2)}) // (C3)
                   : success();
}

LogicalResult DocumentSpansOp::inferReturnTypes(MLIRContext *context,
                                                std::optional<Location>,
                                                Adaptor,
                                                SmallVectorImpl<Type> &types) {
  types.assign(2, RankedTensorType::get({ShapedType::kDynamic},
                                        IntegerType::get(context, 64)));
  return success();
}

LogicalResult
DocumentSpansOp::reifyResultShapes(OpBuilder &,
                                   ReifiedRankedShapedTypeDims &shapes) {
  shapes.assign(2, {OpFoldResult(getTokens())});
  return success();
}

} // namespace attention
