#include "dialect/variants/Tiles.h"
#include "lowering/DocumentSpans.h"
#include "lowering/Passes.h"
#include "lowering/TileChunk.h"
#include "lowering/TileReads.h"
#include "passes/AttendForms.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_CHUNKTOKENS
#include "lowering/Passes.h.inc"

namespace {

/// A stretch of tokens that knows no other: all there are, or a document.
struct Stretch {
  Value firstRow, lastRow; ///< of queries; the last is behind them
  Value firstKey, lastKey;
  Value
      shift; ///< from the number of a query to that of the key at its position
};

/// The loops of one head of one batch row.
class HeadLoops {
public:
  HeadLoops(OpBuilder &builder, AttendOp op, int64_t tokens, Value batch,
            Value head)
      : b(builder), loc(op.getLoc()), op(op),
        variant(cast<ChunkedVariantInterface>(op.getVariant())),
        shape(memoryShape(op, tokens)), batch(batch), head(head) {}

  /// Writes what the queries of a stretch yield into `output` `[rows, e]`.
  Value emit(const Stretch &stretch, Value output);

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  Value add(Value x, Value y) {
    return b.createOrFold<arith::AddIOp>(loc, x, y);
  }
  Value sub(Value x, Value y) {
    return b.createOrFold<arith::SubIOp>(loc, x, y);
  }

private:
  Value smaller(Value x, Value y) {
    return b.createOrFold<arith::MinSIOp>(loc, x, y);
  }
  Value clamp(Value x, Value least, Value most) {
    return smaller(b.createOrFold<arith::MaxSIOp>(loc, x, least), most);
  }
  Value chunks(Value count);
  Step step(Value row, Value key, Value end, ValueRange memory);
  Value write(Value tile, Value output, Value row, Value end);
  Value emitUnseeing(Value from, Value to, Value output);
  State emitLead(Value from, Value to);
  Value emitQueries(const Stretch &stretch, Value from, Value inside,
                    Value output, State memory);

  OpBuilder &b;
  Location loc;
  AttendOp op;
  ChunkedVariantInterface variant;
  MemoryShape shape;
  Value batch, head;
};

} // namespace

/// How many chunks `count` tokens are.
Value HeadLoops::chunks(Value count) {
  return b.createOrFold<arith::CeilDivSIOp>(loc, count, index(shape.tokens));
}

Step HeadLoops::step(Value row, Value key, Value end, ValueRange memory) {
  TileChunk chunk(b, op, shape, {batch, head, row, key, end});
  return variant.step(chunk, memory);
}

/// Writes the rows of a tile before `end` into `output` from `row` on.
Value HeadLoops::write(Value tile, Value output, Value row, Value end) {
  auto type = cast<RankedTensorType>(output.getType());
  Value count = smaller(sub(end, row), index(shape.tokens));
  SmallVector<OpFoldResult> offsets{row, b.getIndexAttr(0)},
      sizes{count, b.getIndexAttr(type.getDimSize(1))},
      strides(2, b.getIndexAttr(1));
  Value place =
      tensor::ExtractSliceOp::create(b, loc, output, offsets, sizes, strides);
  tile = castTile(b, loc, tile, type.getElementType());
  bool fits =
      cast<VectorType>(tile.getType()).getDimSize(1) == type.getDimSize(1);
  Value filled = vector::TransferWriteOp::create(b, loc, tile, place,
                                                 ValueRange{index(0), index(0)},
                                                 ArrayRef<bool>{false, fits})
                     .getResult();
  return tensor::InsertSliceOp::create(b, loc, filled, output, offsets, sizes,
                                       strides);
}

/// Queries before the first key see nothing.
Value HeadLoops::emitUnseeing(Value from, Value to, Value output) {
  Value zeros = splat(
      b, loc, VectorType::get({shape.tokens, shape.columns}, shape.type), 0);
  auto loop = scf::ForOp::create(b, loc, from, to, index(shape.tokens),
                                 ValueRange{output});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  scf::YieldOp::create(
      b, loc,
      write(zeros, loop.getRegionIterArgs()[0], loop.getInductionVar(), to));
  return loop.getResult(0);
}

/// The memory after keys that come before all queries, or that all see.
State HeadLoops::emitLead(Value from, Value to) {
  auto loop = scf::ForOp::create(b, loc, from, to, index(shape.tokens),
                                 variant.emptyMemory(b, loc, shape));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Step next =
      step(index(0), loop.getInductionVar(), to, loop.getRegionIterArgs());
  scf::YieldOp::create(b, loc, next.memory);
  return State(loop.getResults());
}

/// Chunks of queries at keys, up to row `inside`, then chunks behind all keys.
Value HeadLoops::emitQueries(const Stretch &stretch, Value from, Value inside,
                             Value output, State memory) {
  SmallVector<Value> state{output};
  llvm::append_range(state, memory);
  Value before = chunks(sub(inside, from)),
        after = chunks(sub(stretch.lastRow, inside));
  auto loop =
      scf::ForOp::create(b, loc, index(0), add(before, after), index(1), state);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value number = loop.getInductionVar();
  Value isInside =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, number, before);
  auto choose = [&](Value yes, Value no) -> Value {
    return arith::SelectOp::create(b, loc, isInside, yes, no);
  };
  auto at = [&](Value first, Value count) {
    return add(first,
               b.createOrFold<arith::MulIOp>(loc, count, index(shape.tokens)));
  };
  Value row = choose(at(from, number), at(inside, sub(number, before)));
  Value end = choose(inside, stretch.lastRow);
  Value key = choose(add(row, stretch.shift), stretch.lastKey);
  Step next =
      step(row, key, stretch.lastKey, loop.getRegionIterArgs().drop_front());
  SmallVector<Value> yielded{
      write(next.output, loop.getRegionIterArgs()[0], row, end)};
  llvm::append_range(yielded, next.memory);
  scf::YieldOp::create(b, loc, yielded);
  return loop.getResult(0);
}

Value HeadLoops::emit(const Stretch &s, Value output) {
  if (!op.getMask()) {
    State memory = emitLead(s.firstKey, s.lastKey);
    return emitQueries(s, s.firstRow, s.firstRow, output, memory);
  }
  Value before = clamp(sub(s.firstKey, s.shift), s.firstRow, s.lastRow);
  Value lead = clamp(add(s.firstRow, s.shift), s.firstKey, s.lastKey);
  Value inside = clamp(sub(s.lastKey, s.shift), before, s.lastRow);
  output = emitUnseeing(s.firstRow, before, output);
  State memory = emitLead(s.firstKey, lead);
  return emitQueries(s, before, inside, output, memory);
}

//===- all heads ----------------------------------------------------------===//

/// The number of query 0's key: the last query is at the last key, or query 0
/// is at the offset.
static Value shiftOf(OpBuilder &b, AttendOp op, Value batch, Value queries,
                     Value keys) {
  Location loc = op.getLoc();
  if (!op.getOffset())
    return b.createOrFold<arith::SubIOp>(loc, keys, queries);
  return arith::IndexCastOp::create(
      b, loc, b.getIndexType(),
      tensor::ExtractOp::create(b, loc, op.getOffset(), batch));
}

/// One stretch for each document; `documents` is how many there are.
static Value emitDocuments(OpBuilder &b, HeadLoops &loops, AttendOp op,
                           Value documents, Value output) {
  Location loc = op.getLoc();
  Value zero = loops.index(0), one = loops.index(1);
  auto loop =
      scf::ForOp::create(b, loc, zero, documents, one, ValueRange{output});
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  auto start = [&](Value at) -> Value {
    return arith::IndexCastOp::create(
        b, loc, b.getIndexType(),
        tensor::ExtractOp::create(b, loc, op.getDocuments(), at));
  };
  Value first = start(loop.getInductionVar()),
        last = start(loops.add(loop.getInductionVar(), one));
  Value filled =
      loops.emit({first, last, first, last, zero}, loop.getRegionIterArgs()[0]);
  scf::YieldOp::create(b, loc, filled);
  return loop.getResult(0);
}

/// Where the output of a head is in that of all: `[batch, heads, queries, e]`,
/// or `[batch, queries, heads * e]` if heads are merged.
static void placeOfHead(OpBuilder &b, AttendOp op, bool merges, Value batch,
                        Value head, OpFoldResult queries,
                        SmallVector<OpFoldResult> &offsets,
                        SmallVector<OpFoldResult> &sizes) {
  int64_t columns = op.getOutput().getType().getDimSize(3);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1),
               width = b.getIndexAttr(columns);
  if (!merges) {
    offsets = {batch, head, zero, zero};
    sizes = {one, one, queries, width};
    return;
  }
  Value column = b.createOrFold<arith::MulIOp>(
      op.getLoc(), head,
      arith::ConstantIndexOp::create(b, op.getLoc(), columns));
  offsets = {batch, zero, column};
  sizes = {one, queries, width};
}

/// One task for each head of each batch row.
static void chunk(AttendOp op, int64_t tokens) {
  OpBuilder b(op);
  Location loc = op.getLoc();
  RankedTensorType type = op.getOutput().getType();
  auto merge = op.getOutput().hasOneUse()
                   ? dyn_cast<MergeHeadsOp>(*op.getOutput().getUsers().begin())
                   : MergeHeadsOp();
  OpFoldResult batches = tensor::getMixedSize(b, loc, op.getQuery(), 0),
               queries = tensor::getMixedSize(b, loc, op.getQuery(), 2),
               heads = b.getIndexAttr(type.getDimSize(1)),
               columns = b.getIndexAttr(type.getDimSize(3));
  Value rows = getValueOrCreateConstantIndexOp(b, loc, queries);
  Value keys = b.createOrFold<tensor::DimOp>(loc, op.getKey(), 2);
  Value documents;
  if (op.getDocuments())
    documents = countDocuments(b, loc, op.getDocuments(), rows);
  SmallVector<OpFoldResult> whole{batches, heads, queries, columns};
  if (merge)
    whole = {batches, queries,
             b.getIndexAttr(type.getDimSize(1) * type.getDimSize(3))};
  Value empty = tensor::EmptyOp::create(b, loc, whole, type.getElementType());
  auto loop =
      scf::ForallOp::create(b, loc, ArrayRef<OpFoldResult>{batches, heads},
                            ValueRange{empty}, std::nullopt);
  Value batch = loop.getInductionVar(0), head = loop.getInductionVar(1);
  Value output = loop.getRegionIterArgs()[0];
  b.setInsertionPointToStart(loop.getBody());
  SmallVector<OpFoldResult> offsets, sizes;
  placeOfHead(b, op, bool(merge), batch, head, queries, offsets, sizes);
  SmallVector<OpFoldResult> strides(offsets.size(), b.getIndexAttr(1));
  auto ofHead = RankedTensorType::get({type.getDimSize(2), type.getDimSize(3)},
                                      type.getElementType());
  Value mine = tensor::ExtractSliceOp::create(b, loc, ofHead, output, offsets,
                                              sizes, strides);
  HeadLoops loops(b, op, tokens, batch, head);
  Value zero = loops.index(0);
  Value filled = documents ? emitDocuments(b, loops, op, documents, mine)
                           : loops.emit({zero, rows, zero, keys,
                                         shiftOf(b, op, batch, rows, keys)},
                                        mine);
  b.setInsertionPointToEnd(loop.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(b, loc, filled, output, offsets, sizes,
                                        strides);
  (merge ? Value(merge.getOutput()) : Value(op.getOutput()))
      .replaceAllUsesWith(loop.getResult(0));
  if (merge)
    merge.erase();
  op.erase();
}

/// Whether queries see their past, or all there is.
static bool seesWithoutGaps(AttendOp op) {
  MaskInterface mask = op.getMaskAttr();
  return isa<ChunkedVariantInterface>(op.getVariant()) &&
         (!mask || isa<CausalMaskAttr>(mask));
}

namespace {
struct ChunkTokens : impl::ChunkTokensBase<ChunkTokens> {
  using ChunkTokensBase::ChunkTokensBase;
  void runOnOperation() override {
    SmallVector<AttendOp> ops;
    getOperation().walk([&](AttendOp op) {
      if (seesWithoutGaps(op))
        ops.push_back(op);
    });
    for (AttendOp op : ops) {
      if (failed(requireStatic(op)))
        return signalPassFailure();
      chunk(op, tokens);
    }
  }
};
} // namespace

} // namespace attention
