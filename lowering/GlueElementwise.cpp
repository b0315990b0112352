#include "lowering/GlueEmitters.h"

#include "dialect/Attention.h"
#include "lowering/Extremes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;

namespace attention {

Value emitElementwise(TileBuilder &tiles, Operation *op,
                      const TileRequest &request) {
  SmallVector<Value> operands;
  for (Value operand : op->getOperands())
    operands.push_back(isa<RankedTensorType>(operand.getType())
                           ? tiles.tile(operand, request)
                           : tiles.broadcast(operand, request.shape()));
  VectorType type = tiles.typeOf(op->getResult(0), request);
  // Between types that are computed in the same one there is nothing to
  // convert.
  if (isa<arith::ExtFOp, arith::TruncFOp>(op))
    return tiles.convert(operands[0], type.getElementType());
  OperationState state(tiles.loc, op->getName(), operands, {type},
                       op->getAttrs());
  return withNaN(tiles.builder, tiles.builder.create(state));
}

Value emitCast(TileBuilder &tiles, Operation *op, const TileRequest &request) {
  return tiles.tile(op->getOperand(0), request);
}

/// `scalar` in the type that is computed in, everywhere in a tile.
static Value everywhere(TileBuilder &tiles, Value scalar,
                        const TileRequest &request) {
  scalar = tiles.convert(scalar, computeType(scalar.getType()));
  return request.extents.empty() ? scalar
                                 : tiles.broadcast(scalar, request.shape());
}

Value emitConstant(TileBuilder &tiles, Operation *op,
                   const TileRequest &request) {
  auto splat = cast<SplatElementsAttr>(cast<arith::ConstantOp>(op).getValue());
  auto value = splat.getSplatValue<TypedAttr>();
  Type type = computeType(value.getType());
  if (auto number = dyn_cast<FloatAttr>(value))
    value = tiles.builder.getFloatAttr(type, number.getValueAsDouble());
  if (!request.extents.empty())
    value = DenseElementsAttr::get(VectorType::get(request.shape(), type),
                                   Attribute(value));
  return arith::ConstantOp::create(tiles.builder, tiles.loc, value);
}

Value emitSplat(TileBuilder &tiles, Operation *op, const TileRequest &request) {
  return everywhere(tiles, cast<tensor::SplatOp>(op).getInput(), request);
}

Value emitFill(TileBuilder &tiles, Operation *op, const TileRequest &request) {
  return everywhere(tiles, cast<linalg::FillOp>(op).getInputs()[0], request);
}

Value emitBroadcast(TileBuilder &tiles, Operation *op,
                    const TileRequest &request) {
  auto broadcast = cast<linalg::BroadcastOp>(op);
  int64_t leading = request.leading.size(),
          rank = leading + request.extents.size();
  TileRequest source;
  for (int64_t dim = 0; dim < rank; ++dim) {
    if (llvm::is_contained(broadcast.getDimensions(), dim))
      continue;
    if (dim < leading)
      source.leading.push_back(request.leading[dim]);
    else
      source.extents.push_back(request.extents[dim - leading]);
  }
  Value tile = tiles.tile(broadcast.getInput(), source);
  if (source.extents.size() == request.extents.size())
    return tile;
  bool perRow = request.hasRows() &&
                llvm::is_contained(broadcast.getDimensions(), rank - 1) &&
                !source.extents.empty();
  return perRow ? tiles.alongRows(tile, request.columns().size)
                : tiles.broadcast(tile, request.shape());
}

//===- activations --------------------------------------------------------===//

/// x / (1 + exp(-z))
static Value timesSigmoid(TileBuilder &tiles, Value x, Value z) {
  OpBuilder &b = tiles.builder;
  Value decay =
      math::ExpOp::create(b, tiles.loc, arith::NegFOp::create(b, tiles.loc, z));
  Value sum = arith::AddFOp::create(b, tiles.loc, decay,
                                    tiles.constant(x.getType(), 1));
  return arith::DivFOp::create(b, tiles.loc, x, sum);
}

Value emitSilu(TileBuilder &tiles, Operation *op, const TileRequest &request) {
  Value x = tiles.tile(op->getOperand(0), request);
  return timesSigmoid(tiles, x, x);
}

Value emitGelu(TileBuilder &tiles, Operation *op, const TileRequest &request) {
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  Value x = tiles.tile(op->getOperand(0), request);
  auto number = [&](double value) {
    return tiles.constant(x.getType(), value);
  };
  auto times = [&](Value left, Value right) {
    return arith::MulFOp::create(b, loc, left, right).getResult();
  };
  if (cast<GeluOp>(op).getApproximate()) {
    // 1 + tanh(u) = 2 / (1 + exp(-2u)), which keeps its digits where tanh nears
    // -1.
    const double twice = 2 * std::sqrt(2 / M_PI);
    Value factor = arith::AddFOp::create(
        b, loc, times(times(x, x), number(twice * 0.044715)), number(twice));
    return timesSigmoid(tiles, x, times(x, factor));
  }
  Value erf = math::ErfOp::create(b, loc, times(x, number(M_SQRT1_2)));
  return times(times(x, number(0.5)),
               arith::AddFOp::create(b, loc, erf, number(1)));
}

} // namespace attention
