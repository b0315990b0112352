#include "lowering/StageRows.h"

#include "lowering/KernelPlan.h"
#include "lowering/TensorSizes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

static Operation *emittedOp(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  return op && emitterOf(op) && !isComputedWhereRead(op) ? op : nullptr;
}

/// Whether single rows of `tensor` can be computed by themselves: what is
/// repeated along them is a row's own as well.
static bool hasSingleRows(Value tensor) {
  Operation *op = tensor.getDefiningOp();
  if (!op || !emitterOf(op) || computesSingleRows(op))
    return true;
  return !isa<RmsNormOp, LayerNormOp, ProjectOp, RotaryOp, linalg::ReduceOp>(
             op) &&
         llvm::all_of(op->getOperands(), hasSingleRows);
}

bool needsStage(Value tensor) {
  Operation *op = emittedOp(tensor);
  if (!op || !hasSingleRows(tensor))
    return false;
  return computesSingleRows(op) || llvm::any_of(op->getOperands(), needsStage);
}

Value stageRows(TileBuilder &tiles, Value tensor, const TileRequest &request) {
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  VectorType type = tiles.typeOf(tensor, request);
  Value scratch =
      tensor::EmptyOp::create(b, loc, type.getShape(), type.getElementType());
  int64_t rowDim = request.leading.size();
  AffineExpr size, first;
  bindDims(b.getContext(), size, first);
  OpFoldResult count = affine::makeComposedFoldedAffineMin(
      b, loc,
      AffineMap::get(
          2, 0, {size - first, b.getAffineConstantExpr(request.rows().size)},
          b.getContext()),
      {sizeOf(b, loc, tensor, rowDim), request.rows().first});
  auto loop = scf::ForOp::create(b, loc, tiles.index(0), tiles.index(count),
                                 tiles.index(1), scratch);
  SmallVector<Value> corner(2, tiles.index(0));
  {
    TileBuilder::Scope scope(tiles);
    b.setInsertionPointToStart(loop.getBody());
    TileRequest row{request.leading, {request.columns()}};
    row.leading.push_back(
        tiles.add(request.rows().first, loop.getInductionVar()));
    Value tile = tiles.tile(tensor, row);
    Value written = vector::TransferWriteOp::create(
                        b, loc, tile, loop.getRegionIterArg(0),
                        ValueRange{loop.getInductionVar(), tiles.index(0)},
                        ArrayRef<bool>{true})
                        .getResult();
    scf::YieldOp::create(b, loc, written);
  }
  return vector::TransferReadOp::create(
      b, loc, type, loop.getResult(0), corner,
      tiles.constant(type.getElementType(), 0), ArrayRef<bool>{true, true});
}

} // namespace attention
