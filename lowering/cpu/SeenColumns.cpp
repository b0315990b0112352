#include "lowering/cpu/SeenColumns.h"

#include "lowering/Tiles.h"
#include "lowering/cpu/Intervals.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

SeenColumns::Scope::~Scope() {
  while (tables.known.size() > outer)
    tables.buffers.release(tables.known.pop_back_val().second.memory);
}

int64_t SeenColumns::rowsOf(VectorType mask) const {
  return std::gcd(unit.maskRows(), mask.getDimSize(0));
}

bool SeenColumns::isKnownHere(Value mask) const {
  SmallVector<Value> leaves;
  Intervals::collectLeaves(mask, leaves);
  return llvm::all_of(leaves, [&](Value leaf) { return isKnownAt(b, leaf); });
}

SeenColumns::Table SeenColumns::tableOf(Value mask) {
  for (const auto &[tile, table] : known)
    if (tile == mask)
      return table;
  if (tileType(mask).getRank() != 2 || !isKnownHere(mask))
    return {};
  Table table = emitTable(mask);
  known.push_back({mask, table});
  return table;
}

SeenColumns::Table SeenColumns::emitTable(Value mask) {
  VectorType type = tileType(mask);
  int64_t rows = rowsOf(type);
  Value table = buffers.allocate(
      MemRefType::get({type.getDimSize(0) / rows, 2}, b.getIndexType()));
  OpBuilder::InsertionGuard guard(b);
  auto loop = scf::ForOp::create(b, indexConstant(b, 0),
                                 indexConstant(b, type.getDimSize(0)),
                                 indexConstant(b, rows));
  b.setInsertionPoint(loop.getBody()->getTerminator());
  Value row = loop.getInductionVar();
  Range range = searchColumns(mask, row);
  Value block = arith::DivUIOp::create(b, row, indexConstant(b, rows));
  memref::StoreOp::create(b, range.from, table,
                          ValueRange{block, indexConstant(b, 0)});
  memref::StoreOp::create(b, range.to, table,
                          ValueRange{block, indexConstant(b, 1)});
  return {table, rows};
}

/// Asks for each block of columns whether the rows from `row` on may see any.
SeenColumns::Range SeenColumns::searchColumns(Value mask, Value row) {
  VectorType type = tileType(mask);
  int64_t columns = type.getDimSize(1), lanes = unit.maskColumns(columns);
  Value none = indexConstant(b, columns);
  auto loop =
      scf::ForOp::create(b, indexConstant(b, 0), none, indexConstant(b, lanes),
                         ValueRange{none, indexConstant(b, 0)});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToEnd(loop.getBody());
  Value column = loop.getInductionVar();
  Points points(b, buffers);
  Intervals intervals(points);
  Value some = intervals
                   .of(mask, {Bind::vector(row, rowsOf(type)),
                              Bind::vector(column, lanes)})
                   .most;
  Value from = loop.getRegionIterArg(0), to = loop.getRegionIterArg(1);
  Value first = arith::MinSIOp::create(b, from, column);
  Value end = addIndex(b, column, indexConstant(b, lanes));
  scf::YieldOp::create(b,
                       ValueRange{arith::SelectOp::create(b, some, first, from),
                                  arith::SelectOp::create(b, some, end, to)});
  b.setInsertionPointAfter(loop);
  // Of nothing, both ends are behind the last column.
  return {loop.getResult(0),
          arith::MaxSIOp::create(b, loop.getResult(0), loop.getResult(1))};
}

SeenColumns::Range SeenColumns::rangeOf(const Table &table, Value row,
                                        Value end) {
  Value block = arith::DivUIOp::create(b, row, indexConstant(b, table.rows));
  auto bound = [&](int64_t side) -> Value {
    return memref::LoadOp::create(b, table.memory,
                                  ValueRange{block, indexConstant(b, side)});
  };
  Value from = bound(0), to = bound(1);
  if (matchPattern(end, m_Constant()))
    return {from, to};
  return {from,
          arith::MaxSIOp::create(b, from, arith::MinSIOp::create(b, to, end))};
}

} // namespace attention
