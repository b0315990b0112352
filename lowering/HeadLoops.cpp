#include "lowering/HeadLoops.h"
#include "dialect/variants/Tiles.h"
#include "lowering/TileReads.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <utility>

using namespace mlir;

namespace attention {

Value shiftOf(OpBuilder &b, AttendOp op, Value batch, Value queries,
              Value keys) {
  Location loc = op.getLoc();
  if (!op.getOffset())
    return b.createOrFold<arith::SubIOp>(loc, keys, queries);
  return arith::IndexCastOp::create(
      b, loc, b.getIndexType(),
      tensor::ExtractOp::create(b, loc, op.getOffset(), batch));
}

/// How many chunks `count` tokens are.
Value HeadLoops::chunks(Value count) {
  return b.createOrFold<arith::CeilDivSIOp>(loc, count, index(shape.tokens));
}

Step HeadLoops::step(const ChunkPlace &place, ValueRange memory) {
  TileChunk chunk(b, op, shape, place);
  return op.variant.step(chunk, memory);
}

/// The output, up to row `end`, and the memory after a chunk, from those before
/// it. Where chunks of leading keys come here, which write no rows, it is known
/// before what is written, and the rest need not be computed.
SmallVector<Value> HeadLoops::advance(const ChunkPlace &place, Value end,
                                      ValueRange state) {
  tensor::ExtractSliceOp rows;
  if (rounds)
    rows = outputRows(state.front(), place.row, end);
  Step next = step(place, state.drop_front());
  if (!rows)
    rows = outputRows(state.front(), place.row, end);
  SmallVector<Value> after{write(next.output, rows, /*isWhole=*/!end)};
  llvm::append_range(after, next.memory);
  return after;
}

/// The rows of a tile of `output` from `row` on that are before `end` (all, for
/// null).
tensor::ExtractSliceOp HeadLoops::outputRows(Value output, Value row,
                                             Value end) {
  auto type = cast<RankedTensorType>(output.getType());
  OpFoldResult count = b.getIndexAttr(shape.tokens);
  if (end)
    count = smaller(sub(end, row), index(shape.tokens));
  if (origin)
    row = sub(row, origin);
  SmallVector<OpFoldResult> offsets{row, b.getIndexAttr(0)},
      sizes{count, b.getIndexAttr(type.getDimSize(1))},
      strides(2, b.getIndexAttr(1));
  return tensor::ExtractSliceOp::create(b, loc, output, offsets, sizes,
                                        strides);
}

/// Writes a tile into these rows of the output. `isWhole`: there are as many.
Value HeadLoops::write(Value tile, tensor::ExtractSliceOp rows, bool isWhole) {
  RankedTensorType type = rows.getSourceType();
  tile = castTile(b, loc, tile, type.getElementType());
  bool fits =
      cast<VectorType>(tile.getType()).getDimSize(1) == type.getDimSize(1);
  Value filled = vector::TransferWriteOp::create(b, loc, tile, rows,
                                                 ValueRange{index(0), index(0)},
                                                 ArrayRef<bool>{isWhole, fits})
                     .getResult();
  return tensor::InsertSliceOp::create(
      b, loc, filled, rows.getSource(), rows.getMixedOffsets(),
      rows.getMixedSizes(), rows.getMixedStrides());
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
      write(zeros,
            outputRows(loop.getRegionIterArgs()[0], loop.getInductionVar(), to),
            /*isWhole=*/false));
  return loop.getResult(0);
}

/// The memory after keys that come before all queries, or that all see.
State HeadLoops::emitKeys(Value from, Value to, ValueRange memory) {
  auto loop = scf::ForOp::create(b, loc, from, to, index(shape.tokens), memory);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Step next = step({batch, head, index(0), loop.getInductionVar(), to,
                    /*isWhole=*/false},
                   loop.getRegionIterArgs());
  scf::YieldOp::create(b, loc, next.memory);
  return State(loop.getResults());
}

/// Chunks of queries at keys that are all there.
SmallVector<Value> HeadLoops::emitWholeChunks(const Stretch &stretch,
                                              Value from, Value count,
                                              ValueRange state) {
  auto loop = scf::ForOp::create(b, loc, index(0), count, index(1), state);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value row = rowOf(from, loop.getInductionVar());
  scf::YieldOp::create(b, loc,
                       advance({batch, head, row, add(row, stretch.shift),
                                stretch.lastKey, /*isWhole=*/true},
                               /*end=*/{}, loop.getRegionIterArgs()));
  return SmallVector<Value>(loop.getResults());
}

/// Chunks that are not whole, by number: in the first round leading ones, whose
/// queries are none, then the last inside and those behind all keys.
SmallVector<Value> HeadLoops::emitRaggedChunks(const Stretch &stretch,
                                               const QuerySpan &span,
                                               Value isLead, Value from,
                                               Value to, ValueRange state) {
  Value before = chunksInside(span);
  auto loop = scf::ForOp::create(b, loc, from, to, index(1), state);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value number = loop.getInductionVar();
  Value isInside =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, number, before);
  Value row = choose(isInside, rowOf(span.from, number),
                     rowOf(span.inside, sub(number, before)));
  Value end = choose(isInside, span.inside, stretch.lastRow);
  Value key = choose(isInside, add(row, stretch.shift), stretch.lastKey);
  Value lastKey = stretch.lastKey;
  if (isLead) {
    row = choose(isLead, stretch.lastRow, row);
    end = choose(isLead, stretch.lastRow, end);
    key = choose(isLead, rowOf(stretch.firstKey, number), key);
    lastKey = choose(isLead, span.lead, lastKey);
  }
  scf::YieldOp::create(
      b, loc,
      advance({batch, head, row, key, lastKey, /*isWhole=*/false}, end,
              loop.getRegionIterArgs()));
  return SmallVector<Value>(loop.getResults());
}

/// Leading keys, chunks of queries at keys, then chunks behind all keys. Where
/// there may be leading ones, these are two rounds of the same loops, whose
/// code would else be there twice.
SmallVector<Value> HeadLoops::emitQueries(const Stretch &stretch,
                                          const QuerySpan &span, Value output,
                                          ValueRange memory) {
  SmallVector<Value> state{output};
  llvm::append_range(state, memory);
  Value whole = b.createOrFold<arith::DivSIOp>(loc, sub(span.inside, span.from),
                                               index(shape.tokens));
  auto all = [&] {
    return add(chunksInside(span), chunks(sub(stretch.lastRow, span.inside)));
  };
  if (isEqualConstantIntOrValue(span.lead, stretch.firstKey)) {
    state = emitWholeChunks(stretch, span.from, whole, state);
    return emitRaggedChunks(stretch, span, /*isLead=*/{}, whole, all(), state);
  }
  Value leading = chunks(sub(span.lead, stretch.firstKey));
  auto twice = scf::ForOp::create(b, loc, index(0), index(2), index(1), state);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(twice.getBody());
  Value isLead = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                       twice.getInductionVar(), index(0));
  state = emitRaggedChunks(
      stretch, span, isLead, choose(isLead, index(0), whole),
      choose(isLead, leading, all()), twice.getRegionIterArgs());
  scf::YieldOp::create(b, loc,
                       emitWholeChunks(stretch, span.from,
                                       choose(isLead, whole, index(0)), state));
  return SmallVector<Value>(twice.getResults());
}

/// One token, as a chunk of its own.
SmallVector<Value> HeadLoops::emitToken(Value output, ValueRange memory) {
  int64_t tokens = std::exchange(shape.tokens, 1);
  SmallVector<Value> state{output};
  llvm::append_range(state, memory);
  state = advance({batch, head, index(0), index(0), index(1), /*isWhole=*/true},
                  /*end=*/{}, state);
  shape.tokens = tokens;
  return state;
}

SmallVector<Value> HeadLoops::goOn(Value rows, Value output,
                                   ValueRange memory) {
  Value zero = index(0);
  Stretch all{zero, rows, zero, rows, zero};
  QuerySpan span{zero, zero, rows};
  if (!loneTokens)
    return emitQueries(all, span, output, memory);
  Value isOne =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, rows, index(1));
  auto either = scf::IfOp::create(
      b, loc, isOne,
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(b, loc, emitToken(output, memory));
      },
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(b, loc, emitQueries(all, span, output, memory));
      });
  return SmallVector<Value>(either.getResults());
}

State HeadLoops::summarize(ScannedVariantInterface variant, Value from,
                           Value to) {
  State summary = variant.emptySummary(b, loc, shape);
  Value whole = rowOf(from, b.createOrFold<arith::DivSIOp>(
                                loc, sub(to, from), index(shape.tokens)));
  for (bool isWhole : {true, false}) {
    auto loop =
        scf::ForOp::create(b, loc, isWhole ? from : whole, isWhole ? whole : to,
                           index(shape.tokens), summary);
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(loop.getBody());
    TileChunk chunk(
        b, op, shape,
        {batch, head, index(0), loop.getInductionVar(), to, isWhole});
    scf::YieldOp::create(b, loc,
                         variant.summarize(chunk, loop.getRegionIterArgs()));
    summary = State(loop.getResults());
  }
  return summary;
}

Value HeadLoops::emit(const Stretch &s, bool isCausal, Value output,
                      ValueRange past) {
  if (!isCausal) {
    State memory = emitKeys(s.firstKey, s.lastKey, past);
    return emitQueries(s, {s.firstKey, s.firstRow, s.firstRow}, output, memory)
        .front();
  }
  Value before = clamp(sub(s.firstKey, s.shift), s.firstRow, s.lastRow);
  Value lead = clamp(add(s.firstRow, s.shift), s.firstKey, s.lastKey);
  Value inside = clamp(sub(s.lastKey, s.shift), before, s.lastRow);
  output = emitUnseeing(s.firstRow, before, output);
  State memory(past);
  if (!rounds) {
    memory = emitKeys(s.firstKey, lead, past);
    lead = s.firstKey;
  }
  return emitQueries(s, {lead, before, inside}, output, memory).front();
}

} // namespace attention
