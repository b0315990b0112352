#include "lowering/cpu/StageLoops.h"

#include "lowering/Tiles.h"
#include "lowering/cpu/MaskedTiles.h"
#include "lowering/cpu/Reductions.h"
#include "lowering/cpu/RowGather.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

void StageLoops::emit() {
  std::map<Nest, Roots> stored;
  std::map<Nest, Reductions> reduced;
  for (StagePlan::Root &root : plan.roots())
    stored[plan.nestOf(root.tile)].push_back(&root);
  for (Operation *op : plan.ops())
    if (isRowReduction(op)) {
      Nest nest = plan.nestOf(op->getResult(0));
      reduced[nest].push_back(cast<vector::MultiDimReductionOp>(op));
      stored.try_emplace(nest);
    }
  // Nests without rows come first: the others read what they store.
  for (auto &[nest, roots] : stored)
    if (nest.hasRows)
      emitRows(nest, roots, reduced[nest]);
    else
      emitFlat(nest, roots);
}

void StageLoops::settle(const StagePlan::Root &root) {
  if (root.write)
    return;
  for (Value tile : c.buffers.residents(root.scratch))
    c.buffers.forget(tile);
  c.buffers.place(root.tile, root.scratch);
}

void StageLoops::openWrites(const Roots &stored, ArrayRef<Value> bounding) {
  for (StagePlan::Root *root : stored) {
    if (!root->write)
      continue;
    TileMemory memory = TileMemory::of(b, root->write);
    if (c.demand.isBoundOf(root->write, bounding))
      memory.limits[0] = {};
    writes[root->write] = memory;
  }
}

void StageLoops::store(const StagePlan::Root &root, ArrayRef<Bind> point,
                       Value value) {
  if (root.write)
    writes[root.write].store(b, point, value);
  else
    TileMemory::scratch(root.scratch, tileType(root.tile))
        .store(b, point, value);
}

void StageLoops::emitFlat(const Nest &nest, const Roots &stored) {
  openWrites(stored, {});
  Points points(b, c.buffers);
  int64_t lanes = c.unit.elementwiseLanes(nest.extent);
  {
    Points::Loop loop(points, 0, indexConstant(b, nest.extent), lanes);
    auto pointOf = [&](StagePlan::Root *root) {
      Point point;
      for (int64_t size : tileType(root->tile).getShape())
        point.push_back(size == 1 ? Bind::unit()
                                  : Bind::columns(loop.index(), lanes));
      return point;
    };
    SmallVector<Value> values;
    for (StagePlan::Root *root : stored)
      values.push_back(points.at(root->tile, pointOf(root)));
    for (auto [root, value] : llvm::zip_equal(stored, values))
      store(*root, pointOf(root), value);
  }
  for (StagePlan::Root *root : stored)
    settle(*root);
}

StageLoops::Loops StageLoops::loopsOverColumns(const Roots &stored,
                                               const Reductions &reduced) {
  Loops loops;
  auto add = [&](int loop, int64_t extent, Value mask) -> Columns & {
    auto [found, isNew] = loops.try_emplace({loop, extent});
    if (isNew && mask) {
      found->second.mask = mask;
      found->second.seen = c.seen.tableOf(mask);
    }
    return found->second;
  };
  for (StagePlan::Root *root : stored)
    if (VectorType type = tileType(root->tile); hasColumns(type))
      add(plan.loopOf(*root), type.getDimSize(1), plan.maskOf(*root))
          .stored.push_back(root);
  for (vector::MultiDimReductionOp op : reduced)
    add(plan.loopOf(op), op.getSourceVectorType().getDimSize(1),
        plan.maskOf(op))
        .reduced.push_back(op);
  return loops;
}

void StageLoops::emitRows(const Nest &nest, const Roots &stored,
                          const Reductions &reduced) {
  Loops loops = loopsOverColumns(stored, reduced);
  Roots perRow;
  SmallVector<Value> bounding;
  for (StagePlan::Root *root : stored) {
    bounding.push_back(root->tile);
    if (!hasColumns(tileType(root->tile)))
      perRow.push_back(root);
  }
  for (vector::MultiDimReductionOp op : reduced)
    bounding.push_back(op.getResult());
  // A lone row needs no loop, and its points no index.
  bool isLone = nest.extent == 1;
  openWrites(stored, isLone ? ArrayRef<Value>() : bounding);
  Points points(b, c.buffers);
  auto emitTogether = [&](ArrayRef<Value> rows) {
    for (auto &[key, columns] : loops)
      emitColumns(points, rows, key.second, columns);
    for (Value row : rows)
      storeRow(points, row, perRow);
  };
  if (isLone) {
    emitTogether({Value()});
  } else {
    Value demanded = c.demand.rowsOf(b, bounding);
    forRows(points, demanded, nest.extent, rowsTogether(nest, loops),
            emitTogether);
  }
  for (StagePlan::Root *root : perRow)
    settle(*root);
}

/// How many rows are computed side by side: what a row reduction gives is
/// waited for once for all of them, where columns depend on it.
int64_t StageLoops::rowsTogether(const Nest &nest, const Loops &loops) {
  constexpr int64_t manyRows = 32; // where longer code pays
  bool isWide = c.unit.keepsRows() && loops.size() > 1;
  int64_t rows = isWide ? nest.extent >= manyRows ? 4 : 2 : 1;
  for (const auto &[key, columns] : loops)
    if (columns.seen)
      rows = std::gcd(rows, columns.seen.rows);
  return std::gcd(rows, nest.extent);
}

/// Calls `emit` in loops over `demanded` rows (all `extent`, for null), `step`
/// at a time, and one at a time for those behind.
void StageLoops::forRows(Points &points, Value demanded, int64_t extent,
                         int64_t step,
                         function_ref<void(ArrayRef<Value>)> emit) {
  Value first = indexConstant(b, 0);
  Value end = demanded ? demanded : indexConstant(b, extent), whole = end;
  if (demanded && step > 1) {
    Value odd = arith::RemUIOp::create(b, end, indexConstant(b, step));
    whole = arith::SubIOp::create(b, end, odd);
  }
  auto loop = [&](Value from, Value to, int64_t step) {
    Points::Loop rows(points,
                      scf::ForOp::create(b, from, to, indexConstant(b, step)));
    SmallVector<Value> together{rows.index()};
    for (int64_t i = 1; i < step; ++i)
      together.push_back(addIndex(b, rows.index(), indexConstant(b, i)));
    emit(together);
  };
  llvm::DenseMap<Value, Value> before = c.buffers.allPlaces();
  loop(first, whole, step);
  if (whole == end)
    return;
  c.buffers.restore(before);
  loop(whole, end, 1);
}

void StageLoops::storeOutside(Points &points, Value row, Value from, Value to,
                              const Columns &columns) {
  SmallVector<StagePlan::Root *> observed;
  for (StagePlan::Root *root : columns.stored)
    if (isObservedOutside(root->tile, columns.mask))
      observed.push_back(root);
  if (observed.empty())
    return;
  int64_t lanes =
      c.unit.elementwiseLanes(tileType(observed.front()->tile).getDimSize(1));
  Points::Loop loop(points,
                    scf::ForOp::create(b, from, to, indexConstant(b, lanes)));
  for (StagePlan::Root *root : observed) {
    TypedAttr outside = maskedTile(root->tile)->outside;
    auto type = VectorType::get({lanes}, outside.getType());
    store(*root, {Bind::element(row), Bind::columns(loop.index(), lanes)},
          arith::ConstantOp::create(b, DenseElementsAttr::get(type, outside)));
  }
}

/// Stores what has one element a row.
void StageLoops::storeRow(Points &points, Value row, const Roots &perRow) {
  auto pointOf = [&](StagePlan::Root *root) {
    Point point{Bind::element(row)};
    point.resize(tileType(root->tile).getRank(), Bind::unit());
    return point;
  };
  SmallVector<Value> values;
  for (StagePlan::Root *root : perRow)
    values.push_back(points.at(root->tile, pointOf(root)));
  for (auto [root, value] : llvm::zip_equal(perRow, values))
    store(*root, pointOf(root), value);
}

/// The range with what is missing to vectors at its ends: masks give columns
/// that they hide the value that they have outside.
SeenColumns::Range StageLoops::wholeVectors(SeenColumns::Range seen,
                                            int64_t extent, int64_t lanes) {
  if (c.unit.maskColumns(extent) % lanes == 0)
    return seen;
  Value step = indexConstant(b, lanes);
  auto down = [&](Value column) -> Value {
    return arith::SubIOp::create(b, column,
                                 arith::RemUIOp::create(b, column, step));
  };
  return {down(seen.from),
          down(addIndex(b, seen.to, indexConstant(b, lanes - 1)))};
}

void StageLoops::emitColumns(Points &points, ArrayRef<Value> rows,
                             int64_t extent, const Columns &columns) {
  int64_t lanes = c.unit.elementwiseLanes(extent);
  SmallVector<Value> gathered;
  for (size_t row = 0; row < rows.size(); ++row)
    for (vector::MultiDimReductionOp op : columns.reduced)
      gathered.push_back(RowGather(c.unit, op, lanes).neutral(b));
  Value first = indexConstant(b, 0), end = indexConstant(b, extent);
  SeenColumns::Range within{first, end};
  if (columns.seen)
    within = wholeVectors(c.seen.rangeOf(columns.seen, rows.front(), end),
                          extent, lanes);
  scf::ForOp loop = scf::ForOp::create(b, within.from, within.to,
                                       indexConstant(b, lanes), gathered);
  emitColumn(points, rows, Points::Loop(points, loop), lanes, columns);
  if (columns.seen)
    for (Value row : rows) {
      storeOutside(points, row, first, within.from, columns);
      storeOutside(points, row, within.to, end, columns);
    }
  for (StagePlan::Root *root : columns.stored)
    settle(*root);
  auto lanesOfReductions = loop.getResults();
  for (Value row : rows)
    for (vector::MultiDimReductionOp op : columns.reduced) {
      Value reduced = RowGather(c.unit, op, lanes)
                          .finish(points, row, lanesOfReductions.front());
      finishReduction(points, row, op, reduced);
      lanesOfReductions = lanesOfReductions.drop_front();
    }
}

/// One step of the loop over columns, for all of the rows.
void StageLoops::emitColumn(Points &points, ArrayRef<Value> rows,
                            const Points::Loop &loop, int64_t lanes,
                            const Columns &columns) {
  scf::ForOp op = loop.op;
  auto before = op.getRegionIterArgs();
  SmallVector<Value> next, values;
  SmallVector<Point> pointsOfRows;
  for (Value row : rows)
    pointsOfRows.push_back(
        {Bind::element(row), Bind::columns(op.getInductionVar(), lanes)});
  for (const Point &point : pointsOfRows)
    for (vector::MultiDimReductionOp reduction : columns.reduced)
      next.push_back(RowGather(c.unit, reduction, lanes)
                         .add(points, before[next.size()], point));
  for (const Point &point : pointsOfRows)
    for (StagePlan::Root *root : columns.stored)
      values.push_back(points.at(root->tile, point));
  ArrayRef<Value> unstored(values);
  for (const Point &point : pointsOfRows)
    for (StagePlan::Root *root : columns.stored) {
      store(*root, point, unstored.front());
      unstored = unstored.drop_front();
    }
  if (!next.empty())
    scf::YieldOp::create(b, next);
}

void StageLoops::finishReduction(Points &points, Value row,
                                 vector::MultiDimReductionOp op,
                                 Value reduced) {
  Point point{Bind::element(row)};
  points.know(op.getResult(), point,
              withStart(b, op.getKind(), points.at(op.getAcc(), point), reduced,
                        op.getSourceVectorType().getElementType()));
}

} // namespace attention
