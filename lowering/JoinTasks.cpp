#include "lowering/Passes.h"
#include "lowering/RowMatrices.h"
#include "lowering/TaskRows.h"
#include "passes/FusionGroup.h"
#include "passes/PanelColumns.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_JOINTASKS
#include "lowering/Passes.h.inc"

static RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

namespace {
/// The ops of a kernel for the rows of one task.
class TaskMatrices : public RowMatrices {
public:
  TaskMatrices(FusedOp fused, const RowTile &tile, RankedTensorType whole,
               OpBuilder &before, OpBuilder &inside)
      : RowMatrices(fused, before, inside), tile(tile), whole(whole) {}
  using RowMatrices::matrixType;
  using RowMatrices::set;

  /// A tile that the task has computed.
  void setTile(Value tensor, Value computed);

private:
  int64_t rowsOf(RankedTensorType) override {
    return getConstantIntValue(tile.rowsHere).value_or(ShapedType::kDynamic);
  }
  OpFoldResult rowsOf(Value) override { return tile.rowsHere; }
  Value view(Value tensor) override;
  Value viewPerRow(Value tensor) override;
  bool hasView(Value tensor) override;
  bool hasViewPerRow(Value tensor) override;

  const RowTile &tile;
  RankedTensorType whole; ///< whose rows are cut into tiles
};
} // namespace

void TaskMatrices::setTile(Value tensor, Value computed) {
  RankedTensorType type = matrixType(tensor);
  if (computed.getType() != type)
    computed = tensor::CastOp::create(before, loc, type, computed);
  set(tensor, computed);
}

bool TaskMatrices::hasView(Value tensor) {
  RankedTensorType type = typeOf(tensor);
  return type.getRank() == whole.getRank() &&
         type.getShape().drop_back() == whole.getShape().drop_back() &&
         !type.isDynamicDim(type.getRank() - 1);
}

bool TaskMatrices::hasViewPerRow(Value tensor) {
  return typeOf(tensor).getShape() == whole.getShape().drop_back();
}

Value TaskMatrices::view(Value tensor) {
  RankedTensorType type = matrixType(tensor);
  return tensor::ExtractSliceOp::create(
      before, loc, type, tensor, tile.offsets(before),
      tile.sizes(before, type.getDimSize(1)),
      SmallVector<OpFoldResult>(whole.getRank(), before.getIndexAttr(1)));
}

Value TaskMatrices::viewPerRow(Value tensor) {
  RankedTensorType type = typeOf(tensor);
  return tensor::ExtractSliceOp::create(
      before, loc, RankedTensorType::get({rowsOf(type)}, type.getElementType()),
      tensor, tile.offsets(before, /*isPerRow=*/true),
      tile.sizes(before, /*columns=*/std::nullopt),
      SmallVector<OpFoldResult>(type.getRank(), before.getIndexAttr(1)));
}

namespace {
/// Lets the tasks that compute an operand of one kernel go on with the kernel.
class Join {
public:
  Join(FusedOp fused, int64_t panelBytes, int64_t tileBytes)
      : fused(fused), panelBytes(panelBytes), tileBytes(tileBytes) {}
  /// Whether it did.
  bool perform();

private:
  void findLoops();
  bool isCheap();
  bool isPossible();
  bool collectLate(Value value);
  bool collectLateOperands(Operation *op);
  void setTiles(TaskMatrices &matrices, scf::ForallOp loop,
                const RowTile &tile);
  void emit(scf::ForallOp loop, unsigned number);

  FusedOp fused;
  int64_t panelBytes, tileBytes;
  std::optional<RowLoops> loops;
  llvm::SetVector<Operation *> late; ///< what has to move before the loops
};
} // namespace

/// Of the loops that fill operands, the last: all else is there before them.
void Join::findLoops() {
  llvm::SetVector<Value> above;
  getUsedValuesDefinedAbove(fused.getBody(), above);
  for (Value value : above) {
    if (value.getParentBlock() != fused->getBlock() ||
        !isa<RankedTensorType>(value.getType()))
      continue;
    std::optional<RowLoops> found = rowLoops(value);
    if (found &&
        (!loops || loops->loops.back()->isBeforeInBlock(found->loops.back())))
      loops = found;
  }
}

/// Tiles stay in the caches, and the whole weight of a projection passes
/// through them for each tile of rows: fewer tasks than it would have by itself
/// must not cost more.
bool Join::isCheap() {
  SmallVector<ProjectOp> projects;
  fused.walk([&](ProjectOp project) { projects.push_back(project); });
  int64_t columns = typeOf(fused.getOutput()).getShape().back();
  if (ShapedType::isDynamic(columns) ||
      (!projects.empty() && panelColumns(projects, panelBytes) < columns))
    return false;
  RowTile tile = *rowTile(loops->loops.back(), loops->number);
  Type element = typeOf(fused.getOutput()).getElementType();
  int64_t bytes =
      element.isIntOrFloat() ? (element.getIntOrFloatBitWidth() + 7) / 8 : 8;
  return tile.rows * columns * bytes <= tileBytes;
}

/// Notes what `value` comes from and stands behind the first loop, unless it
/// has to be there.
bool Join::collectLate(Value value) {
  Operation *op = value.getDefiningOp(), *first = loops->loops.front();
  if (!op || op->getBlock() != first->getBlock() ||
      op->isBeforeInBlock(first) || late.contains(op))
    return true;
  if (op == loops->loops.back())
    return rowTile(loops->loops.back(), cast<OpResult>(value).getResultNumber())
        .has_value();
  if (isa<LoopLikeOpInterface>(op) || !isMemoryEffectFree(op) ||
      !collectLateOperands(op))
    return false;
  late.insert(op);
  return true;
}

bool Join::collectLateOperands(Operation *op) {
  llvm::SetVector<Value> read(op->operand_begin(), op->operand_end());
  getUsedValuesDefinedAbove(op->getRegions(), read);
  // What the loops make is there for this kernel only.
  return llvm::all_of(read, [&](Value value) {
    bool isMadeThere = value.getDefiningOp() == loops->loops.back();
    return collectLate(value) && (op == fused || !isMadeThere);
  });
}

/// What the task has computed so far of these rows.
void Join::setTiles(TaskMatrices &matrices, scf::ForallOp loop,
                    const RowTile &tile) {
  for (unsigned number = 0; number < loops->loops.back().getNumResults();
       ++number) {
    std::optional<RowTile> other = rowTile(loop, number);
    if (other && other->rows == tile.rows && other->row == tile.row &&
        other->rowsHere == tile.rowsHere && other->leading == tile.leading)
      matrices.setTile(loops->loops.back().getResult(number), other->tile);
  }
}

void Join::emit(scf::ForallOp loop, unsigned number) {
  RowTile tile = *rowTile(loop, loops->number);
  OpBuilder before(loop.getTerminator()), inside(before);
  Location loc = fused.getLoc();
  TaskMatrices matrices(fused, tile, typeOf(loops->tensor()), before, inside);
  RankedTensorType type = matrices.matrixType(fused.getOutput());
  SmallVector<OpFoldResult> offsets = tile.offsets(before),
                            sizes = tile.sizes(before, type.getDimSize(1)),
                            strides(offsets.size(), before.getIndexAttr(1));
  Value output = loop.getRegionIterArgs()[number];
  Value place = tensor::ExtractSliceOp::create(before, loc, type, output,
                                               offsets, sizes, strides);
  setTiles(matrices, loop, tile);
  auto part = FusedOp::create(before, loc, type, place,
                              before.getI64IntegerAttr(tile.rows));
  before.setInsertionPoint(part);
  inside.createBlock(&part.getBody());
  Value result = matrices.write(fused.getYielded());
  YieldOp::create(inside, loc, result);
  OpBuilder end = OpBuilder::atBlockEnd(loop.getTerminator().getBody());
  tensor::ParallelInsertSliceOp::create(end, loc, part.getOutput(), output,
                                        offsets, sizes, strides);
}

/// Whether the kernel can be written for rows of a task.
bool Join::isPossible() {
  RankedTensorType type = typeOf(fused.getOutput()),
                   whole = typeOf(loops->tensor());
  if (type.getRank() != whole.getRank() ||
      type.getShape().drop_back() != whole.getShape().drop_back())
    return false;
  OpBuilder nowhere(fused.getContext());
  RowTile tile = *rowTile(loops->loops.back(), loops->number);
  TaskMatrices matrices(fused, tile, whole, nowhere, nowhere);
  for (OpResult result : loops->loops.back()->getResults())
    if (rowTile(loops->loops.back(), result.getResultNumber()))
      matrices.set(result, result);
  return matrices.isPossible(fused.getYielded());
}

bool Join::perform() {
  findLoops();
  if (!loops || !isCheap() || !isPossible() || !collectLateOperands(fused))
    return false;
  for (Operation *op : late)
    op->moveBefore(loops->loops.front());
  OpBuilder builder(loops->loops.front());
  RankedTensorType type = typeOf(fused.getOutput());
  SmallVector<OpFoldResult> sizes = loops->start().getMixedSizes();
  sizes.back() = builder.getIndexAttr(type.getShape().back());
  Value start = tensor::EmptyOp::create(builder, fused.getLoc(), sizes,
                                        type.getElementType());
  unsigned number = addResult(*loops, start);
  for (scf::ForallOp loop : loops->loops)
    emit(loop, number);
  fused.getOutput().replaceAllUsesWith(loops->loops.back().getResult(number));
  fused.erase();
  return true;
}

static bool readsTiles(Operation *op) {
  return llvm::any_of(op->getOperands(), [](Value operand) {
    return isa<RankedTensorType>(operand.getType()) && rowLoops(operand);
  });
}

/// Finds a result of loops that nobody reads any more, besides others.
static bool keepOneInTasks(Block &block) {
  for (auto loop : block.getOps<scf::ForallOp>())
    for (Value result : loop.getResults()) {
      if (!result.use_empty() || loop.getNumResults() == 1)
        continue;
      std::optional<RowLoops> loops = rowLoops(result);
      if (loops && keepInTasks(*loops))
        return true;
    }
  return false;
}

static void joinBlock(Block &block, int64_t panelBytes, int64_t tileBytes) {
  for (Operation &op : llvm::make_early_inc_range(block)) {
    auto fused = dyn_cast<FusedOp>(op);
    if (!fused && FusionGroup::canEnd(&op) && !isa<MergeHeadsOp>(op) &&
        readsTiles(&op))
      fused = fuse(&op);
    if (fused && !fused.getInto())
      Join(fused, panelBytes, tileBytes).perform();
  }
  while (keepOneInTasks(block))
    ;
}

namespace {
struct JoinTasks : impl::JoinTasksBase<JoinTasks> {
  using JoinTasksBase::JoinTasksBase;
  void runOnOperation() override {
    SmallVector<Block *> blocks;
    getOperation().walk([&](scf::ForallOp loop) {
      if (!llvm::is_contained(blocks, loop->getBlock()))
        blocks.push_back(loop->getBlock());
    });
    for (Block *block : blocks)
      joinBlock(*block, panelBytes, tileBytes);
  }
};
} // namespace

} // namespace attention
