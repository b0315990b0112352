#include "dialect/variants/Tiles.h"
#include "lowering/HeadLoops.h"
#include "lowering/Passes.h"
#include "lowering/TaskParts.h"
#include "passes/AttendForms.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_SCANTOKENS
#include "lowering/Passes.h.inc"

namespace {
/// How a scan cuts.
struct SpanSizes {
  int64_t tokens; ///< of a span, at least
  int64_t tasks;  ///< of all heads together, at most
};

/// The three parallel loops of one `attend`.
class Scan {
public:
  Scan(OpBuilder &builder, AttendOp op, const TokenOperands &operands,
       int64_t tokens, const SpanSizes &sizes, bool rounds);

  void emit() { readSpans(composeSpans(summarizeSpans())); }

private:
  SmallVector<Value> summarizeSpans();
  SmallVector<Value> composeSpans(ValueRange summaries);
  void readSpans(ValueRange memories);

  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  }
  template <typename Op> Value fold(Value x, Value y) {
    return b.createOrFold<Op>(loc, x, y);
  }
  Value clamp(Value x, Value most) {
    return fold<arith::MinSIOp>(fold<arith::MaxSIOp>(x, index(0)), most);
  }
  Value countSpans(const SpanSizes &sizes);
  Value lengthOfSpan(Value tokens);
  Stretch spanOf(Value batch, Value span);
  SmallVector<Value> buffers(TypeRange parts);
  SmallVector<Value> composeSpansOf(Value batch, Value head,
                                    ValueRange summariesOfSpans,
                                    ValueRange places);
  State memoryBefore(ValueRange memories, ValueRange task);
  State noPast() {
    return variant.emptyMemory(b, loc, memoryShape(operands, tokens));
  }
  scf::ForallOp tasks(ArrayRef<OpFoldResult> counts, ValueRange shared);

  OpBuilder &b;
  AttendOp op;
  Location loc;
  int64_t tokens;
  TokenOperands operands;
  ScannedVariantInterface variant;
  HeadOutput output;
  bool isCausal;
  Value rows, keys, spans;
  bool rounds; ///< as for HeadLoops
  Value summaries; ///< of how many spans: no query looks back on the last
  SmallVector<Type> summaryTypes;
};
} // namespace

Scan::Scan(OpBuilder &builder, AttendOp op, const TokenOperands &operands,
           int64_t tokens, const SpanSizes &sizes, bool rounds)
    : b(builder), op(op), loc(op.getLoc()), tokens(tokens), operands(operands),
      variant(cast<ScannedVariantInterface>(op.getVariant())),
      output(builder, this->operands, op.getOutput()), isCausal(op.getMask()),
      rounds(rounds) {
  rows = getValueOrCreateConstantIndexOp(b, loc, output.queries);
  keys = b.createOrFold<tensor::DimOp>(loc, op.getKey(), 2);
  spans = countSpans(sizes);
  summaries = isCausal ? fold<arith::SubIOp>(spans, index(1)) : spans;
}

/// As many as make no more tasks than are wanted, none shorter than it may be.
Value Scan::countSpans(const SpanSizes &sizes) {
  auto value = [&](OpFoldResult count) {
    return getValueOrCreateConstantIndexOp(b, loc, count);
  };
  Value sequences =
      fold<arith::MulIOp>(value(output.batches), value(output.heads));
  Value wanted = fold<arith::DivSIOp>(
      index(sizes.tasks), fold<arith::MaxSIOp>(sequences, index(1)));
  Value possible = fold<arith::DivSIOp>(fold<arith::MaxSIOp>(rows, keys),
                                        index(sizes.tokens));
  return fold<arith::MaxSIOp>(fold<arith::MinSIOp>(wanted, possible), index(1));
}

/// Whole chunks, so that all spans together hold `count` tokens.
Value Scan::lengthOfSpan(Value count) {
  Value chunks = fold<arith::CeilDivSIOp>(
      fold<arith::CeilDivSIOp>(count, spans), index(tokens));
  return fold<arith::MulIOp>(chunks, index(tokens));
}

/// The tokens at the positions of a span; without a mask its share of the keys
/// and, for another loop, of the queries.
Stretch Scan::spanOf(Value batch, Value span) {
  Value shift = shiftOf(b, op, batch, rows, keys);
  auto cut = [&](Value from, Value length, Value count) {
    Value first = fold<arith::AddIOp>(from, fold<arith::MulIOp>(span, length));
    return std::pair(clamp(first, count),
                     clamp(fold<arith::AddIOp>(first, length), count));
  };
  Value zero = index(0);
  if (!isCausal) {
    auto [firstRow, lastRow] = cut(zero, lengthOfSpan(rows), rows);
    auto [firstKey, lastKey] = cut(zero, lengthOfSpan(keys), keys);
    return {firstRow, lastRow, firstKey, lastKey, shift};
  }
  // As numbers of keys.
  Value begin = fold<arith::MinSIOp>(shift, zero),
        end = fold<arith::MaxSIOp>(keys, fold<arith::AddIOp>(rows, shift));
  Value length = lengthOfSpan(fold<arith::SubIOp>(end, begin));
  auto [firstKey, lastKey] = cut(begin, length, keys);
  if (isConstantIntValue(shift, 0)) // Each query is a key.
    return {firstKey, lastKey, firstKey, lastKey, shift};
  auto [firstRow, lastRow] =
      cut(fold<arith::SubIOp>(begin, shift), length, rows);
  return {firstRow, lastRow, firstKey, lastKey, shift};
}

scf::ForallOp Scan::tasks(ArrayRef<OpFoldResult> counts, ValueRange shared) {
  auto loop = scf::ForallOp::create(b, loc, counts, shared, std::nullopt);
  b.setInsertionPoint(loop.getTerminator());
  return loop;
}

/// A tensor for each part of all states that lie between spans.
SmallVector<Value> Scan::buffers(TypeRange parts) {
  SmallVector<Value> result;
  for (Type part : parts) {
    SmallVector<OpFoldResult> sizes{output.batches, output.heads,
                                    OpFoldResult(summaries)};
    if (auto tile = dyn_cast<VectorType>(part))
      for (int64_t size : tile.getShape())
        sizes.push_back(b.getIndexAttr(size));
    result.push_back(
        tensor::EmptyOp::create(b, loc, sizes, getElementTypeOrSelf(part)));
  }
  return result;
}

/// What the keys of each span do to a memory, span by span in parallel.
SmallVector<Value> Scan::summarizeSpans() {
  OpBuilder::InsertionGuard guard(b);
  summaryTypes = llvm::to_vector(
      ValueRange(variant.emptySummary(b, loc, memoryShape(operands, tokens)))
          .getTypes());
  auto loop = tasks({output.batches, output.heads, OpFoldResult(summaries)},
                    buffers(summaryTypes));
  SmallVector<Value> task(loop.getInductionVars());
  HeadLoops loops(b, operands, tokens, task[0], task[1]);
  Stretch span = spanOf(task[0], task[2]);
  State summary = loops.summarize(variant, span.firstKey, span.lastKey);
  SmallVector<FilledPart> parts;
  for (auto [part, shared] : llvm::zip(summary, loop.getRegionIterArgs()))
    parts.push_back(writePart(b, loc, part, shared, task));
  leaveParts(b, loop, parts);
  return SmallVector<Value>(loop.getResults());
}

/// Writes the memory after each span of a head into `places`.
SmallVector<Value> Scan::composeSpansOf(Value batch, Value head,
                                        ValueRange summariesOfSpans,
                                        ValueRange places) {
  State state(places), memory = noPast();
  state.append(memory);
  auto loop = scf::ForOp::create(b, loc, index(0), summaries, index(1), state);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value span = loop.getInductionVar(), zero = index(0);
  State summary, after;
  for (auto [shared, type] : llvm::zip(summariesOfSpans, summaryTypes))
    summary.push_back(
        readPart(b, loc, shared, {batch, head, span}, splat(b, loc, type, 0)));
  memory = variant.apply(
      b, loc, loop.getRegionIterArgs().take_back(memory.size()), summary);
  for (auto [part, place] : llvm::zip(memory, loop.getRegionIterArgs()))
    after.push_back(put(b, loc, part, place, {zero, zero, span}));
  after.append(memory);
  scf::YieldOp::create(b, loc, after);
  return SmallVector<Value>(loop.getResults().take_front(places.size()));
}

/// The memory of each head after every span, one after another.
SmallVector<Value> Scan::composeSpans(ValueRange summariesOfSpans) {
  OpBuilder::InsertionGuard guard(b);
  // No tasks where there is one span.
  Value some = b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::sgt,
                                             summaries, index(0));
  Value batches = b.createOrFold<arith::SelectOp>(
      loc, some, getValueOrCreateConstantIndexOp(b, loc, output.batches),
      index(0));
  auto loop = tasks({OpFoldResult(batches), output.heads},
                    buffers(ValueRange(noPast()).getTypes()));
  Value batch = loop.getInductionVar(0), head = loop.getInductionVar(1);
  SmallVector<FilledPart> parts;
  SmallVector<Value> places;
  for (Value shared : loop.getRegionIterArgs()) {
    Place place = placeOf(b, loc, shared, {batch, head});
    places.push_back(tensor::ExtractSliceOp::create(
        b, loc, shared, place.offsets, place.sizes, place.strides));
    parts.push_back({Value(), place});
  }
  for (auto [part, filled] :
       llvm::zip(parts, composeSpansOf(batch, head, summariesOfSpans, places)))
    part.filled = filled;
  leaveParts(b, loop, parts);
  return SmallVector<Value>(loop.getResults());
}

/// What the tokens of earlier spans left, or without a mask all keys.
State Scan::memoryBefore(ValueRange memories, ValueRange task) {
  State none = noPast();
  auto after = [&](Value span) {
    State memory;
    for (auto [shared, padding] : llvm::zip(memories, none))
      memory.push_back(
          readPart(b, loc, shared, {task[0], task[1], span}, padding));
    return memory;
  };
  auto before = [&](Value span) { return fold<arith::SubIOp>(span, index(1)); };
  if (!isCausal)
    return after(before(spans));
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                        task[2], index(0));
  auto either = scf::IfOp::create(
      b, loc, isFirst,
      [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, none); },
      [&](OpBuilder &, Location) {
        scf::YieldOp::create(b, loc, after(before(task[2])));
      });
  return State(either.getResults());
}

/// What the queries of each span yield, span by span in parallel.
void Scan::readSpans(ValueRange memories) {
  auto loop = tasks({output.batches, output.heads, OpFoldResult(spans)},
                    output.empty());
  SmallVector<Value> task(loop.getInductionVars());
  Stretch span = spanOf(task[0], task[2]);
  Place place = output.rows(task[0], task[1], span.firstRow,
                            fold<arith::SubIOp>(span.lastRow, span.firstRow));
  Value mine = output.slice(loop.getRegionIterArgs().front(), place);
  HeadLoops loops(b, operands, tokens, task[0], task[1]);
  loops.origin = span.firstRow;
  loops.rounds = rounds;
  if (!isCausal) {
    span.firstKey = span.lastKey;
  } else if (span.lastRow != span.lastKey) {
    // Keys that no query of the span sees are done with.
    Value some = b.createOrFold<arith::CmpIOp>(loc, arith::CmpIPredicate::slt,
                                               span.firstRow, span.lastRow);
    span.lastKey =
        b.createOrFold<arith::SelectOp>(loc, some, span.lastKey, span.firstKey);
  }
  Value filled = loops.emit(span, isCausal, mine, memoryBefore(memories, task));
  leaveParts(b, loop, {{filled, place}});
  output.replaceBy(loop.getResult(0));
  op.erase();
}

//===- the pass -----------------------------------------------------------===//

namespace {
struct ScanTokens : impl::ScanTokensBase<ScanTokens> {
  using ScanTokensBase::ScanTokensBase;

  void runOnOperation() override {
    SmallVector<AttendOp> ops;
    getOperation().walk([&](AttendOp op) {
      if (formOf(op) == Form::Scan)
        ops.push_back(op);
    });
    for (AttendOp op : ops)
      if (failed(scan(op)))
        return signalPassFailure();
  }

  LogicalResult scan(AttendOp op) {
    if (!hasSpans(op))
      return op.emitOpError("expects what a scan can cut into spans: a variant "
                            "with summaries, causal or without a mask, and no "
                            "documents");
    if (failed(requireStatic(op)))
      return failure();
    // Loops that never run would write where there is nothing.
    if (llvm::is_contained(op.getOutput().getType().getShape(), 0)) {
      op->setAttr(formAttr,
                  StringAttr::get(op.getContext(), nameOf(Form::Chunked)));
      return success();
    }
    OpBuilder b(op);
    ChunkLimits limits{tokens, bytes, columns};
    TokenOperands operands(op);
    operands.splitColumns(limits);
    Scan(b, op, operands, operands.tokensOf(limits), {span, tasks}, rounds)
        .emit();
    return success();
  }
};
} // namespace

} // namespace attention
