#include "lowering/cpu/TileChecks.h"

#include "dialect/Attention.h"
#include "lowering/Tiles.h"
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/Reductions.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention {

static LogicalResult checkType(Operation *op, Type type) {
  auto tile = dyn_cast<VectorType>(type);
  if (!tile)
    return success();
  Type element = tile.getElementType();
  bool isKnown =
      element.isF32() || element.isF64() || element.isF16() ||
      element.isBF16() || element.isIndex() ||
      llvm::any_of(ArrayRef<unsigned>{1, 8, 16, 32, 64},
                   [&](unsigned width) { return element.isInteger(width); });
  if (!isKnown || tile.isScalable() || tile.getRank() < 1 || tile.getRank() > 2)
    return op->emitError("expects tiles of rank 1 or 2 of f32, f64, f16, bf16, "
                         "i1, i8, i16, i32, i64 or index, but got ")
           << type;
  return success();
}

static LogicalResult checkTransfer(VectorTransferOpInterface op) {
  auto memref = dyn_cast<MemRefType>(op.getShapedType());
  if (!memref)
    return op.emitError("expects a memref, but got ") << op.getShapedType();
  if (op.getMask())
    return op.emitError("expects no mask");
  if (!op.getPermutationMap().isMinorIdentity())
    return op.emitError("expects a minor identity map, but got ")
           << AffineMapAttr::get(op.getPermutationMap());
  VectorType tile = op.getVectorType();
  if (memref.getElementType() != tile.getElementType())
    return op.emitError("expects memory of ")
           << tile.getElementType() << ", but got " << memref;
  SmallVector<int64_t> strides;
  int64_t offset;
  bool hasOneColumn =
      memref.getShape().back() == 1 || tile.getShape().back() == 1;
  if (failed(memref.getStridesAndOffset(strides, offset)) ||
      (!hasOneColumn && strides.back() != 1))
    return op.emitError("expects a last dimension of stride 1, but got ")
           << memref;
  return success();
}

static LogicalResult checkReduction(vector::MultiDimReductionOp op) {
  if (op.getSourceVectorType().getRank() != 2 ||
      op.getReductionDims().size() != 1)
    return op.emitError("expects to reduce one dimension of a tile of rank 2, "
                        "but got ")
           << op.getSourceVectorType();
  if (!canReduce(op.getKind(), op.getSourceVectorType().getElementType()))
    return op.emitError("expects a reduction that ")
           << op.getSourceVectorType().getElementType() << " has, but got "
           << vector::stringifyCombiningKind(op.getKind());
  return success();
}

static LogicalResult checkFullReduction(Operation *op) {
  auto source = cast<VectorType>(op->getOperand(0).getType());
  if (isa<vector::ExtractOp>(op))
    return success();
  auto reduction = dyn_cast<vector::ReductionOp>(op);
  vector::CombiningKind kind =
      reduction ? reduction.getKind()
                : cast<vector::MultiDimReductionOp>(op).getKind();
  if (source.getRank() != 1)
    return op->emitError("expects to reduce one dimension, but got ") << source;
  if (!canReduce(kind, source.getElementType()))
    return op->emitError("expects a reduction that ")
           << source.getElementType() << " has, but got "
           << vector::stringifyCombiningKind(kind);
  return success();
}

static LogicalResult checkContraction(vector::ContractionOp op) {
  if (failed(ContractionShape::of(op)))
    return op.emitError("expects maps (m, k), (n, k) or (k, n), and (m, n), "
                        "but got ")
           << op.getIndexingMaps();
  if (op.getKind() != vector::CombiningKind::ADD)
    return op.emitError("expects a sum of products, but got ")
           << vector::stringifyCombiningKind(op.getKind());
  Type element = op.getLhsType().getElementType(),
       result = cast<VectorType>(op.getResultType()).getElementType();
  bool isWide = (element.isF64() && result.isF64()) ||
                ((element.isF32() || element.isF16() || element.isBF16()) &&
                 result.isF32());
  if (!isWide || op.getRhsType().getElementType() != element)
    return op.emitError(
               "expects operands of f32, f16 or bf16 and an accumulator "
               "of f32, or all f64, but got ")
           << op.getLhsType() << ", " << op.getRhsType() << " and "
           << op.getResultType();
  return success();
}

static LogicalResult checkSolve(SolveForwardOp op) {
  auto type = cast<VectorType>(op.getRight().getType());
  if (type.getElementType().isF32() || type.getElementType().isF64())
    return success();
  return op.emitError("expects a system of f32 or f64, but got ") << type;
}

static LogicalResult checkView(Operation *op) {
  auto cast = dyn_cast<vector::ShapeCastOp>(op);
  if (!cast)
    return success();
  auto properSizes = [](VectorType type) {
    SmallVector<int64_t> sizes;
    for (int64_t dim : properDims(type))
      sizes.push_back(type.getDimSize(dim));
    return sizes;
  };
  if (properSizes(cast.getSourceVectorType()) !=
      properSizes(cast.getResultVectorType()))
    return op->emitError(
               "expects to add or drop dimensions of size 1, but got ")
           << cast.getSourceVectorType() << " to "
           << cast.getResultVectorType();
  return success();
}

static LogicalResult checkGather(vector::GatherOp op) {
  auto memref = dyn_cast<MemRefType>(op.getBase().getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  if (!memref || memref.getElementType().isInteger(1) ||
      failed(memref.getStridesAndOffset(strides, offset)) ||
      strides.back() != 1)
    return op.emitError("expects a memref with a last dimension of stride 1, "
                        "not of i1, but got ")
           << op.getBase().getType();
  return success();
}

static LogicalResult checkConstant(arith::ConstantOp op) {
  if (isTile(op.getResult()) && !isa<SplatElementsAttr>(op.getValue()))
    return op.emitError("expects a constant with all elements alike, but got ")
           << op.getType();
  return success();
}

static LogicalResult checkOp(Operation *op) {
  for (Type type : op->getOperandTypes())
    if (failed(checkType(op, type)))
      return failure();
  for (Type type : op->getResultTypes())
    if (failed(checkType(op, type)))
      return failure();
  if (auto transfer = dyn_cast<VectorTransferOpInterface>(op))
    return checkTransfer(transfer);
  if (isFullReduction(op))
    return checkFullReduction(op);
  if (auto reduction = dyn_cast<vector::MultiDimReductionOp>(op))
    return checkReduction(reduction);
  if (auto contraction = dyn_cast<vector::ContractionOp>(op))
    return checkContraction(contraction);
  if (auto solve = dyn_cast<SolveForwardOp>(op))
    return checkSolve(solve);
  if (auto gather = dyn_cast<vector::GatherOp>(op))
    return checkGather(gather);
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return checkConstant(constant);
  if (isa<scf::ForOp, scf::IfOp, scf::YieldOp>(op))
    return success();
  if (isPointwise(op))
    return checkView(op);
  return op->emitError("expects an op of the tile level, but got '")
         << op->getName() << "' on tiles";
}

LogicalResult checkTiles(func::FuncOp function) {
  if (llvm::any_of(function.getFunctionType().getInputs(),
                   llvm::IsaPred<VectorType>) ||
      llvm::any_of(function.getFunctionType().getResults(),
                   llvm::IsaPred<VectorType>))
    return function.emitError("expects tiles within functions, but got ")
           << function.getFunctionType();
  WalkResult result = function.walk([](Operation *op) {
    bool holdsTiles = llvm::any_of(op->getOperands(), isTile) ||
                      llvm::any_of(op->getResults(), isTile);
    if (holdsTiles && failed(checkOp(op)))
      return WalkResult::interrupt();
    // Tiles live within structured control flow only.
    if (op->getNumRegions() && touchesTiles(op) &&
        !isa<scf::ForOp, scf::IfOp, scf::ForallOp, func::FuncOp>(op)) {
      op->emitError(
          "expects scf.for, scf.if or scf.forall around tiles, but got '")
          << op->getName() << "'";
      return WalkResult::interrupt();
    }
    return WalkResult::advance();
  });
  if (result.wasInterrupted())
    return failure();
  if (touchesTiles(function) && !function.getBody().hasOneBlock())
    return function.emitError("expects one block around tiles, but got ")
           << function.getBody().getBlocks().size();
  return success();
}

LogicalResult checkPairs(func::FuncOp function, const VectorUnit &unit) {
  auto isMultiplied = [&](OpOperand &use) {
    auto product = dyn_cast<vector::ContractionOp>(use.getOwner());
    if (!product)
      return false;
    ContractionShape shape = *ContractionShape::of(product);
    return use.get() == shape.right && use.get() != shape.left &&
           Contraction::pairsOf(unit, product, shape);
  };
  WalkResult result = function.walk([&](SplitPairsOp op) {
    if (llvm::all_of(op->getUses(), isMultiplied))
      return WalkResult::advance();
    op.emitError("expects pairs out of memory that no task writes, to be "
                 "multiplied by rows of bf16, and a processor that multiplies "
                 "pairs");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

} // namespace attention
