#include "passes/PanelColumns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

/// Columns that a tile of `tile` computes beyond the existing ones.
static int64_t waste(int64_t columns, int64_t tile) {
  return llvm::alignTo(columns, tile) - columns;
}

Value packedWeight(ProjectOp project) {
  Value weight = project.getWeight();
  if (auto widened = weight.getDefiningOp<arith::ExtFOp>())
    weight = widened.getIn();
  auto unpack = weight.getDefiningOp<linalg::UnPackOp>();
  return unpack ? unpack.getSource() : Value();
}

bool liesInPairs(Value packed) {
  return cast<RankedTensorType>(packed.getType()).getRank() == 4;
}

Value rowsBeforePairs(Value packed) {
  if (!packed || !liesInPairs(packed))
    return {};
  auto transposed = packed.getDefiningOp<linalg::TransposeOp>();
  auto byPanel =
      transposed ? transposed.getInput().getDefiningOp<tensor::ExpandShapeOp>()
                 : tensor::ExpandShapeOp();
  return byPanel ? byPanel.getSrc() : Value();
}

std::optional<int64_t> packedColumns(ProjectOp project) {
  Value packed = packedWeight(project);
  if (!packed)
    return std::nullopt;
  return cast<RankedTensorType>(packed.getType()).getDimSize(2);
}

int64_t panelColumns(ArrayRef<ProjectOp> projects, int64_t panelBytes) {
  ProjectOp first = projects.front();
  if (std::optional<int64_t> packed = packedColumns(first))
    return *packed;
  int64_t bytes = 0, columns = first.getWeight().getType().getDimSize(0);
  for (ProjectOp project : projects) {
    RankedTensorType weight = project.getWeight().getType();
    bytes += weight.getDimSize(1) * weight.getElementTypeBitWidth() / 8;
  }
  // Register blocks are 48 or 32 columns wide: a whole number of either.
  int64_t least = panelBytes ? 96 : 48,
          most = std::max(panelBytes / std::max<int64_t>(bytes, 1), least);
  if (ShapedType::isDynamic(columns))
    return most / 48 * 48;
  int64_t all = std::max<int64_t>(llvm::alignTo(columns, 16), 16);
  if (all <= most && all <= 48)
    return all;
  int64_t best = 48;
  for (int64_t block : {48, 32})
    for (int64_t tile = block;
         tile <= std::min<int64_t>(most, llvm::alignTo(columns, block));
         tile += block)
      // Equal waste: the wider block, then the larger tile.
      if (waste(columns, tile) < waste(columns, best) ||
          (waste(columns, tile) == waste(columns, best) &&
           (tile % 48 == 0 || best % 48 != 0)))
        best = tile;
  return best;
}

} // namespace attention
