#include "lowering/cpu/PackedOperand.h"

#include "lowering/cpu/MatrixUnit.h"
#include "lowering/cpu/Packing.h"
#include "lowering/cpu/Pairs.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

MemRefType PackedOperand::type() const {
  switch (layout) {
  case Layout::Panels:
    return MemRefType::get({n / lanes, k, lanes}, element);
  case Layout::Rows:
    return MemRefType::get({k, n}, element);
  case Layout::Pairs:
    return MemRefType::get({k / 2, 2 * n}, element);
  case Layout::Tiles:
    int64_t pairs = int64_t(llvm::alignTo(k, kTileDepth)) / 2;
    return MemRefType::get({n / kTileColumns, pairs, 2 * kTileColumns},
                           element);
  }
  llvm_unreachable("a layout without a type");
}

void PackedOperand::emit(ImplicitLocOpBuilder &b, const TileMemory &source,
                         Value packed, Value columns, Value depth) const {
  switch (layout) {
  case Layout::Panels:
    return byN ? emitPack(b, source, packed, columns, lanes)
               : emitCopy(b, source, packed, columns, depth, lanes);
  case Layout::Rows:
    return emitCopy(b, source, packed, columns, depth, lanes);
  case Layout::Pairs:
    return emitPackPairs(b, source, byN, packed, columns, depth, lanes);
  case Layout::Tiles:
    return emitTiles(b, source, packed, columns, depth);
  }
}

void PackedOperand::emitTiles(ImplicitLocOpBuilder &b, const TileMemory &source,
                              Value packed, Value columns, Value depth) const {
  TileMemory inside = source;
  bool isWhole = matchPattern(depth, m_Constant());
  if (!isWhole)
    inside.limits[byN ? 1 : 0] = depth;
  emitPackPairs(b, inside, byN, packed, columns, depth, lanes);
  if (isWhole && k % kTileDepth == 0)
    return;
  // The last register is full: behind what was written there are zeros.
  Value two = indexConstant(b, 2), written = indexConstant(b, k / 2);
  if (!byN)
    written = arith::CeilDivUIOp::create(b, depth, two);
  Value end =
      arith::CeilDivUIOp::create(b, depth, indexConstant(b, kTileDepth));
  end = arith::MulIOp::create(b, end, indexConstant(b, kTileDepth / 2));
  emitZeroPairs(b, packed, written, end, columns, lanes);
}

} // namespace attention
