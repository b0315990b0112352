#include "lowering/nvptx/LayoutAnalysis.h"
#include "dialect/Attention.h"
#include "lowering/Tiles.h"
#include "lowering/nvptx/Contraction.h"
#include "lowering/nvptx/Staging.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Iterators.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention::nvptx {

static bool isRead(Value tile) {
  return isa_and_nonnull<vector::TransferReadOp>(tile.getDefiningOp());
}

Layout fixedLayout(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (auto reduction = dyn_cast_or_null<vector::MultiDimReductionOp>(op))
    return reduction.isReducedDim(0) ? Layout::Column : Layout::Row;
  if (isa_and_nonnull<vector::ShapeCastOp>(op))
    return Layout::Row;
  if (isa_and_nonnull<vector::ContractionOp>(op))
    return Layout::Fragment;
  if (isa_and_nonnull<SolveForwardOp>(op))
    return Layout::Shared;
  return Layout::None;
}

LayoutAnalysis::LayoutAnalysis(scf::ForallOp loop, Warps warps,
                               const GpuFeatures &features)
    : warps(warps), features(features) {
  // Demands only grow, so this ends; loops need a second round, nested loops
  // one more for each level.
  do {
    changed = false;
    loop.getBody()->walk<WalkOrder::PostOrder, ReverseIterator>(
        [&](Operation *op) { visit(op); });
  } while (changed);
}

// All warps of a row and of a column hold a vector, and four or eight lanes of
// each: functions are computed in the layout that gives a thread fewer
// elements.
Layout LayoutAnalysis::computed(Value value) const {
  Layout fixed = fixedLayout(value), both = Layout::Row | Layout::Column;
  Operation *op = value.getDefiningOp();
  if (fixed != Layout::None || demanded(value) != both || !op ||
      !isExpensive(op))
    return fixed;
  int64_t size = cast<VectorType>(value.getType()).getNumElements();
  return rowBlocksPerWarp(size, warps) < columnBlocksPerWarp(size, warps)
             ? Layout::Row
             : Layout::Column;
}

Layout LayoutAnalysis::held(Value tile) const {
  Layout wanted = demanded(tile);
  if (contains(wanted, Layout::Shared) && fixedLayout(tile) != Layout::Shared &&
      stagedOperations(tile).empty())
    wanted |= Layout::Fragment;
  return wanted & ~Layout::Shared;
}

void LayoutAnalysis::demand(Value value, Layout layouts) {
  VectorType tile = asTile(value.getType());
  if (!tile)
    return;
  Layout possible = possibleLayouts(tile);
  // What has one layout only is wanted in that one, whoever asks.
  if (possible == Layout::Row || possible == Layout::Column)
    layouts = layouts == Layout::None ? Layout::None : possible;
  layouts &= possible;
  Layout &known = demands[value];
  if ((known | layouts) == known)
    return;
  known |= layouts;
  changed = true;
}

/// The layout in which a tile arises, seen from its definition.
Layout LayoutAnalysis::natural(Value value) const {
  VectorType tile = asTile(value.getType());
  Layout possible = possibleLayouts(tile);
  if (!contains(possible, Layout::Column))
    return contains(possible, Layout::Fragment) ? Layout::Fragment : possible;
  Layout known = demanded(value);
  for (Layout one : {Layout::Row, Layout::Column})
    if (contains(known, one) || possible == one)
      return one;
  if (Layout fixed = fixedLayout(value); fixed != Layout::None)
    return fixed;
  Operation *op = value.getDefiningOp();
  if (op && OpTrait::hasElementwiseMappableTraits(op))
    for (Value operand : op->getOperands())
      if (asTile(operand.getType()))
        return natural(operand);
  if (auto loop = dyn_cast_or_null<scf::ForOp>(op))
    return natural(
        loop.getYieldedValues()[cast<OpResult>(value).getResultNumber()]);
  if (auto argument = dyn_cast<BlockArgument>(value))
    if (auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp()))
      return natural(loop.getTiedLoopInit(argument)->get());
  if (auto branches = dyn_cast_or_null<scf::IfOp>(op))
    return natural(branches.thenYield().getOperand(
        cast<OpResult>(value).getResultNumber()));
  return Layout::Row;
}

void LayoutAnalysis::visitElementwise(Operation *op) {
  Layout wanted = Layout::None;
  for (Value result : op->getResults())
    wanted |=
        computed(result) != Layout::None ? computed(result) : held(result);
  for (Value operand : op->getOperands())
    demand(operand, wanted);
}

void LayoutAnalysis::visitLoop(scf::ForOp loop) {
  for (auto [init, argument, result, yielded] :
       llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs(),
                 loop.getResults(), loop.getYieldedValues())) {
    if (!asTile(init.getType()))
      continue;
    Layout carried = held(argument) | held(result);
    demand(argument, carried);
    demand(result, carried);
    demand(init, carried);
    demand(yielded, carried);
  }
}

void LayoutAnalysis::visitBranches(scf::IfOp branches) {
  for (OpResult result : branches.getResults()) {
    unsigned number = result.getResultNumber();
    demand(branches.thenYield().getOperand(number), held(result));
    demand(branches.elseYield().getOperand(number), held(result));
  }
}

// Operands of 32 and 64 bits are: unrolled, their contractions would take
// thousands of instructions. Those of 16 bits are if they are read, which costs
// no registers, or if no warp has whole rows of them; what was computed is best
// kept where it is.
bool LayoutAnalysis::isLeftInShared(vector::ContractionOp contraction) const {
  VectorType tile = contraction.getLhsType();
  if (isLeftTransposed(contraction) || warps.columns > 1)
    return true;
  if (tile.getDimSize(0) % 16 != 0)
    return false;
  return storageBytes(tile.getElementType()) > 2 ||
         isRead(contraction.getLhs());
}

bool LayoutAnalysis::isByWarpgroups(vector::ContractionOp contraction) const {
  auto sums = dyn_cast<VectorType>(contraction.getAccType());
  return features.warpgroupMma && sums && warps.columns == 1 &&
         warps.rows % 4 == 0 && sums.getDimSize(0) % 64 == 0 &&
         storageBytes(contraction.getLhsType().getElementType()) == 2;
}

void LayoutAnalysis::visit(Operation *op) {
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](scf::ForOp loop) { visitLoop(loop); })
      .Case([&](scf::IfOp branches) { visitBranches(branches); })
      .Case([&](vector::ContractionOp contraction) {
        if (demanded(contraction.getResult()) == Layout::None)
          return;
        demand(contraction.getLhs(),
               isLeftInShared(contraction) ? Layout::Shared : Layout::Fragment);
        demand(contraction.getRhs(), Layout::Shared);
        demand(contraction.getAcc(), Layout::Fragment);
      })
      .Case([&](SolveForwardOp solve) {
        if (demanded(solve.getSolution()) == Layout::None)
          return;
        for (Value tile :
             {solve.getPairs(), solve.getRight(), solve.getSolution()})
          demand(tile, Layout::Shared);
      })
      .Case([&](vector::MultiDimReductionOp reduction) {
        if (demanded(reduction.getResult()) == Layout::None)
          return;
        demand(reduction.getSource(), Layout::Fragment);
        demand(reduction.getAcc(),
               reduction.isReducedDim(0) ? Layout::Column : Layout::Row);
      })
      // All threads of a row have all columns among them.
      .Case([&](vector::ReductionOp reduction) {
        demand(reduction.getVector(), Layout::Column);
      })
      .Case([&](vector::BroadcastOp broadcast) {
        Layout wanted = held(broadcast.getResult());
        VectorType source = asTile(broadcast.getSource().getType());
        if (!source || wanted == Layout::None)
          return;
        if (source == broadcast.getResult().getType())
          return demand(broadcast.getSource(), wanted);
        // A vector is spread along rows, unless it is one column.
        demand(broadcast.getSource(), source.getRank() == 1
                                          ? Layout::Column
                                          : possibleLayouts(source));
      })
      .Case([&](vector::ShapeCastOp cast) {
        if (demanded(cast.getResult()) != Layout::None)
          demand(cast.getSource(), Layout::Row);
      })
      .Case([&](vector::TransferWriteOp write) {
        demand(write.getVector(), natural(write.getVector()));
      })
      .Case([&](vector::GatherOp gather) {
        for (Value operand :
             {gather.getIndices(), gather.getMask(), gather.getPassThru()})
          demand(operand, held(gather.getResult()));
      })
      .Default([&](Operation *other) {
        if (OpTrait::hasElementwiseMappableTraits(other))
          visitElementwise(other);
      });
}

} // namespace attention::nvptx
