#include "passes/Passes.h"
#include "passes/QueryTiles.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_SPLITKEYS
#include "passes/Passes.h.inc"

namespace {

/// Emits the split form of one `finish` of one `visit` of all keys. Its loops
/// have no tasks, and its buffers no bytes, where the condition does not hold.
class KeySplit {
public:
  KeySplit(OpBuilder &builder, FinishOp finish, VisitOp visit,
           EmptyPartialOp empty, Value condition, int64_t rows, int64_t span)
      : builder(builder), finish(finish), visit(visit), empty(empty),
        loc(finish.getLoc()), rows(rows), span(span) {
    RankedTensorType output = visit.getPartial().getType().getOutput();
    heads = output.getDimSize(1);
    tile = PartialType::get(builder.getContext(),
                            visit.getPartial().getType().getVariant(),
                            RankedTensorType::get({rows, output.getDimSize(3)},
                                                  output.getElementType()));
    Value rowsOfBatch = getValueOrCreateConstantIndexOp(
        builder, loc, tensor::getMixedSize(builder, loc, visit.getQuery(), 0));
    batch = builder.createOrFold<arith::SelectOp>(loc, condition, rowsOfBatch,
                                                  index(0));
    Value keys = tensor::DimOp::create(builder, loc, visit.getKey(), 2);
    Value all = arith::CeilDivUIOp::create(builder, loc, keys, index(span));
    stretches =
        builder.createOrFold<arith::SelectOp>(loc, condition, all, index(0));
  }

  SmallVector<Value> emit(ValueRange outputs) {
    return joinStretches(visitStretches(), outputs);
  }

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  OpFoldResult attr(int64_t value) { return builder.getIndexAttr(value); }

  /// Offsets, sizes and strides of the part of one stretch in the buffer for
  /// all.
  using Place = std::array<SmallVector<OpFoldResult>, 3>;
  Place placeOf(RankedTensorType part, Value b, Value h, Value stretch) {
    Place place{SmallVector<OpFoldResult>{b, h, stretch},
                SmallVector<OpFoldResult>(3, attr(1)),
                SmallVector<OpFoldResult>(3 + part.getRank(), attr(1))};
    for (int64_t size : part.getShape()) {
      place[0].push_back(attr(0));
      place[1].push_back(attr(size));
    }
    return place;
  }

  SmallVector<RankedTensorType> partTypes() {
    return llvm::map_to_vector(
        tile.getVariant().partialTypes(partialShape(tile)), [](Type type) {
          auto vector = cast<VectorType>(type);
          return RankedTensorType::get(vector.getShape(),
                                       vector.getElementType());
        });
  }

  SmallVector<Value> slices(OpBuilder &b, ValueRange buffers, Value batchRow,
                            Value head, Value stretch) {
    SmallVector<Value> result;
    for (auto [buffer, part] : llvm::zip(buffers, partTypes())) {
      Place place = placeOf(part, batchRow, head, stretch);
      result.push_back(tensor::ExtractSliceOp::create(
          b, loc, part, buffer, place[0], place[1], place[2]));
    }
    return result;
  }

  /// The partial of every stretch of keys, in parallel.
  SmallVector<Value> visitStretches() {
    SmallVector<Value> buffers;
    for (RankedTensorType part : partTypes()) {
      SmallVector<OpFoldResult> shape{batch, attr(heads),
                                      OpFoldResult(stretches)};
      for (int64_t size : part.getShape())
        shape.push_back(attr(size));
      buffers.push_back(
          tensor::EmptyOp::create(builder, loc, shape, part.getElementType()));
    }
    auto loop = scf::ForallOp::create(
        builder, loc, {batch, attr(heads), OpFoldResult(stretches)}, buffers,
        std::nullopt);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getTerminator());
    SmallVector<Value> at = llvm::to_vector(loop.getInductionVars());
    auto start = cast<EmptyPartialOp>(builder.clone(*empty));
    start.setRows(rows);
    start.getPartial().setType(tile);
    Value firstRow = index(0),
          firstKey = arith::MulIOp::create(builder, loc, at[2], index(span));
    auto part = cast<VisitOp>(builder.clone(*visit));
    part.getPartialMutable().assign(start.getPartial());
    part.getWindowMutable().assign({at[0], at[1], firstRow, firstKey});
    part.setTile(ArrayRef<int64_t>{rows, span});
    part.getResult().setType(tile);
    SmallVector<Value> places =
        slices(builder, loop.getRegionIterArgs(), at[0], at[1], at[2]);
    auto packed = PackPartialOp::create(builder, loc, part.getResult(), places);
    builder.setInsertionPointToEnd(loop.getTerminator().getBody());
    for (auto [value, buffer, type] :
         llvm::zip(packed.getParts(), loop.getRegionIterArgs(), partTypes())) {
      Place place = placeOf(type, at[0], at[1], at[2]);
      tensor::ParallelInsertSliceOp::create(builder, loc, value, buffer,
                                            place[0], place[1], place[2]);
    }
    return SmallVector<Value>(loop.getResults());
  }

  /// Joins the stretches in order and finishes, for each head.
  SmallVector<Value> joinStretches(ValueRange buffers, ValueRange outputs) {
    auto loop = scf::ForallOp::create(builder, loc, {batch, attr(heads)},
                                      outputs, std::nullopt);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getTerminator());
    Value b = loop.getInductionVar(0), h = loop.getInductionVar(1);
    auto start = cast<EmptyPartialOp>(builder.clone(*empty));
    start.setRows(rows);
    start.getPartial().setType(tile);
    auto joined = scf::ForOp::create(
        builder, loc, index(0), stretches, index(1),
        ValueRange{start.getPartial()},
        [&](OpBuilder &inner, Location, Value stretch, ValueRange sum) {
          Value next = UnpackPartialOp::create(
              inner, loc, tile, slices(inner, buffers, b, h, stretch));
          scf::YieldOp::create(inner, loc,
                               Value(JoinOp::create(inner, loc, sum[0], next)));
        });
    OpFoldResult queries =
        tensor::getMixedSize(builder, loc, visit.getQuery(), 2);
    QueryTile whole{b, h, index(0), queries, rows};
    writeTile(builder, finish, joined.getResult(0), whole,
              loop.getRegionIterArgs(), loop.getTerminator(),
              bool(mergeBehind(finish)));
    return SmallVector<Value>(loop.getResults());
  }

  OpBuilder &builder;
  FinishOp finish;
  VisitOp visit;
  EmptyPartialOp empty;
  Location loc;
  int64_t rows, span, heads;
  PartialType tile;
  OpFoldResult batch;
  Value stretches;
};

struct SplitKeys : impl::SplitKeysBase<SplitKeys> {
  using SplitKeysBase::SplitKeysBase;

  void runOnOperation() override {
    SmallVector<FinishOp> ops;
    getOperation().walk([&](FinishOp op) { ops.push_back(op); });
    for (FinishOp op : ops)
      if (failed(split(op)))
        return signalPassFailure();
  }

  /// Queries are few and keys many: i1, a constant where sizes are known.
  Value worthwhile(OpBuilder &builder, VisitOp visit) {
    Location loc = visit.getLoc();
    auto size = [&](Value tensor) {
      return getValueOrCreateConstantIndexOp(
          builder, loc, tensor::getMixedSize(builder, loc, tensor, 2));
    };
    auto compare = [&](arith::CmpIPredicate predicate, Value a, int64_t b) {
      return builder.createOrFold<arith::CmpIOp>(
          loc, predicate, a, arith::ConstantIndexOp::create(builder, loc, b));
    };
    Value fewQueries =
        compare(arith::CmpIPredicate::ule, size(visit.getQuery()), few);
    Value manyKeys =
        compare(arith::CmpIPredicate::uge, size(visit.getKey()), 2 * span);
    return builder.createOrFold<arith::AndIOp>(loc, fewQueries, manyKeys);
  }

  LogicalResult split(FinishOp finish) {
    auto visit = finish.getPartial().getDefiningOp<VisitOp>();
    auto empty = visit ? visit.getPartial().getDefiningOp<EmptyPartialOp>()
                       : EmptyPartialOp();
    if (!empty || visit.getTile() || !finish.getInto().empty() ||
        visit.getCarry())
      return success(); // Other computations of a partial keep their form.
    OpBuilder builder(finish);
    Location loc = finish.getLoc();
    Value condition = worthwhile(builder, visit);
    if (matchPattern(condition, m_Zero()))
      return success();
    SmallVector<Value> results = emptyOutputs(builder, finish, visit.getQuery(),
                                              bool(mergeBehind(finish)));
    results = KeySplit(builder, finish, visit, empty, condition, few, span)
                  .emit(results);
    if (!matchPattern(condition, m_One())) {
      Value batch = getValueOrCreateConstantIndexOp(
          builder, loc,
          tensor::getMixedSize(builder, loc, visit.getQuery(), 0));
      Value none = arith::ConstantIndexOp::create(builder, loc, 0);
      Value others =
          builder.createOrFold<arith::SelectOp>(loc, condition, none, batch);
      FailureOr<SmallVector<Value>> tiled =
          tileQueries(builder, finish, rows, results, others);
      if (failed(tiled))
        return failure();
      results = *tiled;
    }
    Value partial = finish.getPartial();
    replaceFinish(finish, results);
    eraseIfDead(partial);
    return success();
  }
};

} // namespace

} // namespace attention
