#include "lowering/Angles.h"
#include "lowering/GlueEmitters.h"
#include "lowering/KernelPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

#include <cmath>

using namespace mlir;

namespace attention {

static int64_t turnedColumns(RotaryOp op) {
  return op.getDims().value_or(op.getInput().getType().getDimSize(3));
}

/// What a step by one position turns each column of a tile of turned elements
/// by, in full turns: a constant in memory, made before the kernel.
static Value frequencies(TileBuilder &tiles, RotaryOp op) {
  int64_t turned = turnedColumns(op);
  bool interleaved = op.getInterleaved();
  SmallVector<double> values;
  for (int64_t c = 0, e = interleaved ? turned : turned / 2; c < e; ++c)
    values.push_back(std::pow(op.getBase().convertToDouble(),
                              -2.0 * (interleaved ? c / 2 : c) / turned) /
                     (2 * M_PI));
  auto type = RankedTensorType::get({static_cast<int64_t>(values.size())},
                                    tiles.builder.getF64Type());
  OpBuilder::InsertionGuard guard(tiles.builder);
  tiles.builder.setInsertionPointToStart(
      &op->getParentOfType<FunctionOpInterface>().getFunctionBody().front());
  return arith::ConstantOp::create(
      tiles.builder, tiles.loc, DenseElementsAttr::get(type, ArrayRef(values)));
}

/// The positions of the rows asked for as f64: a tile of one value per row, or
/// a scalar for a single row.
static Value positions(TileBuilder &tiles, RotaryOp op,
                       const TileRequest &request) {
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  Value position;
  OpFoldResult batch = request.leading[0];
  if (op.getPositions()) {
    TileRequest at{{batch}, {}};
    if (request.hasRows())
      at.extents.push_back(request.rows());
    else
      at.leading.push_back(request.leading[2]);
    position = tiles.tile(op.getPositions(), at);
  } else {
    position = request.hasRows() ? tiles.indices(request.rows())
                                 : tiles.index(request.leading[2]);
    Type type = b.getI64Type();
    if (request.hasRows())
      type = VectorType::get({request.rows().size}, type);
    position = arith::IndexCastOp::create(b, loc, type, position);
  }
  if (op.getOffset()) {
    Value offset = tiles.tile(op.getOffset(), {{batch}, {}});
    if (request.hasRows())
      offset = tiles.broadcast(offset, {request.rows().size});
    position = arith::AddIOp::create(b, loc, position, offset);
  }
  Type type = b.getF64Type();
  if (request.hasRows())
    type = VectorType::get({request.rows().size}, type);
  return arith::SIToFPOp::create(b, loc, type, position);
}

/// Sines and cosines for the rows of `request` and the turned columns of
/// `columns`, which count from the first frequency.
static SineCosine angles(TileBuilder &tiles, RotaryOp op,
                         const TileRequest &request, const Extent &columns) {
  Value at = positions(tiles, op, request);
  Value perColumn = tiles.tile(frequencies(tiles, op), {{}, {columns}});
  at = request.hasRows() ? tiles.alongRows(at, columns.size)
                         : tiles.broadcast(at, {columns.size});
  if (request.hasRows())
    perColumn = tiles.broadcast(perColumn, request.shape());
  Value turns = arith::MulFOp::create(tiles.builder, tiles.loc, at, perColumn);
  return sineCosineOfTurns(
      tiles, turns,
      cast<FloatType>(computeType(op.getType().getElementType())));
}

/// x cosine +- y sine
static Value turn(TileBuilder &tiles, Value x, Value y, const SineCosine &angle,
                  bool subtract) {
  OpBuilder &b = tiles.builder;
  Value kept = arith::MulFOp::create(b, tiles.loc, x, angle.cosine);
  Value crossed = arith::MulFOp::create(b, tiles.loc, y, angle.sine);
  if (subtract)
    return arith::SubFOp::create(b, tiles.loc, kept, crossed);
  return arith::AddFOp::create(b, tiles.loc, kept, crossed);
}

static Value turnHalf(TileBuilder &tiles, RotaryOp op,
                      const TileRequest &request) {
  int64_t half = turnedColumns(op) / 2,
          first = *getConstantIntValue(request.columns().first);
  if (first == 2 * half)
    return tiles.tile(op.getInput(), request);
  TileRequest low = request, high = request;
  low.columns() = {tiles.builder.getIndexAttr(0), request.columns().size, true};
  high.columns() = {tiles.builder.getIndexAttr(half), request.columns().size,
                    half % request.columns().size == 0};
  SineCosine angle = angles(tiles, op, request, low.columns());
  Value x = tiles.tile(op.getInput(), low), y = tiles.tile(op.getInput(), high);
  return first == 0 ? turn(tiles, x, y, angle, true)
                    : turn(tiles, y, x, angle, false);
}

//===- neighbours that turn with each other -------------------------------===//

/// The row at `request` with every two neighbours swapped.
static Value neighbours(TileBuilder &tiles, RotaryOp op,
                        const TileRequest &request, Value columns) {
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  TileRequest where = request;
  Value source = tiles.memoryOf(op.getInput(), where);
  int64_t size = request.columns().size,
          width = op.getInput().getType().getDimSize(3);
  auto indexType = VectorType::get({size}, b.getIndexType());
  Value partner =
      arith::XOrIOp::create(b, loc, columns, tiles.constant(indexType, 1));
  Value exists =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, partner,
                            tiles.constant(indexType, width));
  // Indices count from the first column of the head, whatever column is asked
  // for.
  SmallVector<Value> first;
  for (OpFoldResult index : where.first())
    first.push_back(tiles.index(index));
  first.back() = b.createOrFold<arith::SubIOp>(
      loc, first.back(), tiles.index(request.columns().first));
  auto type = VectorType::get({size}, getElementTypeOrSelf(source.getType()));
  Value gathered = vector::GatherOp::create(
      b, loc, type, source, first, partner, exists, tiles.constant(type, 0));
  return tiles.convert(gathered, computeType(type.getElementType()));
}

static Value turnNeighbours(TileBuilder &tiles, RotaryOp op,
                            const TileRequest &request) {
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  Value columns = tiles.indices(request.columns()),
        x = tiles.tile(op.getInput(), request);
  Value y = neighbours(tiles, op, request, columns);
  SineCosine angle = angles(tiles, op, request, request.columns());
  auto indexType = cast<VectorType>(columns.getType());
  Value parity =
      arith::AndIOp::create(b, loc, columns, tiles.constant(indexType, 1));
  Value even = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, parity,
                                     tiles.constant(indexType, 0));
  Value turned =
      arith::SelectOp::create(b, loc, even, turn(tiles, x, y, angle, true),
                              turn(tiles, x, y, angle, false));
  if (turnedColumns(op) == op.getInput().getType().getDimSize(3))
    return turned;
  Value end = tiles.constant(indexType, turnedColumns(op));
  Value turns =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ult, columns, end);
  return arith::SelectOp::create(b, loc, turns, turned, x);
}

Value emitRotary(TileBuilder &tiles, Operation *op,
                 const TileRequest &request) {
  auto rotary = cast<RotaryOp>(op);
  return rotary.getInterleaved() ? turnNeighbours(tiles, rotary, request)
                                 : turnHalf(tiles, rotary, request);
}

} // namespace attention
