#include "passes/FusionGroup.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "passes/Elementwise.h"
#include "passes/PanelColumns.h"
#include "passes/RowReduction.h"

using namespace mlir;

namespace attention {

static bool isElementwise(Operation *op) {
  return isa<SiluOp, GeluOp>(op) || isElementwiseOnTensors(op);
}

static bool isNorm(Operation *op) { return isa<RmsNormOp, LayerNormOp>(op); }

/// Whether `op` repeats one value for each row that nothing else reads: both
/// belong together.
static bool repeatsItsReduction(Operation *op) {
  linalg::ReduceOp reduce = repeatedReduction(op);
  return reduce && reduce->hasOneUse() && reduce->getBlock() == op->getBlock();
}

static bool needsWholeRows(Operation *op) {
  return isNorm(op) || rowReduction(op) || repeatsItsReduction(op);
}

static bool isInterleaved(Operation *op) {
  auto rotary = dyn_cast<RotaryOp>(op);
  return rotary && rotary.getInterleaved();
}

/// Ops that change the type of elements and nothing else: cheap enough to do
/// again for each tile that reads a parameter.
static bool isCast(Operation *op) {
  return isa<arith::ExtFOp, arith::TruncFOp>(op);
}

/// Whether `use` reads tiles of rows where its op computes such, so that
/// `producer` may compute them for it.
static bool readsTiles(OpOperand &use, Operation *producer) {
  Operation *op = use.getOwner();
  bool first = use.getOperandNumber() == 0;
  if (isElementwise(op))
    return !rowReduction(producer);
  if (rowReduction(op) || repeatsItsReduction(op))
    return first;
  // Gains and biases are read again by each tile, weights by each tile of rows.
  if (isNorm(op))
    return first || isCast(producer);
  if (isa<ProjectOp>(op))
    return !first && isCast(producer);
  if (isa<EmbedOp>(op))
    return first && isCast(producer);
  // Neighbours are gathered from memory.
  if (isa<RotaryOp>(op))
    return first && !isInterleaved(op) &&
           (isElementwise(producer) || isNorm(producer));
  if (isa<MeanRowsOp>(op))
    return isElementwise(producer) || isa<BroadcastRowsOp>(producer);
  return isa<MergeHeadsOp>(op) && (isElementwise(producer) ||
                                   isNorm(producer) || isa<RotaryOp>(producer));
}

FusionGroup::FusionGroup(Operation *last, int64_t panelBytes)
    : panelBytes(panelBytes), members{last} {}

bool FusionGroup::canHold(Operation *op) {
  if (auto merge = dyn_cast<MergeHeadsOp>(op)) {
    Operation *producer = merge.getInput().getDefiningOp();
    return producer && canHold(producer);
  }
  return canEnd(op) || rowReduction(op) || repeatsItsReduction(op);
}

bool FusionGroup::canEnd(Operation *op) {
  if (isa<MergeHeadsOp>(op))
    return canHold(op);
  return isElementwise(op) || isa<RmsNormOp, LayerNormOp, ProjectOp, RotaryOp,
                                  EmbedOp, MeanRowsOp, BroadcastRowsOp>(op);
}

bool FusionGroup::isReadByTiles(Operation *op) const {
  return !op->use_empty() && llvm::all_of(op->getUses(), [&](OpOperand &use) {
    return llvm::is_contained(members, use.getOwner()) && readsTiles(use, op);
  });
}

/// The projections that `op` can be computed with, as the elementwise work
/// behind them.
static void projectionsBefore(Operation *op,
                              SmallVectorImpl<Operation *> &projections) {
  for (Value operand : op->getOperands()) {
    Operation *producer = operand.getDefiningOp();
    if (!producer || !producer->hasOneUse())
      continue;
    if (isa<ProjectOp>(producer))
      projections.push_back(producer);
    else if (isElementwise(producer))
      projectionsBefore(producer, projections);
  }
}

bool FusionGroup::add(Operation *op) {
  // Merging heads is a way of storing: only the last op of a group can do it.
  if (!canHold(op) || isa<MergeHeadsOp>(op) || !isReadByTiles(op))
    return false;
  SmallVector<Operation *> candidates(members);
  candidates.push_back(op);
  // The sum of a projection and a residual belongs to the projection: there it
  // is rounded once.
  SmallVector<Operation *> wanted(candidates);
  if (isElementwise(op))
    projectionsBefore(op, wanted);
  if (!agrees(wanted))
    return false;
  members = candidates;
  return true;
}

/// Whether what needs whole rows reads, of `group`, what `op` makes.
static bool isReadInWholeRows(Operation *op, ArrayRef<Operation *> group) {
  return llvm::any_of(op->getUsers(), [&](Operation *user) {
    return llvm::is_contained(group, user) &&
           (needsWholeRows(user) || isReadInWholeRows(user, group));
  });
}

/// Whether one tiling suits all.
bool FusionGroup::agrees(ArrayRef<Operation *> candidates) const {
  SmallVector<ProjectOp> projects;
  bool norms = false, halves = false, singleRows = false, means = false;
  for (Operation *op : candidates) {
    if (auto project = dyn_cast<ProjectOp>(op))
      projects.push_back(project);
    norms |= needsWholeRows(op);
    bool turnsHalves = isa<RotaryOp>(op) && !isInterleaved(op);
    // Each half is a tile of its own: there are no whole rows of both.
    if (turnsHalves && isReadInWholeRows(op, candidates))
      return false;
    halves |= turnsHalves;
    singleRows |= isa<EmbedOp, MeanRowsOp>(op) || isInterleaved(op);
    means |= isa<MeanRowsOp>(op);
  }
  // Turned rows are cut at their halves, projections in panels.
  auto type =
      cast<RankedTensorType>(candidates.front()->getResult(0).getType());
  if (singleRows && norms && type.getRank() < 2)
    return false;
  if (halves && (!projects.empty() || singleRows))
    return false;
  if (llvm::count_if(candidates,
                     [](Operation *op) { return isa<RotaryOp>(op); }) > 1)
    return false;
  if (projects.empty())
    return true;
  if (singleRows || means)
    return false;
  if (!llvm::all_of(projects, [&](ProjectOp project) {
        return packedColumns(project) == packedColumns(projects.front());
      }))
    return false;
  // A norm needs whole rows in one tile, so a projection before it could not
  // be cut into panels: all columns of a row would be one task's, and the
  // whole weight would pass through the caches for every tile of rows. Only a
  // weight that is one panel anyway loses nothing.
  int64_t columns = projects.front().getWeight().getType().getDimSize(0);
  return !norms || (!ShapedType::isDynamic(columns) &&
                    panelColumns(projects, panelBytes) >= columns);
}

FusedOp fuse(ArrayRef<Operation *> group) {
  Operation *last = group.back();
  OpBuilder builder(last);
  SmallVector<Location> locations;
  for (Operation *op : group)
    locations.push_back(op->getLoc());
  Value result = last->getResult(0);
  auto fused = FusedOp::create(builder, builder.getFusedLoc(locations),
                               result.getType(), /*into=*/Value(),
                               /*rows=*/IntegerAttr());
  result.replaceAllUsesWith(fused.getOutput());
  Block *body = builder.createBlock(&fused.getBody());
  for (Operation *op : group)
    op->moveBefore(body, body->end());
  YieldOp::create(builder, last->getLoc(), result);
  return fused;
}

} // namespace attention
