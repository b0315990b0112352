#include "lowering/GlueEmitters.h"

#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "passes/RowReduction.h"

#include <limits>

using namespace mlir;

namespace attention {

/// What changes nothing that it is combined with.
static double neutral(vector::CombiningKind kind) {
  switch (kind) {
  case vector::CombiningKind::MUL:
    return 1;
  case vector::CombiningKind::MAXIMUMF:
  case vector::CombiningKind::MAXNUMF:
    return -std::numeric_limits<double>::infinity();
  case vector::CombiningKind::MINIMUMF:
  case vector::CombiningKind::MINNUMF:
    return std::numeric_limits<double>::infinity();
  default:
    return 0;
  }
}

Value emitReduce(TileBuilder &tiles, Operation *op,
                 const TileRequest &request) {
  auto reduce = cast<linalg::ReduceOp>(op);
  Value input = reduce.getInputs()[0];
  vector::CombiningKind kind = *rowReduction(op);
  int64_t width = cast<RankedTensorType>(input.getType()).getShape().back();
  TileRequest rows = request;
  rows.extents.push_back(
      {tiles.builder.getIndexAttr(0), tileSize(width), true});
  Value whole = tiles.tile(input, rows);
  if (width % 16 != 0 || width == 0)
    whole = tiles.beforeColumn(whole, rows, tiles.builder.getIndexAttr(width),
                               neutral(kind));
  Value start = tiles.tile(reduce.getInits()[0], request);
  return vector::MultiDimReductionOp::create(tiles.builder, tiles.loc, whole,
                                             start, {false, true}, kind);
}

} // namespace attention
