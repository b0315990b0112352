#include "lowering/EmitKernel.h"

#include "lowering/TensorSizes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

namespace {
/// Emits the loop and its body.
class Kernel {
public:
  Kernel(FusedOp fused, const KernelPlan &plan)
      : fused(fused), plan(plan), builder(fused), loc(fused.getLoc()),
        tiles(builder, loc, std::max<int64_t>(plan.rows, 16)),
        sizes(sizesOf(builder, loc,
                      fused.getInto() ? fused.getInto() : plan.computed)) {}

  /// As a parallel loop over tiles.
  Value emit();
  /// As a part of the task that it stands in.
  Value emitInTask();

private:
  Value emptyResult();
  OpFoldResult apply(AffineExpr expr, ArrayRef<OpFoldResult> operands);
  /// The number of indices of the dimension that a tile at `first` covers.
  OpFoldResult extentHere(OpFoldResult size, OpFoldResult first, int64_t tile);
  void locate(scf::ForallOp loop);
  Value writeTile(Value destination, const TileRequest &request,
                  OpFoldResult firstColumn);
  Value writePart(Value slice, const TileRequest &request, int64_t width);
  Value computeSlice(Value slice);
  Value computeRows(Value slice);
  SmallVector<Extent> columnParts() const;
  void store(scf::ForallOp loop);
  Value storeInTask(Value destination);

  FusedOp fused;
  const KernelPlan &plan;
  OpBuilder builder;
  Location loc;
  TileBuilder tiles;
  SmallVector<OpFoldResult> sizes; // of what is computed
  AffineExpr d0 = getAffineDimExpr(0, loc.getContext()),
             d1 = getAffineDimExpr(1, loc.getContext());

  // Where the tile of the current iteration is.
  SmallVector<OpFoldResult> leading, here; // indices; existing rows and columns
  OpFoldResult row, column;
};
} // namespace

OpFoldResult Kernel::apply(AffineExpr expr, ArrayRef<OpFoldResult> operands) {
  return affine::makeComposedFoldedAffineApply(
      builder, loc, AffineMap::get(operands.size(), 0, expr), operands);
}

OpFoldResult Kernel::extentHere(OpFoldResult size, OpFoldResult first,
                                int64_t tile) {
  std::optional<int64_t> known = getConstantIntValue(size);
  if (known && *known % tile == 0)
    return builder.getIndexAttr(tile);
  return affine::makeComposedFoldedAffineMin(
      builder, loc,
      AffineMap::get(2, 0, {d0 - d1, builder.getAffineConstantExpr(tile)},
                     loc.getContext()),
      {size, first});
}

Value Kernel::emptyResult() {
  RankedTensorType type = cast<RankedTensorType>(fused.getType());
  SmallVector<Value> dynamic;
  for (auto [dim, size] : llvm::enumerate(sizesOf(builder, loc, fused)))
    if (type.isDynamicDim(dim))
      dynamic.push_back(tiles.index(size));
  return tensor::EmptyOp::create(builder, loc, type.getShape(),
                                 type.getElementType(), dynamic);
}

/// The indices of the iteration that the builder stands in.
void Kernel::locate(scf::ForallOp loop) {
  SmallVector<OpFoldResult> ivs = getAsOpFoldResult(loop.getInductionVars());
  if (plan.cuts.empty()) {
    column = apply(d0 * plan.columns, ivs.pop_back_val());
    here = {extentHere(sizes.back(), column, plan.columns)};
  } else {
    column = builder.getIndexAttr(0);
    here = {sizes.back()};
  }
  if (plan.rows != 0) {
    row = apply(d0 * plan.rows, ivs.pop_back_val());
    here.insert(here.begin(),
                extentHere(sizes[sizes.size() - 2], row, plan.rows));
  }
  leading = ivs;
}

/// The parts of the columns that one task computes.
SmallVector<Extent> Kernel::columnParts() const {
  if (plan.cuts.empty())
    return {{column, plan.columns, true}};
  SmallVector<Extent> parts;
  for (size_t i = 0; i + 1 < plan.cuts.size(); ++i) {
    int64_t size = tileSize(plan.cuts[i + 1] - plan.cuts[i]);
    parts.push_back({OpBuilder(fused).getIndexAttr(plan.cuts[i]), size,
                     plan.cuts[i] % size == 0});
  }
  return parts;
}

/// Writes the tile at `request` of what is computed to `destination`, from this
/// column of it on.
Value Kernel::writeTile(Value destination, const TileRequest &request,
                        OpFoldResult firstColumn) {
  Value tile = tiles.rounded(plan.computed, request);
  auto type = cast<RankedTensorType>(destination.getType());
  SmallVector<OpFoldResult> first;
  if (plan.rows != 0)
    first.push_back(request.hasRows() ? OpFoldResult(builder.getIndexAttr(0))
                                      : request.leading.back());
  first.push_back(firstColumn);
  if (plan.byRow)
    first[0] = apply(d0 - d1, {first[0], row});
  SmallVector<bool> inBounds;
  for (auto [index, size, tileSize] : llvm::zip(
           ArrayRef(first).take_back(request.extents.size()),
           type.getShape().take_back(request.extents.size()), request.shape()))
    inBounds.push_back(!ShapedType::isDynamic(size) &&
                       getConstantIntValue(index).value_or(size) + tileSize <=
                           size);
  SmallVector<Value> indices;
  for (OpFoldResult index : first)
    indices.push_back(tiles.index(index));
  return vector::TransferWriteOp::create(builder, loc, tile, destination,
                                         indices, ArrayRef<bool>(inBounds))
      .getResult();
}

/// The same for a part of the columns, of which `width` exist.
Value Kernel::writePart(Value slice, const TileRequest &request,
                        int64_t width) {
  OpFoldResult zero = builder.getIndexAttr(0), one = builder.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets(here.size(), zero), extents(here),
      strides(here.size(), one);
  offsets.back() = request.columns().first;
  extents.back() = builder.getIndexAttr(width);
  Value part = tensor::ExtractSliceOp::create(builder, loc, slice, offsets,
                                              extents, strides);
  part = writeTile(part, request, zero);
  return tensor::InsertSliceOp::create(builder, loc, part, slice, offsets,
                                       extents, strides);
}

Value Kernel::computeSlice(Value slice) {
  for (auto [i, part] : llvm::enumerate(columnParts())) {
    TileRequest request{leading, {}};
    if (plan.rows != 0)
      request.extents.push_back({row, plan.rows, true});
    request.extents.push_back(part);
    if (plan.cuts.empty())
      slice = writeTile(slice, request, builder.getIndexAttr(0));
    else if (plan.exactParts)
      slice = writePart(slice, request, plan.cuts[i + 1] - plan.cuts[i]);
    else
      slice = writeTile(slice, request, part.first);
  }
  return slice;
}

/// Row by row.
Value Kernel::computeRows(Value slice) {
  auto loop = scf::ForOp::create(builder, loc, tiles.index(0),
                                 tiles.index(here[0]), tiles.index(1), slice);
  TileBuilder::Scope scope(tiles);
  builder.setInsertionPointToStart(loop.getBody());
  TileRequest request{leading, columnParts()};
  request.leading.push_back(
      apply(d0 + d1, {row, OpFoldResult(loop.getInductionVar())}));
  scf::YieldOp::create(
      builder, loc,
      writeTile(loop.getRegionIterArg(0), request, builder.getIndexAttr(0)));
  return loop.getResult(0);
}

/// Computes the tile of the current iteration into its slice of the result.
void Kernel::store(scf::ForallOp loop) {
  builder.setInsertionPoint(loop.getTerminator());
  locate(loop);
  OpFoldResult one = builder.getIndexAttr(1);
  SmallVector<OpFoldResult> offsets = leading, extents(leading.size(), one);
  OpFoldResult at = column;
  if (plan.mergesHeads) {
    AffineExpr width = builder.getAffineConstantExpr(
        cast<RankedTensorType>(plan.computed.getType()).getShape().back());
    at = apply(d0 * width + d1, {offsets.pop_back_val(), column});
    extents.pop_back();
  }
  if (plan.rows != 0)
    offsets.push_back(row);
  offsets.push_back(at);
  llvm::append_range(extents, here);
  SmallVector<OpFoldResult> strides(offsets.size(), one);
  SmallVector<int64_t> shape;
  for (OpFoldResult size : here)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  Value output = loop.getRegionIterArgs()[0];
  auto type = RankedTensorType::get(
      shape, cast<RankedTensorType>(fused.getType()).getElementType());
  Value slice = tensor::ExtractSliceOp::create(builder, loc, type, output,
                                               offsets, extents, strides);
  Value computed = plan.byRow ? computeRows(slice) : computeSlice(slice);
  builder.setInsertionPointToEnd(loop.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(builder, loc, computed, output, offsets,
                                        extents, strides);
}

Value Kernel::emit() {
  SmallVector<OpFoldResult> counts(sizes);
  if (plan.cuts.empty())
    counts.back() = apply(d0.ceilDiv(plan.columns), counts.back());
  else
    counts.pop_back();
  if (plan.rows != 0) {
    OpFoldResult &rows = counts[sizes.size() - 2];
    rows = apply(d0.ceilDiv(plan.rows), rows);
  }
  auto loop =
      scf::ForallOp::create(builder, loc, counts, emptyResult(), std::nullopt);
  store(loop);
  return loop.getResult(0);
}

/// Computes the tile at `row` and `column` into its slice of the task's tile.
Value Kernel::storeInTask(Value destination) {
  int64_t most = *fused.getRows();
  here = {plan.rows < most ? extentHere(sizes[0], row, plan.rows) : sizes[0],
          extentHere(sizes[1], column, plan.columns)};
  SmallVector<OpFoldResult> offsets{row, column},
      strides(2, builder.getIndexAttr(1));
  SmallVector<int64_t> shape;
  for (OpFoldResult size : here)
    shape.push_back(getConstantIntValue(size).value_or(ShapedType::kDynamic));
  auto type = RankedTensorType::get(
      shape, cast<RankedTensorType>(fused.getType()).getElementType());
  Value slice = tensor::ExtractSliceOp::create(builder, loc, type, destination,
                                               offsets, here, strides);
  return tensor::InsertSliceOp::create(builder, loc, computeSlice(slice),
                                       destination, offsets, here, strides);
}

Value Kernel::emitInTask() {
  row = column = builder.getIndexAttr(0);
  Value tile = fused.getInto();
  std::optional<TileBuilder::Scope> scopes[2];
  SmallVector<scf::ForOp> loops;
  auto loopOver = [&](OpFoldResult size, int64_t step, OpFoldResult &at) {
    auto loop = scf::ForOp::create(builder, loc, tiles.index(0),
                                   tiles.index(size), tiles.index(step), tile);
    scopes[loops.size()].emplace(tiles);
    builder.setInsertionPointToStart(loop.getBody());
    at = loop.getInductionVar();
    tile = loop.getRegionIterArg(0);
    loops.push_back(loop);
  };
  if (plan.rows < static_cast<int64_t>(*fused.getRows()))
    loopOver(sizes[0], plan.rows, row);
  if (plan.columns < getConstantIntValue(sizes[1]).value_or(0))
    loopOver(sizes[1], plan.columns, column);
  Value result = storeInTask(tile);
  for (scf::ForOp loop : llvm::reverse(loops)) {
    scf::YieldOp::create(builder, loc, result);
    result = loop.getResult(0);
    builder.setInsertionPointAfter(loop);
  }
  return result;
}

void emitKernel(FusedOp fused, const KernelPlan &plan) {
  Kernel kernel(fused, plan);
  Value result = fused.getInto() ? kernel.emitInTask() : kernel.emit();
  fused.getOutput().replaceAllUsesWith(result);
  fused.erase();
}

} // namespace attention
