#include "lowering/DocumentSpans.h"
#include "lowering/HeadLoops.h"
#include "lowering/Passes.h"
#include "passes/AttendForms.h"

#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_CHUNKTOKENS
#include "lowering/Passes.h.inc"

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
  Value filled = loops.emit({first, last, first, last, zero},
                            bool(op.getMask()), loop.getRegionIterArgs()[0]);
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
  struct Place {
    SmallVector<OpFoldResult> offsets, sizes, strides;
  };
  Place ofOutput(OpFoldResult queries);
  /// Of a tensor `[batch, heads, ...]`.
  Place ofPart(Value shared);

  OpBuilder &b;
  const TokenOperands &op;
  MergeHeadsOp merge;
  Place place;
};
} // namespace

/// `[batch, heads, queries, e]`, or `[batch, queries, heads * e]` if heads are
/// merged.
HeadTasks::Place HeadTasks::ofOutput(OpFoldResult queries) {
  int64_t columns = op.output.getDimSize(3);
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1),
               width = b.getIndexAttr(columns);
  if (!merge)
    return {{batch, head, zero, zero},
            {one, one, queries, width},
            SmallVector<OpFoldResult>(4, one)};
  Value column = b.createOrFold<arith::MulIOp>(
      op.loc, head, arith::ConstantIndexOp::create(b, op.loc, columns));
  return {{batch, zero, column},
          {one, queries, width},
          SmallVector<OpFoldResult>(3, one)};
}

HeadTasks::Place HeadTasks::ofPart(Value shared) {
  auto type = cast<RankedTensorType>(shared.getType());
  OpFoldResult zero = b.getIndexAttr(0), one = b.getIndexAttr(1);
  Place place{{batch, head}, {one, one}, {one, one}};
  for (int64_t size : type.getShape().drop_front(2)) {
    place.offsets.push_back(zero);
    place.sizes.push_back(b.getIndexAttr(size));
    place.strides.push_back(one);
  }
  return place;
}

HeadTasks::HeadTasks(OpBuilder &builder, const TokenOperands &op, Value output,
                     ValueRange kept)
    : b(builder), op(op) {
  Location loc = op.loc;
  if (output.hasOneUse())
    merge = dyn_cast<MergeHeadsOp>(*output.getUsers().begin());
  // Any operand may say how large the batch is, and the output knows.
  OpFoldResult batches = op.output.isDynamicDim(0)
                             ? tensor::getMixedSize(b, loc, op.query, 0)
                             : b.getIndexAttr(op.output.getDimSize(0));
  OpFoldResult queries = tensor::getMixedSize(b, loc, op.query, 2),
               heads = b.getIndexAttr(op.output.getDimSize(1));
  int64_t columns = op.output.getDimSize(3);
  rows = getValueOrCreateConstantIndexOp(b, loc, queries);
  SmallVector<OpFoldResult> whole{batches, heads, queries,
                                  b.getIndexAttr(columns)};
  if (merge)
    whole = {batches, queries,
             b.getIndexAttr(op.output.getDimSize(1) * columns)};
  SmallVector<Value> shared{
      tensor::EmptyOp::create(b, loc, whole, op.output.getElementType())};
  llvm::append_range(shared, kept);
  loop = scf::ForallOp::create(b, loc, ArrayRef<OpFoldResult>{batches, heads},
                               shared, std::nullopt);
  batch = loop.getInductionVar(0);
  head = loop.getInductionVar(1);
  b.setInsertionPointToStart(loop.getBody());
  place = ofOutput(queries);
  auto type = RankedTensorType::get({op.output.getDimSize(2), columns},
                                    op.output.getElementType());
  mine = tensor::ExtractSliceOp::create(
      b, loc, type, loop.getRegionIterArgs().front(), place.offsets,
      place.sizes, place.strides);
}

/// The value of all elements of a constant tile.
static Value elementOf(OpBuilder &b, Location loc, Value tile) {
  DenseElementsAttr elements;
  bool isConstant = matchPattern(tile, m_Constant(&elements));
  assert(isConstant && elements.isSplat() && "an empty memory is constant");
  (void)isConstant;
  return arith::ConstantOp::create(b, loc, elements.getSplatValue<TypedAttr>());
}

/// Which dimensions of a tile lie within the last ones of a tensor.
static SmallVector<bool> fits(VectorType tile, RankedTensorType tensor) {
  SmallVector<bool> inBounds;
  for (auto [size, present] :
       llvm::zip(tile.getShape(), tensor.getShape().take_back(tile.getRank())))
    inBounds.push_back(size <= present);
  return inBounds;
}

State HeadTasks::readMemory(ValueRange noPast) {
  State memory;
  Value zero = arith::ConstantIndexOp::create(b, op.loc, 0);
  for (auto [part, none] :
       llvm::zip(loop.getRegionIterArgs().drop_front(), noPast)) {
    auto type = cast<RankedTensorType>(part.getType());
    SmallVector<Value> indices{batch, head};
    if (type.getRank() == 2) {
      memory.push_back(tensor::ExtractOp::create(b, op.loc, part, indices));
      continue;
    }
    indices.resize(type.getRank(), zero);
    auto tile = cast<VectorType>(none.getType());
    memory.push_back(vector::TransferReadOp::create(
        b, op.loc, tile, part, indices, elementOf(b, op.loc, none),
        ArrayRef<bool>(fits(tile, type))));
  }
  return memory;
}

void HeadTasks::yield(Value filled, ValueRange memory) {
  Location loc = op.loc;
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  SmallVector<Value> written{filled};
  SmallVector<Place> places{place};
  for (auto [part, shared] :
       llvm::zip(memory, loop.getRegionIterArgs().drop_front())) {
    places.push_back(ofPart(shared));
    Value slice = tensor::ExtractSliceOp::create(
        b, loc, shared, places.back().offsets, places.back().sizes,
        places.back().strides);
    auto type = cast<RankedTensorType>(slice.getType());
    SmallVector<Value> indices(type.getRank(), zero);
    if (auto tile = dyn_cast<VectorType>(part.getType()))
      written.push_back(
          vector::TransferWriteOp::create(b, loc, part, slice, indices,
                                          ArrayRef<bool>(fits(tile, type)))
              .getResult());
    else
      written.push_back(tensor::InsertOp::create(b, loc, part, slice, indices));
  }
  b.setInsertionPointToEnd(loop.getTerminator().getBody());
  for (auto [value, shared, at] :
       llvm::zip(written, loop.getRegionIterArgs(), places))
    tensor::ParallelInsertSliceOp::create(b, loc, value, shared, at.offsets,
                                          at.sizes, at.strides);
}

void HeadTasks::replace(ResultRange results) {
  if (merge)
    merge.getOutput().replaceAllUsesWith(loop.getResult(0));
  else
    results.front().replaceAllUsesWith(loop.getResult(0));
  for (auto [result, kept] :
       llvm::zip(results.drop_front(), loop.getResults().drop_front()))
    result.replaceAllUsesWith(kept);
  if (merge)
    merge.erase();
  results.front().getOwner()->erase();
}

/// Loops that never run would write where there is nothing.
static bool isEmpty(RankedTensorType type) {
  return llvm::is_contained(type.getShape(), 0);
}

static void chunk(AttendOp op, int64_t tokens) {
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
  Value keys = b.createOrFold<tensor::DimOp>(op.getLoc(), op.getKey(), 2);
  Value documents;
  if (op.getDocuments())
    documents = countDocuments(
        b, op.getLoc(), op.getDocuments(),
        b.createOrFold<tensor::DimOp>(op.getLoc(), op.getQuery(), 2));
  HeadTasks tasks(b, operands, op.getOutput(), {});
  HeadLoops loops(b, operands, tokens, tasks.batch, tasks.head);
  Value zero = loops.index(0);
  Value filled =
      documents ? emitDocuments(b, loops, op, documents, tasks.mine)
                : loops.emit({zero, tasks.rows, zero, keys,
                              shiftOf(b, op, tasks.batch, tasks.rows, keys)},
                             bool(op.getMask()), tasks.mine);
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

static void chunk(ContinueOp op, int64_t tokens) {
  OpBuilder b(op);
  TokenOperands operands(op);
  HeadTasks tasks(b, operands, op.getOutput(), op.getMemory());
  HeadLoops loops(b, operands, tokens, tasks.batch, tasks.head);
  State memory = memoryAfter(b, op, tasks, loops);
  SmallVector<Value> after = loops.goOn(tasks.rows, tasks.mine, memory);
  tasks.yield(after.front(), ArrayRef<Value>(after).drop_front());
  tasks.replace(op->getResults());
}

namespace {
struct ChunkTokens : impl::ChunkTokensBase<ChunkTokens> {
  using ChunkTokensBase::ChunkTokensBase;
  void runOnOperation() override {
    SmallVector<AttendOp> whole;
    SmallVector<ContinueOp> parts;
    getOperation().walk([&](Operation *op) {
      if (auto attend = dyn_cast<AttendOp>(op))
        if (hasMemory(attend) && formOf(attend) != Form::Parallel)
          whole.push_back(attend);
      if (auto part = dyn_cast<ContinueOp>(op))
        parts.push_back(part);
    });
    for (AttendOp op : whole) {
      if (failed(requireStatic(op)))
        return signalPassFailure();
      chunk(op, tokensOf(op));
    }
    for (ContinueOp op : parts)
      chunk(op, tokensOf(op));
  }

  int64_t tokensOf(Operation *op) {
    return formOf(op) == Form::Recurrent ? 1 : int64_t(tokens);
  }
};
} // namespace

} // namespace attention
