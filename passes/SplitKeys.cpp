#include "passes/HeadGroups.h"
#include "passes/HeldValues.h"
#include "passes/Passes.h"
#include "passes/QueryTiles.h"
#include "passes/ResolveSizes.h"

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

/// How keys are cut.
struct SplitSizes {
  int64_t span;  ///< keys of a stretch
  int64_t tasks; ///< of all heads together, about, or 0: one for each stretch
  int64_t fan;   ///< partials that are joined by one task, or 0: all
};

/// Emits the split form of one `finish` of one `visit` of all keys, for tiles
/// of up to `rows` queries or, of a lone query, of the heads of a group. Its
/// loops have no tasks, and its buffers no bytes, where the condition does not
/// hold.
class KeySplit {
public:
  KeySplit(OpBuilder &builder, FinishOp finish, VisitOp visit,
           EmptyPartialOp empty, Value condition, int64_t rows,
           SplitSizes sizes, int64_t group = 1)
      : builder(builder), finish(finish), visit(visit), empty(empty),
        loc(finish.getLoc()), rows(rows), span(sizes.span), fan(sizes.fan),
        group(group) {
    RankedTensorType output = visit.getPartial().getType().getOutput();
    heads = output.getDimSize(1) / group;
    tile = PartialType::get(builder.getContext(),
                            visit.getPartial().getType().getVariant(),
                            RankedTensorType::get({rows, output.getDimSize(3)},
                                                  output.getElementType()));
    Value rowsOfBatch = getValueOrCreateConstantIndexOp(
        builder, loc, tensor::getMixedSize(builder, loc, visit.getQuery(), 0));
    batch = builder.createOrFold<arith::SelectOp>(loc, condition, rowsOfBatch,
                                                  index(0));
    Value keys = tensor::DimOp::create(builder, loc, visit.getKey(), 2);
    all = ceilDiv(keys, index(span));
    Value count = all;
    if (sizes.tasks) {
      Value sequences =
          builder.createOrFold<arith::MulIOp>(loc, rowsOfBatch, index(heads));
      Value most = ceilDiv(index(sizes.tasks), atLeastOne(sequences));
      perTask = atLeastOne(ceilDiv(all, atLeastOne(most)));
      count = ceilDiv(all, perTask);
    }
    tasks =
        builder.createOrFold<arith::SelectOp>(loc, condition, count, index(0));
  }

  SmallVector<Value> emit(ValueRange outputs) {
    Value query = visit.getQuery();
    if (group != 1)
      query = groupHeads(builder, query, heads * group, group);
    SmallVector<Value> parts = visitStretches(query);
    std::optional<int64_t> known = getConstantIntValue(tasks);
    if (fan && (!known || *known > fan))
      parts = joinNeighbours(parts);
    return joinAll(parts, outputs);
  }

private:
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  OpFoldResult attr(int64_t value) { return builder.getIndexAttr(value); }
  Value ceilDiv(Value a, Value b) {
    return builder.createOrFold<arith::CeilDivUIOp>(loc, a, b);
  }
  Value atLeastOne(Value value) {
    return builder.createOrFold<arith::MaxSIOp>(loc, value, index(1));
  }

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

  Value startEmpty() {
    auto start = cast<EmptyPartialOp>(builder.clone(*empty));
    start.setRows(rows);
    start.getPartial().setType(tile);
    return start.getPartial();
  }

  /// Tasks that make `count` partials for each head; `make` makes that of one.
  SmallVector<Value>
  makePartials(Value count,
               function_ref<Value(Value batchRow, Value head, Value i)> make) {
    SmallVector<Value> buffers;
    for (RankedTensorType part : partTypes()) {
      SmallVector<OpFoldResult> shape{batch, attr(heads), OpFoldResult(count)};
      for (int64_t size : part.getShape())
        shape.push_back(attr(size));
      buffers.push_back(
          tensor::EmptyOp::create(builder, loc, shape, part.getElementType()));
    }
    auto loop = scf::ForallOp::create(builder, loc,
                                      {batch, attr(heads), OpFoldResult(count)},
                                      buffers, std::nullopt);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getTerminator());
    SmallVector<Value> at = llvm::to_vector(loop.getInductionVars());
    Value partial = make(at[0], at[1], at[2]);
    SmallVector<Value> places =
        slices(builder, loop.getRegionIterArgs(), at[0], at[1], at[2]);
    auto packed = PackPartialOp::create(builder, loc, partial, places);
    builder.setInsertionPointToEnd(loop.getTerminator().getBody());
    for (auto [value, buffer, type] :
         llvm::zip(packed.getParts(), loop.getRegionIterArgs(), partTypes())) {
      Place place = placeOf(type, at[0], at[1], at[2]);
      tensor::ParallelInsertSliceOp::create(builder, loc, value, buffer,
                                            place[0], place[1], place[2]);
    }
    return SmallVector<Value>(loop.getResults());
  }

  Value visitStretch(Value query, Value partial, Value b, Value h,
                     Value stretch) {
    Value firstRow = index(0),
          firstKey = arith::MulIOp::create(builder, loc, stretch, index(span));
    auto part = cast<VisitOp>(builder.clone(*visit));
    part.getPartialMutable().assign(partial);
    part.getQueryMutable().assign(query);
    part.setAlike(group != 1);
    part.getWindowMutable().assign({b, h, firstRow, firstKey});
    part.setTile(ArrayRef<int64_t>{rows, span});
    part.getResult().setType(tile);
    return part.getResult();
  }

  /// The partial of every stretch of keys, or of some neighbours one after the
  /// other, in parallel.
  SmallVector<Value> visitStretches(Value query) {
    return makePartials(tasks, [&](Value b, Value h, Value task) {
      Value start = startEmpty();
      if (!perTask)
        return visitStretch(query, start, b, h, task);
      Value first = arith::MulIOp::create(builder, loc, task, perTask);
      Value left = arith::SubIOp::create(builder, loc, all, first);
      Value count = arith::MinUIOp::create(builder, loc, perTask, left);
      return inOrder(count, start, [&](Value i, Value partial) {
        Value stretch = arith::AddIOp::create(builder, loc, first, i);
        return visitStretch(query, partial, b, h, stretch);
      });
    });
  }

  /// A loop over `count` steps that carries a partial.
  Value inOrder(Value count, Value start,
                function_ref<Value(Value i, Value partial)> step) {
    auto loop = scf::ForOp::create(builder, loc, index(0), count, index(1),
                                   ValueRange{start});
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(loop.getBody());
    Value next = step(loop.getInductionVar(), loop.getRegionIterArg(0));
    scf::YieldOp::create(builder, loc, next);
    return loop.getResult(0);
  }

  /// Joins `count` partials from `first` on, in order.
  Value joinRange(ValueRange buffers, Value b, Value h, Value first,
                  Value count) {
    return inOrder(count, startEmpty(), [&](Value i, Value sum) -> Value {
      Value at = builder.createOrFold<arith::AddIOp>(loc, first, i);
      Value next = UnpackPartialOp::create(builder, loc, tile,
                                           slices(builder, buffers, b, h, at));
      return JoinOp::create(builder, loc, sum, next);
    });
  }

  /// One partial of every `fan` neighbours; `tasks` becomes their number.
  SmallVector<Value> joinNeighbours(ValueRange buffers) {
    Value before = tasks;
    tasks = ceilDiv(before, index(fan));
    return makePartials(tasks, [&](Value b, Value h, Value i) {
      Value first = arith::MulIOp::create(builder, loc, i, index(fan));
      Value left = arith::SubIOp::create(builder, loc, before, first);
      Value count = arith::MinUIOp::create(builder, loc, index(fan), left);
      return joinRange(buffers, b, h, first, count);
    });
  }

  /// Joins what is there in order and finishes, for each head.
  SmallVector<Value> joinAll(ValueRange buffers, ValueRange outputs) {
    auto loop = scf::ForallOp::create(builder, loc, {batch, attr(heads)},
                                      outputs, std::nullopt);
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPoint(loop.getTerminator());
    Value b = loop.getInductionVar(0), h = loop.getInductionVar(1);
    write(loop, joinRange(buffers, b, h, index(0), tasks));
    return SmallVector<Value>(loop.getResults());
  }

  void write(scf::ForallOp loop, Value partial) {
    Value b = loop.getInductionVar(0), h = loop.getInductionVar(1);
    if (group != 1)
      return writeGroup(builder, finish, partial, b, h, group,
                        loop.getRegionIterArgs().front(), loop.getTerminator());
    QueryTile whole{b, h, index(0),
                    tensor::getMixedSize(builder, loc, visit.getQuery(), 2),
                    rows};
    writeTile(builder, finish, partial, whole, loop.getRegionIterArgs(),
              loop.getTerminator(), bool(mergeBehind(finish)));
  }

  OpBuilder &builder;
  FinishOp finish;
  VisitOp visit;
  EmptyPartialOp empty;
  Location loc;
  int64_t rows, span, fan, group, heads;
  PartialType tile;
  OpFoldResult batch;
  Value all;     // stretches
  Value perTask; // of them; null: one
  Value tasks;   // of each head
};

struct SplitKeys : impl::SplitKeysBase<SplitKeys> {
  using SplitKeysBase::SplitKeysBase;

  void runOnOperation() override {
    SmallVector<FinishOp> ops;
    SmallVector<HeldValues> sizes;
    getOperation().walk([&](FinishOp op) {
      VisitOp visit = splitVisit(op);
      if (!visit)
        return; // Other computations of a partial keep their form.
      ops.push_back(op);
      OpBuilder builder(visit);
      sizes.emplace_back(builder, visit.getLoc(),
                         ValueRange{size(builder, visit.getQuery()),
                                    size(builder, visit.getKey())});
    });
    resolveDims(getOperation());
    for (auto [op, held] : llvm::zip_equal(ops, sizes)) {
      // Where there always are, a lone query has a lone key.
      bool asManyQueries = isSameSize(held.get()[0], held.get()[1]);
      held.release();
      if (failed(split(op, asManyQueries)))
        return signalPassFailure();
    }
  }

  /// The visit of all keys that `finish` reads, if that is all there is to it.
  static VisitOp splitVisit(FinishOp finish) {
    auto visit = finish.getPartial().getDefiningOp<VisitOp>();
    bool isPlain =
        visit && visit.getPartial().getDefiningOp<EmptyPartialOp>() &&
        !visit.getTile() && finish.getInto().empty() && !visit.getCarry();
    return isPlain ? visit : VisitOp();
  }

  /// The number of queries, and of keys.
  Value size(OpBuilder &builder, Value tensor) {
    Location loc = tensor.getLoc();
    return getValueOrCreateConstantIndexOp(
        builder, loc, tensor::getMixedSize(builder, loc, tensor, 2));
  }
  Value compare(OpBuilder &builder, arith::CmpIPredicate predicate, Value a,
                int64_t b) {
    Location loc = a.getLoc();
    return builder.createOrFold<arith::CmpIOp>(
        loc, predicate, a, arith::ConstantIndexOp::create(builder, loc, b));
  }

  /// Queries are few and keys many: i1, a constant where sizes are known.
  Value worthwhile(OpBuilder &builder, VisitOp visit) {
    Value fewQueries = compare(builder, arith::CmpIPredicate::ule,
                               size(builder, visit.getQuery()), few);
    Value manyKeys = compare(builder, arith::CmpIPredicate::uge,
                             size(builder, visit.getKey()), 2 * span);
    return builder.createOrFold<arith::AndIOp>(visit.getLoc(), fewQueries,
                                               manyKeys);
  }

  /// The split forms, each under a condition; the rest is for tiles of queries.
  struct Way {
    Value condition;
    int64_t rows, group;
  };
  SmallVector<Way> waysOf(OpBuilder &builder, FinishOp finish, VisitOp visit,
                          bool asManyQueries) {
    Value no = arith::ConstantIntOp::create(builder, visit.getLoc(), 0, 1);
    // Few queries have few keys then.
    bool never = asManyQueries && few < 2 * span;
    Value worth = never ? no : worthwhile(builder, visit), lone = no;
    if (!asManyQueries)
      lone = compare(builder, arith::CmpIPredicate::eq,
                     size(builder, visit.getQuery()), 1);
    Value others =
        builder.createOrFold<arith::SelectOp>(visit.getLoc(), lone, no, worth);
    int64_t group = headsAlike(finish, visit);
    int64_t loneRows = llvm::alignTo(group, least);
    SmallVector<Way> ways{{lone, loneRows, group}, {others, few, 1}};
    llvm::erase_if(
        ways, [](Way &way) { return matchPattern(way.condition, m_Zero()); });
    return ways;
  }

  LogicalResult split(FinishOp finish, bool asManyQueries) {
    VisitOp visit = splitVisit(finish);
    auto empty = visit.getPartial().getDefiningOp<EmptyPartialOp>();
    OpBuilder builder(finish);
    Location loc = finish.getLoc();
    SmallVector<Way> ways = waysOf(builder, finish, visit, asManyQueries);
    if (ways.empty())
      return success();
    SmallVector<Value> results = emptyOutputs(builder, finish, visit.getQuery(),
                                              bool(mergeBehind(finish)));
    Value batch = getValueOrCreateConstantIndexOp(
        builder, loc, tensor::getMixedSize(builder, loc, visit.getQuery(), 0));
    Value none = arith::ConstantIndexOp::create(builder, loc, 0);
    Value others = batch; // rows of the batch that no way has taken
    for (const Way &way : ways) {
      results = KeySplit(builder, finish, visit, empty, way.condition, way.rows,
                         SplitSizes{span, tasks, fan}, way.group)
                    .emit(results);
      others = builder.createOrFold<arith::SelectOp>(loc, way.condition, none,
                                                     others);
    }
    if (!matchPattern(others, m_Zero())) {
      FailureOr<SmallVector<Value>> tiled =
          tileQueries(builder, finish, queriesPerTile(empty, rows, halfRows),
                      results, others);
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
