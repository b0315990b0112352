#include "lowering/nvptx/Layout.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention::nvptx {

VectorType asTile(Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector || vector.getRank() < 1 || vector.getRank() > 2)
    return nullptr;
  return vector;
}

Layout possibleLayouts(VectorType tile) {
  if (tile.getRank() == 1)
    return Layout::Row | Layout::Column;
  if (tile.getDimSize(1) == 1)
    return Layout::Row;
  if (tile.getDimSize(0) == 1)
    return Layout::Column;
  return Layout::Fragment | Layout::Shared;
}

int64_t rowsOf(VectorType tile, Layout layout) {
  return layout == Layout::Column ? 1 : tile.getDimSize(0);
}

int64_t columnsOf(VectorType tile, Layout layout) {
  return layout == Layout::Row ? 1 : tile.getShape().back();
}

int64_t rowBlocks(int64_t rows) { return llvm::divideCeil(rows, 16); }

int64_t rowBlocksPerWarp(int64_t rows, Warps warps) {
  return llvm::divideCeil(rowBlocks(rows), warps.rows);
}

int64_t columnBlocks(int64_t columns) { return llvm::divideCeil(columns, 8); }

int64_t columnBlocksPerWarp(int64_t columns, Warps warps) {
  return llvm::divideCeil(columnBlocks(columns), warps.columns);
}

VectorType threadType(VectorType tile, Layout layout, Warps warps) {
  int64_t rowsHeld = 1, columnsHeld = 1;
  if (layout != Layout::Column)
    rowsHeld = 2 * rowBlocksPerWarp(rowsOf(tile, layout), warps);
  if (layout != Layout::Row)
    columnsHeld = 2 * columnBlocksPerWarp(columnsOf(tile, layout), warps);
  return VectorType::get({rowsHeld * columnsHeld}, tile.getElementType());
}

Type storageType(Type element) {
  if (element.isInteger(1))
    return IntegerType::get(element.getContext(), 8);
  if (element.isIndex())
    return IntegerType::get(element.getContext(), 64);
  return element;
}

int64_t storageBytes(Type element) {
  return storageType(element).getIntOrFloatBitWidth() / 8;
}

} // namespace attention::nvptx
