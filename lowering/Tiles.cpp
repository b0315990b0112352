#include "lowering/Tiles.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace attention {

bool isTile(Value value) { return isa<VectorType>(value.getType()); }

VectorType tileType(Value tile) { return cast<VectorType>(tile.getType()); }

SmallVector<int64_t, 2> properDims(VectorType type) {
  SmallVector<int64_t, 2> dims;
  for (auto [dim, size] : llvm::enumerate(type.getShape()))
    if (size != 1)
      dims.push_back(dim);
  return dims;
}

bool hasColumns(VectorType type) {
  return type.getRank() == 2 && type.getDimSize(1) != 1;
}

bool isView(Operation *op) {
  return isa<vector::BroadcastOp, vector::ShapeCastOp>(op);
}

static bool reduces(Operation *op, int64_t dim) {
  auto reduction = dyn_cast<vector::MultiDimReductionOp>(op);
  return reduction && reduction.getSourceVectorType().getRank() == 2 &&
         reduction.isReducedDim(dim);
}

/// A lone element, as reductions of one fold.
static bool isOnlyElement(Operation *op) {
  auto extract = dyn_cast<vector::ExtractOp>(op);
  return extract && extract.getSourceVectorType().getNumElements() == 1 &&
         !isTile(op->getResult(0));
}

bool isFullReduction(Operation *op) {
  if (isOnlyElement(op))
    return true;
  return isa<vector::ReductionOp, vector::MultiDimReductionOp>(op) &&
         !isTile(op->getResult(0));
}

bool isRowReduction(Operation *op) { return reduces(op, 1); }

bool isColumnReduction(Operation *op) { return reduces(op, 0); }

bool isPointwise(Operation *op) {
  if (op->getNumResults() != 1 || !isTile(op->getResult(0)))
    return false;
  return OpTrait::hasElementwiseMappableTraits(op) || isView(op) ||
         isRowReduction(op) ||
         isa<vector::StepOp, vector::TransferReadOp, vector::GatherOp,
             arith::ConstantOp, SplitPairsOp>(op);
}

bool isExpensive(Operation *op) {
  if (isa<arith::DivFOp, arith::RemFOp, vector::GatherOp>(op))
    return true;
  if (isa<math::FmaOp, math::AbsFOp, math::AbsIOp, math::CopySignOp,
          math::FloorOp, math::CeilOp, math::RoundEvenOp, math::TruncOp>(op))
    return false;
  return isa_and_nonnull<math::MathDialect>(op->getDialect());
}

TypedAttr splatOf(Value tile) {
  DenseElementsAttr numbers;
  if (!matchPattern(tile, m_Constant(&numbers)) || !numbers.isSplat())
    return {};
  return numbers.getSplatValue<TypedAttr>();
}

bool touchesTiles(Operation *op) {
  auto isTouching = [](Operation *inner) {
    return llvm::any_of(inner->getOperands(), isTile) ||
           llvm::any_of(inner->getResults(), isTile);
  };
  return op
      ->walk([&](Operation *inner) {
        return isTouching(inner) ? WalkResult::interrupt()
                                 : WalkResult::advance();
      })
      .wasInterrupted();
}

bool readsConstantMemory(Operation *op) {
  Operation *task = op->getParentOp();
  while (!isa<scf::ForallOp, func::FuncOp>(task))
    task = task->getParentOp();
  return !mayWrite(task, memoryRoot(readMemory(op)));
}

bool isKnownAt(OpBuilder &builder, Value value) {
  Block *block = builder.getInsertionBlock();
  if (builder.getInsertionPoint() != block->end())
    return DominanceInfo().properlyDominates(value,
                                             &*builder.getInsertionPoint());
  return value.getParentRegion()->isAncestor(block->getParent());
}

FailureOr<ContractionShape> ContractionShape::of(vector::ContractionOp op) {
  SmallVector<AffineMap, 4> maps = op.getIndexingMapsArray();
  auto result = dyn_cast<VectorType>(op.getResultType());
  if (!result || result.getRank() != 2)
    return failure();
  for (AffineMap map : maps)
    if (map.getNumDims() != 3 || map.getNumResults() != 2 ||
        !map.isProjectedPermutation())
      return failure();
  unsigned m = maps[2].getDimPosition(0), n = maps[2].getDimPosition(1);
  unsigned k = 3 - m - n;
  bool leftFirst = maps[0].isFunctionOfDim(m);
  AffineMap left = maps[leftFirst ? 0 : 1], right = maps[leftFirst ? 1 : 0];
  if (!left.isFunctionOfDim(m) || !left.isFunctionOfDim(k) ||
      !right.isFunctionOfDim(n) || !right.isFunctionOfDim(k))
    return failure();
  ContractionShape shape;
  shape.left = leftFirst ? op.getLhs() : op.getRhs();
  shape.right = leftFirst ? op.getRhs() : op.getLhs();
  shape.leftByK = left.getDimPosition(0) == k;
  shape.rightByN = right.getDimPosition(0) == n;
  shape.m = result.getDimSize(0);
  shape.n = result.getDimSize(1);
  shape.k = tileType(shape.left).getDimSize(shape.leftByK ? 0 : 1);
  return shape;
}

} // namespace attention
