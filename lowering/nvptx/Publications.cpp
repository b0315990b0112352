#include "lowering/nvptx/Publications.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace attention::nvptx {

/// Whether an operation neither reads nor writes memory, nor waits.
static bool isOfRegisters(Operation &op) {
  if (auto statement = dyn_cast<LLVM::InlineAsmOp>(op))
    return statement.getAsmString().empty(); // WarpBuilder::opaque
  return op.getNumRegions() == 0 && isMemoryEffectFree(&op);
}

static bool liesApart(const SharedTile &a, const SharedTile &b) {
  return !a.stage && !b.stage &&
         (a.offset + a.bytes() <= b.offset || b.offset + b.bytes() <= a.offset);
}

bool Publications::joins(const SharedTile &tile) const {
  if (!last || last->getBlock() != b.getInsertionBlock())
    return false;
  auto between =
      llvm::make_range(std::next(last->getIterator()), b.getInsertionPoint());
  return llvm::all_of(between, isOfRegisters) &&
         llvm::all_of(tiles, [&](const SharedTile &other) {
           return liesApart(tile, other);
         });
}

void Publications::begin(const SharedTile &tile) {
  if (joins(tile)) {
    last->erase();
  } else {
    b.barrier();
    tiles.clear();
  }
  last = nullptr;
}

void Publications::end(const SharedTile &tile) {
  last = b.publish(tile);
  tiles.push_back(tile);
}

} // namespace attention::nvptx
