#include "lowering/GlueEmitters.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

/// left [m, k], right [n, k]
static Value contractRows(TileBuilder &tiles, Value left, Value right,
                          Value accumulator) {
  AffineExpr m, n, k;
  bindDims(tiles.builder.getContext(), m, n, k);
  using vector::IteratorType;
  return vector::ContractionOp::create(
      tiles.builder, tiles.loc, left, right, accumulator,
      ArrayRef<ArrayRef<AffineExpr>>{{m, k}, {n, k}, {m, n}},
      ArrayRef<IteratorType>{IteratorType::parallel, IteratorType::parallel,
                             IteratorType::reduction});
}

Value emitProject(TileBuilder &tiles, Operation *op,
                  const TileRequest &request) {
  auto project = cast<ProjectOp>(op);
  int64_t depth = project.getWeight().getType().getDimSize(1);
  // Past the last column both operands read as zero.
  Extent along{tiles.builder.getIndexAttr(0), tileSize(depth), true};
  TileRequest rows = request, columns{{}, {request.columns(), along}};
  rows.columns() = along;
  Value left = tiles.rounded(project.getInput(), rows);
  Value right = tiles.rounded(project.getWeight(), columns);
  Value product = contractRows(
      tiles, left, right, tiles.constant(tiles.typeOf(project, request), 0));
  if (!project.getBias())
    return product;
  Value bias = tiles.tile(project.getBias(), {{}, {request.columns()}});
  return arith::AddFOp::create(tiles.builder, tiles.loc, product,
                               tiles.broadcast(bias, request.shape()));
}

} // namespace attention
