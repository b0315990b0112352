/// Copies of tiles from global to shared memory by `cp.async` (sm_80 and up).
#include "lowering/nvptx/GlobalTile.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention::nvptx {

/// What one `cp.async` copies, in bytes.
static constexpr int64_t kChunk = 16;
/// So many copies of a thread stand one behind the other instead of in a loop.
static constexpr int64_t kMostUnrolled = 8;

/// Copies 16 bytes of a row, or as many as there are; the rest becomes zero.
/// Nothing is there if the row is not `inside` (null: it is).
void GlobalTile::copyChunk(Value place, Value row, Value column, Value inside) {
  int64_t bytes = storageBytes(type.getElementType());
  Value there;
  if (columnLimit) {
    Value left = arith::SubIOp::create(b, columnLimit, column);
    left = arith::MaxSIOp::create(b, left, b.index(0));
    left = arith::MinSIOp::create(b, left, b.index(kChunk / bytes));
    there = arith::IndexCastOp::create(b, b.getI32Type(),
                                       b.mul(left, b.index(bytes)));
  }
  if (inside)
    there = arith::SelectOp::create(b, inside, there ? there : b.i32(kChunk),
                                    b.i32(0));
  NVVM::CpAsyncOp::create(b, place, address(row, column), kChunk,
                          NVVM::LoadCacheModifierKind::CG, there);
}

/// All chunks of the tile, dealt out to the threads along rows.
void GlobalTile::copyChunks(const SharedTile &target) {
  int64_t threads = 32 * b.warps, perRow = target.chunksPerRow();
  int64_t chunks = type.getDimSize(0) * perRow;
  // Row and chunk of a row that number `number` is.
  auto split = [&](Value number) {
    return std::pair<Value, Value>(
        arith::DivUIOp::create(b, number, b.i32(perRow)),
        arith::RemUIOp::create(b, number, b.i32(perRow)));
  };
  auto placeOf = [&](Value row, Value chunk) {
    return LaneAddress(b, target, row, b.mul(chunk, b.i32(kChunk)));
  };
  auto columnOf = [&](Value chunk) {
    return b.mul(b.toIndex(chunk), b.index(target.elementsPerChunk()));
  };
  bool even = threads % perRow == 0 && chunks % threads == 0 &&
              (!target.swizzle || threads / perRow % 8 == 0);
  if (even && chunks / threads <= kMostUnrolled) {
    // Rows follow from the thread in a few instructions: kept from one tile to
    // the next, they would take a dozen registers.
    Value row = split(b.opaque(b.thread)).first, chunk = split(b.thread).second;
    LaneAddress place = placeOf(row, chunk);
    // One number to compare with: those of all rows would be kept in registers.
    Value rows =
        rowLimit
            ? arith::SubIOp::create(b, rowLimit, b.toIndex(row)).getResult()
            : Value();
    for (int64_t i = 0, down = 0; i < chunks / threads;
         ++i, down += threads / perRow)
      copyChunk(place.at(down, 0), b.toIndex(b.add(row, b.i32(down))),
                columnOf(chunk),
                rows ? b.lessThan(b.index(down), rows) : Value());
    return;
  }
  auto loop = scf::ForOp::create(b, b.thread, b.i32(chunks), b.i32(threads));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  auto [row, chunk] = split(loop.getInductionVar());
  copyChunk(placeOf(row, chunk).at(0, 0), b.toIndex(row), columnOf(chunk),
            rowInside(b.toIndex(row)));
}

void GlobalTile::copy(const SharedTile &target, Value zero) {
  Value fits = alignedAtRunTime();
  if (!fits)
    return copyChunks(target);
  auto branches = scf::IfOp::create(b, fits, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branches.thenBlock());
  copyChunks(target);
  b.setInsertionPointToStart(branches.elseBlock());
  stage(target, zero, [](Value neighbours) { return neighbours; });
}

} // namespace attention::nvptx
