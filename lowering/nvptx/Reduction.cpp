#include "lowering/nvptx/Reduction.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention::nvptx {

static Value combine(WarpBuilder &b, vector::CombiningKind kind, Value x,
                     Value y) {
  return vector::makeArithReduction(b, b.getLoc(), kind, x, y);
}

/// Combines a value over the lanes that differ in the bits of `masks`, so that
/// all of them get the result.
static Value combineLanes(WarpBuilder &b, vector::CombiningKind kind,
                          Value value, ArrayRef<int64_t> masks) {
  for (int64_t mask : masks)
    value = combine(b, kind, value, b.shuffleXor(value, mask));
  return value;
}

/// The value that leaves any other as it is, in every element.
static Value neutral(WarpBuilder &b, vector::CombiningKind kind,
                     VectorType type) {
  auto operation = [&]() {
    switch (kind) {
    case vector::CombiningKind::ADD:
      return arith::AtomicRMWKind::addf;
    case vector::CombiningKind::MUL:
      return arith::AtomicRMWKind::mulf;
    case vector::CombiningKind::MAXIMUMF:
      return arith::AtomicRMWKind::maximumf;
    case vector::CombiningKind::MINIMUMF:
      return arith::AtomicRMWKind::minimumf;
    case vector::CombiningKind::MAXNUMF:
      return arith::AtomicRMWKind::maxnumf;
    case vector::CombiningKind::MINNUMF:
      return arith::AtomicRMWKind::minnumf;
    case vector::CombiningKind::AND:
      return arith::AtomicRMWKind::andi;
    default:
      return arith::AtomicRMWKind::ori;
    }
  };
  TypedAttr one = arith::getIdentityValueAttr(
      operation(), type.getElementType(), b, b.getLoc());
  return arith::ConstantOp::create(b, DenseElementsAttr::get(type, one));
}

/// What the warps of a row of the grid have found, each for its own columns:
/// `values` (one for each of `places` of `count`), combined in their order.
/// Warps that repeat others are not asked.
static SmallVector<Value>
combineColumnWarps(WarpBuilder &b, vector::CombiningKind kind, int64_t columns,
                   int64_t count, ArrayRef<Value> places,
                   SmallVector<Value> values, int64_t exchange) {
  int64_t warps = std::min(b.warps.columns, columnBlocks(columns));
  if (warps == 1)
    return values;
  Type type = values.front().getType();
  int64_t bytes = storageBytes(type);
  auto address = [&](Value place, Value row) {
    int64_t constant = exchange + WarpBuilder::splitConstants(place) * bytes;
    place = arith::IndexCastOp::create(b, b.getI32Type(), place);
    place = b.add(place, b.mul(row, b.i32(count)));
    return b.sharedAddress(b.mul(place, b.i32(bytes)), constant);
  };
  b.barrier();
  for (auto [place, value] : llvm::zip(places, values))
    b.store(value, address(place, b.columnWarp), bytes);
  b.barrier();
  for (auto [place, value] : llvm::zip(places, values)) {
    value = b.load(type, address(place, b.i32(0)), bytes);
    for (int64_t warp = 1; warp < warps; ++warp)
      value = combine(b, kind, value,
                      b.load(type, address(place, b.i32(warp)), bytes));
  }
  return values;
}

Value reduceRows(WarpBuilder &b, vector::CombiningKind kind, VectorType tile,
                 Value fragment, Value start, int64_t exchange) {
  int64_t columns = tile.getDimSize(1), rows = tile.getDimSize(0);
  int64_t held = 4 * columnBlocksPerWarp(columns, b.warps);
  SmallVector<Value> sums, places;
  for (int64_t block = 0; block < rowBlocksPerWarp(rows, b.warps); ++block) {
    Value sum = b.slice(fragment, block * held, 4);
    for (int64_t i = 4; i < held; i += 4)
      sum = combine(b, kind, sum, b.slice(fragment, block * held + i, 4));
    for (int64_t half = 0; half < 2; ++half) {
      Value row = combine(b, kind, b.element(sum, 2 * half),
                          b.element(sum, 2 * half + 1));
      sums.push_back(combineLanes(b, kind, row, {1, 2}));
    }
  }
  if (b.warps.columns > 1)
    places = b.places(VectorType::get({rows}, b.getI32Type()), Layout::Row);
  sums = combineColumnWarps(b, kind, columns, rows, places, sums, exchange);
  return combine(b, kind, b.vectorOf(sums), start);
}

Value reduceVector(WarpBuilder &b, vector::CombiningKind kind, VectorType tile,
                   Value part, int64_t exchange) {
  int64_t held = cast<VectorType>(part.getType()).getNumElements();
  Value sum = b.element(part, 0);
  for (int64_t i = 1; i < held; ++i)
    sum = combine(b, kind, sum, b.element(part, i));
  sum = combineLanes(b, kind, sum, {1, 2});
  return combineColumnWarps(b, kind, tile.getDimSize(0), 1, {b.index(0)}, {sum},
                            exchange)
      .front();
}

/// Columns of a fragment over the rows of one warp; neutral in warps that
/// repeat the rows of others.
static Value reduceColumnsOfWarp(WarpBuilder &b, vector::CombiningKind kind,
                                 VectorType tile, Value fragment) {
  int64_t rows = tile.getDimSize(0);
  int64_t blocks = columnBlocksPerWarp(tile.getDimSize(1), b.warps);
  Value sum;
  for (int64_t block = 0; block < rowBlocksPerWarp(rows, b.warps); ++block) {
    Value part;
    // The second half of a tile of 8 rows repeats the first.
    for (int64_t half = 0; half < (rows <= 8 ? 1 : 2); ++half) {
      SmallVector<int64_t> from;
      for (int64_t n = 0; n < blocks; ++n)
        for (int64_t c = 0; c < 2; ++c)
          from.push_back(4 * (block * blocks + n) + 2 * half + c);
      Value row = b.shuffle(fragment, from);
      part = part ? combine(b, kind, part, row) : row;
    }
    if (Value owned = b.ownsRowBlock(rows, block)) {
      Value none = neutral(b, kind, cast<VectorType>(part.getType()));
      part = arith::SelectOp::create(b, owned, part, none);
    }
    sum = sum ? combine(b, kind, sum, part) : part;
  }
  SmallVector<Value> totals;
  for (Value one : b.elements(sum, 0, 2 * blocks))
    totals.push_back(combineLanes(b, kind, one, {4, 8, 16}));
  return b.vectorOf(totals);
}

Value reduceColumns(WarpBuilder &b, vector::CombiningKind kind, VectorType tile,
                    Value fragment, Value start, int64_t exchange) {
  Value own = reduceColumnsOfWarp(b, kind, tile, fragment);
  auto pair = VectorType::get({2}, tile.getElementType());
  int64_t bytes = storageBytes(tile.getElementType());
  int64_t columns = tile.getDimSize(1);
  int64_t held = 2 * columnBlocksPerWarp(columns, b.warps);
  // A row of the table of partial results for each row of the grid of warps.
  Value column = b.opaque(b.mul(b.firstColumn(columns), b.i32(bytes)));
  Value ownRow = b.add(column, b.mul(b.rowWarp, b.i32(columns * bytes)));
  b.barrier();
  for (int64_t n = 0; n < held / 2; ++n)
    b.store(b.slice(own, 2 * n, 2),
            b.sharedAddress(ownRow, exchange + b.columnDistance(n) * bytes),
            2 * bytes);
  b.barrier();
  SmallVector<Value> sums = b.elements(start, 0, held);
  int64_t warps = std::min(b.warps.rows, rowBlocks(tile.getDimSize(0)));
  for (int64_t n = 0; n < held / 2; ++n)
    for (int64_t warp = 0; warp < warps; ++warp) {
      int64_t place = exchange + (warp * columns + b.columnDistance(n)) * bytes;
      Value part = b.load(pair, b.sharedAddress(column, place), 2 * bytes);
      for (int64_t c = 0; c < 2; ++c)
        sums[2 * n + c] = combine(b, kind, b.element(part, c), sums[2 * n + c]);
    }
  return b.vectorOf(sums);
}

Value exchangeVector(WarpBuilder &b, VectorType tile, Value part, Layout from,
                     Layout to, int64_t exchange) {
  int64_t bytes = storageBytes(tile.getElementType());
  auto address = [&](Value place) {
    int64_t constant = exchange + WarpBuilder::splitConstants(place) * bytes;
    place = arith::IndexCastOp::create(b, b.getI32Type(), place);
    return b.sharedAddress(b.mul(place, b.i32(bytes)), constant);
  };
  b.barrier();
  for (auto [i, place] : llvm::enumerate(b.places(tile, from)))
    b.store(b.element(part, i), address(place), bytes);
  b.barrier();
  SmallVector<Value> values;
  for (Value place : b.places(tile, to))
    values.push_back(b.load(tile.getElementType(), address(place), bytes));
  return b.vectorOf(values);
}

/// Calls `access` with each address of two neighbours that this thread holds,
/// and the place of the first in its vector.
static void forEachPair(WarpBuilder &b, const SharedTile &tile,
                        function_ref<void(Value address, int64_t at)> access) {
  int64_t rows = tile.type.getDimSize(0), columns = tile.type.getDimSize(1);
  int64_t bytes = storageBytes(tile.type.getElementType());
  int64_t blocks = columnBlocksPerWarp(columns, b.warps);
  LaneAddress lane(b, tile, b.group,
                   b.mul(b.firstColumn(columns), b.i32(bytes)));
  for (int64_t block = 0; block < rowBlocksPerWarp(rows, b.warps); ++block)
    for (int64_t half = 0; half < 2; ++half) {
      Value row = b.rowDistance(rows, block, half);
      for (int64_t n = 0; n < blocks; ++n)
        access(lane.at(row, b.i32(b.columnDistance(n) * bytes)),
               4 * (block * blocks + n) + 2 * half);
    }
}

void storeFragment(WarpBuilder &b, const SharedTile &target, Value fragment) {
  int64_t bytes = storageBytes(target.type.getElementType());
  forEachPair(b, target, [&](Value address, int64_t at) {
    // The second half of a tile of 8 rows repeats the first.
    if (target.type.getDimSize(0) > 8 || at % 4 == 0)
      b.store(b.slice(fragment, at, 2), address, 2 * bytes);
  });
}

Value loadFragment(WarpBuilder &b, const SharedTile &source) {
  Type element = source.type.getElementType();
  VectorType type = threadType(source.type, Layout::Fragment, b.warps);
  SmallVector<Value> values(type.getNumElements());
  forEachPair(b, source, [&](Value address, int64_t at) {
    Value pair = b.load(VectorType::get({2}, element), address,
                        2 * storageBytes(element));
    values[at] = b.element(pair, 0);
    values[at + 1] = b.element(pair, 1);
  });
  return b.vectorOf(values);
}

} // namespace attention::nvptx
