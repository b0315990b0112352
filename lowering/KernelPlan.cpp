#include "lowering/KernelPlan.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/PanelColumns.h"

using namespace mlir;

namespace attention {

bool isComputedWhereRead(Operation *op) {
  return isa<arith::ConstantOp, tensor::SplatOp, linalg::FillOp,
             linalg::BroadcastOp, SplitHeadsOp>(op);
}

bool computesSingleRows(Operation *op) {
  auto rotary = dyn_cast<RotaryOp>(op);
  return isa<EmbedOp, MeanRowsOp>(op) || (rotary && rotary.getInterleaved());
}

SmallVector<int64_t> rotaryCuts(RotaryOp op) {
  int64_t width = op.getInput().getType().getDimSize(3),
          turned = op.getDims().value_or(width);
  SmallVector<int64_t> cuts{0, turned / 2, turned};
  if (turned != width)
    cuts.push_back(width);
  return cuts;
}

namespace {
/// What the ops of a kernel want of its tiles.
struct Wishes {
  SmallVector<ProjectOp> projects;
  RotaryOp halves;
  bool wholeRows = false, singleRows = false;
};
} // namespace

static LogicalResult expectStatic(Operation *op, Value tensor,
                                  const char *what) {
  if (!ShapedType::isDynamic(
          cast<RankedTensorType>(tensor.getType()).getShape().back()))
    return success();
  return op->emitOpError("expects ")
         << what << " of static size when compiled, but got "
         << tensor.getType();
}

static FailureOr<Wishes> wishesOf(FusedOp fused) {
  Wishes wishes;
  WalkResult walked = fused.walk([&](Operation *op) {
    LogicalResult checked = success();
    if (auto project = dyn_cast<ProjectOp>(op)) {
      wishes.projects.push_back(project);
      checked = expectStatic(op, project.getWeight(), "rows of the weight");
    } else if (isa<RmsNormOp, LayerNormOp, linalg::ReduceOp>(op)) {
      wishes.wholeRows = true;
      checked = expectStatic(op, op->getOperand(0), "rows");
    } else if (auto rotary = dyn_cast<RotaryOp>(op)) {
      checked = expectStatic(op, rotary.getInput(), "rows");
      if (!rotary.getInterleaved())
        wishes.halves = rotary;
    }
    wishes.singleRows |= computesSingleRows(op);
    return failed(checked) ? WalkResult::interrupt() : WalkResult::advance();
  });
  if (walked.wasInterrupted())
    return failure();
  return wishes;
}

/// Columns of a tile where no projection decides.
static int64_t plainColumns(int64_t width, const Wishes &wishes) {
  const int64_t most = 512;
  if (wishes.wholeRows)
    return tileSize(width);
  return ShapedType::isDynamic(width) ? most : std::min(tileSize(width), most);
}

/// Rows of a tile: as many as fit, no more than there are.
static int64_t rowsOf(int64_t rows, int64_t columns, Type element,
                      const Wishes &wishes, const TileLimits &limits) {
  int64_t most = limits.rowTile;
  if (wishes.projects.empty()) {
    int64_t bytes =
        computeType(element).isIndex()
            ? 8
            : (computeType(element).getIntOrFloatBitWidth() + 7) / 8;
    most = std::clamp<int64_t>(limits.tileBytes / (columns * bytes) / 16 * 16,
                               16, limits.rowTile);
  }
  if (ShapedType::isDynamic(rows))
    return most;
  return rows <= 8 ? 8 : std::min(most, tileSize(rows));
}

FailureOr<KernelPlan> planKernel(FusedOp fused, const TileLimits &limits) {
  FailureOr<Wishes> wishes = wishesOf(fused);
  if (failed(wishes))
    return failure();
  KernelPlan plan;
  plan.computed = fused.getYielded();
  if (auto merge = plan.computed.getDefiningOp<MergeHeadsOp>()) {
    plan.mergesHeads = true;
    plan.computed = merge.getInput();
  }
  auto type = cast<RankedTensorType>(plan.computed.getType());
  int64_t width = type.getShape().back();
  plan.columns = wishes->projects.empty() || wishes->wholeRows
                     ? plainColumns(width, *wishes)
                     : panelColumns(wishes->projects, limits.panelBytes);
  if (wishes->halves)
    plan.cuts = rotaryCuts(wishes->halves);
  plan.exactParts = limits.exactParts;
  plan.byRow = wishes->singleRows && !wishes->wholeRows && !wishes->halves &&
               wishes->projects.empty();
  if (type.getRank() > 1) {
    int64_t rows =
        fused.getRows().value_or(type.getShape()[type.getRank() - 2]);
    plan.rows =
        rowsOf(rows, plan.columns, type.getElementType(), *wishes, limits);
  }
  return plan;
}

} // namespace attention
