#include "passes/QueryTiles.h"

#include "mlir/Analysis/TopologicalSortUtils.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "llvm/ADT/SetVector.h"

using namespace mlir;

namespace attention {

static bool isState(Type type) { return isa<PartialType, CarryType>(type); }

/// All operations that lead to a state, in program order; `outside` becomes the
/// state that none of them makes, if there is one.
static llvm::SetVector<Operation *> operationsBehind(Value state,
                                                     Value &outside) {
  llvm::SetVector<Operation *> slice;
  SmallVector<Value> pending{state};
  auto madeWithin = [](Value value, Operation *op) {
    Operation *maker = value.getDefiningOp();
    return op->isAncestor(maker ? maker
                                : value.getParentRegion()->getParentOp());
  };
  while (!pending.empty()) {
    Value next = pending.pop_back_val();
    Operation *op = next.getDefiningOp();
    if (!op)
      outside = next;
    if (!op || !slice.insert(op))
      continue;
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (isState(operand.getType()) && !madeWithin(operand, op))
          pending.push_back(operand);
    });
  }
  return topologicalSort(slice);
}

/// What is to be done again for each tile of queries.
static FailureOr<llvm::SetVector<Operation *>> stateSlice(FinishOp finish) {
  Value outside;
  llvm::SetVector<Operation *> slice =
      operationsBehind(finish.getPartial(), outside);
  if (!outside)
    return slice;
  if (isa<FunctionOpInterface>(outside.getParentRegion()->getParentOp()))
    return finish.emitOpError("expects a partial that is made in the same "
                              "function: none can cross the border of "
                              "compiled code");
  return finish.emitOpError(
      "expects a partial that is finished outside of the loop that carries it");
}

/// `type` with the partial of a whole tensor replaced by that of one tile.
static Type tiledType(Type type, int64_t rows) {
  auto partial = dyn_cast<PartialType>(type);
  if (!partial || partial.getOutput().getRank() != 4)
    return type;
  RankedTensorType output = partial.getOutput();
  return PartialType::get(type.getContext(), partial.getVariant(),
                          RankedTensorType::get({rows, output.getDimSize(3)},
                                                output.getElementType()));
}

static void narrowToTile(Operation *root, const QueryTile &tile) {
  root->walk([&](Operation *op) {
    for (Value result : op->getResults())
      result.setType(tiledType(result.getType(), tile.rows));
    for (Region &region : op->getRegions())
      for (Block &block : region)
        for (BlockArgument argument : block.getArguments())
          argument.setType(tiledType(argument.getType(), tile.rows));
    if (auto empty = dyn_cast<EmptyPartialOp>(op))
      empty.setRows(tile.rows);
    if (auto visit = dyn_cast<VisitOp>(op)) {
      OpBuilder builder(op);
      Value zero = arith::ConstantIndexOp::create(builder, op->getLoc(), 0);
      visit.getWindowMutable().assign({tile.batch, tile.head, tile.row, zero});
      visit.setTile(ArrayRef<int64_t>{tile.rows, 0});
    }
  });
}

void writeTile(OpBuilder &builder, FinishOp finish, Value partial,
               const QueryTile &tile, ValueRange outputs,
               scf::InParallelOp terminator, bool mergeHeads) {
  Location loc = finish.getLoc();
  OpFoldResult one = builder.getIndexAttr(1);
  RankedTensorType type = cast<RankedTensorType>(finish.getOutput().getType());
  OpFoldResult columns = builder.getIndexAttr(type.getDimSize(3));
  SmallVector<SmallVector<OpFoldResult>> offsets, sizes;
  if (mergeHeads) {
    AffineExpr head;
    bindDims(builder.getContext(), head);
    OpFoldResult column = affine::makeComposedFoldedAffineApply(
        builder, loc, AffineMap::get(1, 0, head * type.getDimSize(3)),
        {OpFoldResult(tile.head)});
    offsets.push_back({tile.batch, tile.row, column});
    sizes.push_back({one, tile.rowsHere, columns});
  } else {
    offsets.push_back(
        {tile.batch, tile.head, tile.row, builder.getIndexAttr(0)});
    sizes.push_back({one, one, tile.rowsHere, columns});
  }
  if (finish.getLogSumExp()) {
    offsets.push_back({tile.batch, tile.head, tile.row});
    sizes.push_back({one, one, tile.rowsHere});
  }
  SmallVector<Value> places;
  for (auto [index, output, offset, size] :
       llvm::enumerate(outputs, offsets, sizes)) {
    auto outputType = cast<RankedTensorType>(output.getType());
    SmallVector<int64_t> shape{
        getConstantIntValue(tile.rowsHere).value_or(ShapedType::kDynamic)};
    if (index == 0)
      shape.push_back(type.getDimSize(3));
    places.push_back(tensor::ExtractSliceOp::create(
        builder, loc, RankedTensorType::get(shape, outputType.getElementType()),
        output, offset, size, SmallVector<OpFoldResult>(offset.size(), one)));
  }
  auto tiled = FinishOp::create(builder, loc, partial, finish.getSink(),
                                finish.getLogSumExp(), tile.head, places);
  OpBuilder inner = OpBuilder::atBlockEnd(terminator.getBody());
  for (auto [output, place, result, offset, size] :
       llvm::zip(outputs, places, tiled->getResults(), offsets, sizes))
    tensor::ParallelInsertSliceOp::create(
        inner, loc, result, output, offset, size,
        SmallVector<OpFoldResult>(offset.size(), one));
}

SmallVector<Value> emptyOutputs(OpBuilder &builder, FinishOp finish,
                                Value query, bool mergeHeads) {
  Location loc = finish.getLoc();
  auto type = cast<RankedTensorType>(finish.getOutput().getType());
  // The batch may be known from another operand than the query.
  OpFoldResult batch = type.isDynamicDim(0)
                           ? tensor::getMixedSize(builder, loc, query, 0)
                           : builder.getIndexAttr(type.getDimSize(0));
  OpFoldResult queries = tensor::getMixedSize(builder, loc, query, 2);
  int64_t heads = type.getDimSize(1), columns = type.getDimSize(3);
  auto size = [&](int64_t value) -> OpFoldResult {
    return builder.getIndexAttr(value);
  };
  SmallVector<Value> outputs;
  SmallVector<OpFoldResult> shape =
      mergeHeads
          ? SmallVector<OpFoldResult>{batch, queries, size(heads * columns)}
          : SmallVector<OpFoldResult>{batch, size(heads), queries,
                                      size(columns)};
  outputs.push_back(
      tensor::EmptyOp::create(builder, loc, shape, type.getElementType()));
  if (finish.getLogSumExp())
    outputs.push_back(
        tensor::EmptyOp::create(builder, loc, {batch, size(heads), queries},
                                scoreType(type.getElementType())));
  return outputs;
}

MergeHeadsOp mergeBehind(FinishOp finish) {
  return finish.getOutput().hasOneUse()
             ? dyn_cast<MergeHeadsOp>(*finish.getOutput().getUsers().begin())
             : MergeHeadsOp();
}

void replaceFinish(FinishOp finish, ValueRange results) {
  MergeHeadsOp merge = mergeBehind(finish);
  (merge ? Value(merge.getOutput()) : finish.getOutput())
      .replaceAllUsesWith(results[0]);
  if (finish.getLogSumExp())
    finish.getLogSumExpRows().replaceAllUsesWith(results[1]);
  if (merge)
    merge.erase();
  finish.erase();
}

int64_t queriesPerTile(EmptyPartialOp empty, int64_t rows, int64_t halfRows) {
  Type element = getElementTypeOrSelf(empty.getQuery().getType());
  return halfRows && element.getIntOrFloatBitWidth() == 16 ? halfRows : rows;
}

FailureOr<EmptyPartialOp> partialOrigin(FinishOp finish) {
  FailureOr<llvm::SetVector<Operation *>> slice = stateSlice(finish);
  if (failed(slice))
    return failure();
  EmptyPartialOp empty;
  for (Operation *op : *slice)
    op->walk([&](EmptyPartialOp inner) { empty = inner; });
  if (!empty)
    return finish.emitOpError(
        "expects a partial that starts from an empty one");
  return empty;
}

/// Whether queries see no key that lies far behind them. Then later ones have
/// no more to do, and of the keys of one tile those of the next are near; of
/// other tiles, the later ones may have more.
static bool leaveKeysBehind(const llvm::SetVector<Operation *> &slice) {
  bool all = true;
  for (Operation *op : slice)
    op->walk([&](VisitOp visit) {
      auto mask = dyn_cast_or_null<MaskInterface>(visit.getMaskAttr());
      all &= mask && mask.reach();
    });
  return all;
}

FailureOr<SmallVector<Value>> tileQueries(OpBuilder &builder, FinishOp finish,
                                          int64_t rows, ValueRange outputs,
                                          OpFoldResult batch) {
  FailureOr<llvm::SetVector<Operation *>> slice = stateSlice(finish);
  if (failed(slice))
    return failure();
  FailureOr<EmptyPartialOp> empty = partialOrigin(finish);
  if (failed(empty))
    return failure();
  OpBuilder::InsertionGuard guard(builder);
  Location loc = finish.getLoc();
  Value query = empty->getQuery();
  bool merge = bool(mergeBehind(finish));
  int64_t heads =
      cast<RankedTensorType>(finish.getOutput().getType()).getDimSize(1);
  OpFoldResult queries = tensor::getMixedSize(builder, loc, query, 2);
  AffineExpr d0, d1;
  bindDims(builder.getContext(), d0, d1);
  auto apply = [&](AffineExpr expr, ArrayRef<OpFoldResult> values) {
    return affine::makeComposedFoldedAffineApply(
        builder, loc, AffineMap::get(values.size(), 0, expr), values);
  };
  OpFoldResult tiles = apply(d0.ceilDiv(rows), queries);
  if (!batch)
    batch = tensor::getMixedSize(builder, loc, query, 0);
  auto loop = scf::ForallOp::create(builder, loc,
                                    {batch, builder.getIndexAttr(heads), tiles},
                                    outputs, std::nullopt);
  builder.setInsertionPoint(loop.getTerminator());
  SmallVector<Value> ivs = llvm::to_vector(loop.getInductionVars());
  OpFoldResult row =
      leaveKeysBehind(*slice)
          ? apply(d0 * rows, {OpFoldResult(ivs[2])})
          : apply((d0 - 1 - d1) * rows, {tiles, OpFoldResult(ivs[2])});
  OpFoldResult rowsHere = affine::makeComposedFoldedAffineMin(
      builder, loc,
      AffineMap::get(2, 0, {d0 - d1, builder.getAffineConstantExpr(rows)},
                     builder.getContext()),
      {queries, row});
  QueryTile tile{ivs[0], ivs[1],
                 getValueOrCreateConstantIndexOp(builder, loc, row), rowsHere,
                 rows};
  IRMapping mapping;
  for (Operation *op : *slice)
    narrowToTile(builder.clone(*op, mapping), tile);
  writeTile(builder, finish, mapping.lookup(finish.getPartial()), tile,
            loop.getRegionIterArgs(), loop.getTerminator(), merge);
  return SmallVector<Value>(loop.getResults());
}

void eraseIfDead(Value state) {
  Value outside;
  llvm::SetVector<Operation *> behind = operationsBehind(state, outside);
  for (Operation *op : llvm::reverse(behind))
    if (op->use_empty())
      op->erase();
}

} // namespace attention
