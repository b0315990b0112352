#include "lowering/DocumentSpans.h"
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

#define GEN_PASS_DEF_CHUNKTOKENS
#include "lowering/Passes.h.inc"

//===- all heads ----------------------------------------------------------===//

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
      loops.emit({first, last, first, last, zero}, bool(op.getMask()),
                 loop.getRegionIterArgs()[0], loops.emptyMemory());
  scf::YieldOp::create(b, loc, filled);
  return loop.getResult(0);
}

namespace {
/// A parallel loop with one task for each head of each batch row, which fills
/// its part of the output and of the memory that is kept.
class HeadTasks {
public:
  /// `output` is the result to replace; `kept` the memory, or nothing.
  HeadTasks(OpBuilder &builder, const TokenOperands &op, Value output,
            ValueRange kept);

  /// The memory of this task's head, in tiles, padded with what no past
  /// leaves.
  State readMemory(ValueRange noPast);
  /// What this task leaves.
  void yield(Value filled, ValueRange memory);
  /// What all tasks leave, in place of results.
  void replace(ResultRange results);

  scf::ForallOp loop;
  Value batch, head, rows;
  Value mine; ///< this head's part of the output. `[rows, e]`

private:
  OpBuilder &b;
  Location loc;
  HeadOutput output;
  Place place;
};
} // namespace

HeadTasks::HeadTasks(OpBuilder &builder, const TokenOperands &op, Value result,
                     ValueRange kept)
    : b(builder), loc(op.loc), output(builder, op, result) {
  rows = getValueOrCreateConstantIndexOp(b, loc, output.queries);
  SmallVector<Value> shared{output.empty()};
  llvm::append_range(shared, kept);
  loop = scf::ForallOp::create(
      b, loc, ArrayRef<OpFoldResult>{output.batches, output.heads}, shared,
      std::nullopt);
  batch = loop.getInductionVar(0);
  head = loop.getInductionVar(1);
  b.setInsertionPointToStart(loop.getBody());
  place = output.rows(batch, head, b.getIndexAttr(0), output.queries);
  mine = output.slice(loop.getRegionIterArgs().front(), place);
}

State HeadTasks::readMemory(ValueRange noPast) {
  State memory;
  for (auto [part, none] :
       llvm::zip(loop.getRegionIterArgs().drop_front(), noPast))
    memory.push_back(readPart(b, loc, part, {batch, head}, none));
  return memory;
}

void HeadTasks::yield(Value filled, ValueRange memory) {
  SmallVector<FilledPart> parts{{filled, place}};
  for (auto [part, shared] :
       llvm::zip(memory, loop.getRegionIterArgs().drop_front()))
    parts.push_back(writePart(b, loc, part, shared, {batch, head}));
  leaveParts(b, loop, parts);
}

void HeadTasks::replace(ResultRange results) {
  output.replaceBy(loop.getResult(0));
  for (auto [result, kept] :
       llvm::zip(results.drop_front(), loop.getResults().drop_front()))
    result.replaceAllUsesWith(kept);
  results.front().getOwner()->erase();
}

/// Loops that never run would write where there is nothing.
static bool isEmpty(RankedTensorType type) {
  return llvm::is_contained(type.getShape(), 0);
}

static void chunk(AttendOp op, const ChunkLimits &limits) {
  OpBuilder b(op);
  if (RankedTensorType type = op.getOutput().getType(); isEmpty(type)) {
    SmallVector<Value> sizes;
    for (int64_t dim : {0, 2})
      if (type.isDynamicDim(dim))
        sizes.push_back(
            tensor::DimOp::create(b, op.getLoc(), op.getQuery(), dim));
    op.getOutput().replaceAllUsesWith(
        tensor::EmptyOp::create(b, op.getLoc(), type, sizes).getResult());
    op.erase();
    return;
  }
  TokenOperands operands(op);
  operands.splitColumns(limits);
  Value keys = b.createOrFold<tensor::DimOp>(op.getLoc(), op.getKey(), 2);
  Value documents;
  if (op.getDocuments())
    documents = countDocuments(
        b, op.getLoc(), op.getDocuments(),
        b.createOrFold<tensor::DimOp>(op.getLoc(), op.getQuery(), 2));
  HeadTasks tasks(b, operands, op.getOutput(), {});
  HeadLoops loops(b, operands, operands.tokensOf(limits), tasks.batch,
                  tasks.head);
  loops.rounds = limits.rounds;
  Value zero = loops.index(0);
  Value filled =
      documents
          ? emitDocuments(b, loops, op, documents, tasks.mine)
          : loops.emit({zero, tasks.rows, zero, keys,
                        shiftOf(b, op, tasks.batch, tasks.rows, keys)},
                       bool(op.getMask()), tasks.mine, loops.emptyMemory());
  tasks.yield(filled, {});
  tasks.replace(op->getResults());
}

/// The memory that was kept, or that of no past.
static State memoryAfter(OpBuilder &b, ContinueOp op, HeadTasks &tasks,
                         HeadLoops &loops) {
  Location loc = op.getLoc();
  Value isFirst = arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                                        op.getPast(), loops.index(0));
  State none = loops.emptyMemory();
  return State(
      scf::IfOp::create(
          b, loc, isFirst,
          [&](OpBuilder &, Location) { scf::YieldOp::create(b, loc, none); },
          [&](OpBuilder &, Location) {
            scf::YieldOp::create(b, loc, tasks.readMemory(none));
          })
          .getResults());
}

static void chunk(ContinueOp op, const ChunkLimits &limits) {
  OpBuilder b(op);
  TokenOperands operands(op);
  HeadTasks tasks(b, operands, op.getOutput(), op.getMemory());
  HeadLoops loops(b, operands, operands.tokensOf(limits), tasks.batch,
                  tasks.head);
  loops.loneTokens = limits.loneTokens;
  State memory = memoryAfter(b, op, tasks, loops);
  SmallVector<Value> after = loops.goOn(tasks.rows, tasks.mine, memory);
  tasks.yield(after.front(), ArrayRef<Value>(after).drop_front());
  tasks.replace(op->getResults());
}

static bool isOfChunks(std::optional<Form> form) {
  return form != Form::Parallel && form != Form::Scan;
}

namespace {
struct ChunkTokens : impl::ChunkTokensBase<ChunkTokens> {
  using ChunkTokensBase::ChunkTokensBase;
  void runOnOperation() override {
    SmallVector<AttendOp> whole;
    SmallVector<ContinueOp> parts;
    getOperation().walk([&](Operation *op) {
      if (auto attend = dyn_cast<AttendOp>(op))
        if (hasMemory(attend) && isOfChunks(formOf(attend)))
          whole.push_back(attend);
      if (auto part = dyn_cast<ContinueOp>(op))
        parts.push_back(part);
    });
    for (AttendOp op : whole) {
      if (failed(requireStatic(op)))
        return signalPassFailure();
      chunk(op, limitsOf(op));
    }
    for (ContinueOp op : parts)
      chunk(op, limitsOf(op));
  }

  ChunkLimits limitsOf(Operation *op) {
    return {formOf(op) == Form::Recurrent ? 1 : int64_t(tokens), bytes, columns,
            loneTokens, rounds};
  }
};
} // namespace

} // namespace attention
