#include "passes/SizeSlice.h"
#include "passes/UpstreamChecks.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/DestinationStyleOpInterface.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

Value SizeSlice::stop(Value value) {
  if (!stoppedAt)
    stoppedAt = value;
  return {};
}

Value SizeSlice::copySize(OpFoldResult size) {
  if (auto value = dyn_cast<Value>(size))
    return copy(value);
  int64_t number = *getConstantIntValue(size);
  return arith::ConstantIndexOp::create(builder, builder.getUnknownLoc(),
                                        number);
}

/// The size of dimension `dimension` of an op that states its sizes.
Value SizeSlice::copyDimOfOp(Operation *op, Value shaped, int64_t dimension) {
  return TypeSwitch<Operation *, Value>(op)
      .Case<memref::AllocOp, memref::AllocaOp>([&](auto alloc) {
        return copySize(alloc.getMixedSizes()[dimension]);
      })
      .Case([&](tensor::EmptyOp empty) {
        return copySize(empty.getMixedSizes()[dimension]);
      })
      .Case<memref::CastOp, tensor::CastOp>(
          [&](auto cast) { return copyDim(cast.getSource(), dimension); })
      .Case<memref::ExpandShapeOp, tensor::ExpandShapeOp>([&](auto expand) {
        return copySize(expand.getMixedOutputShape()[dimension]);
      })
      .Case([&](DestinationStyleOpInterface destination) {
        OpOperand *init = destination.getTiedOpOperand(cast<OpResult>(shaped));
        return copyDim(init->get(), dimension);
      })
      .Case<memref::SubViewOp, tensor::ExtractSliceOp>([&](auto slice) {
        if (slice.getType().getRank() != slice.getSourceType().getRank())
          return stop(shaped);
        return copySize(slice.getMixedSizes()[dimension]);
      })
      .Case([&](memref::ViewOp view) {
        return copy(
            view.getSizes()[view.getType().getDynamicDimIndex(dimension)]);
      })
      .Default([&](Operation *) { return stop(shaped); });
}

Value SizeSlice::copyDim(Value shaped, int64_t dimension) {
  auto type = cast<ShapedType>(shaped.getType());
  Location loc = shaped.getLoc();
  if (!type.isDynamicDim(dimension))
    return arith::ConstantIndexOp::create(builder, loc,
                                          type.getDimSize(dimension));
  if (Value argument = mapping.lookupOrNull(shaped)) {
    if (isa<MemRefType>(argument.getType()))
      return memref::DimOp::create(builder, loc, argument, dimension);
    return tensor::DimOp::create(builder, loc, argument, dimension);
  }
  if (Operation *op = shaped.getDefiningOp())
    return copyDimOfOp(op, shaped, dimension);
  // Buffers that a loop carries are those that it starts with.
  auto argument = cast<BlockArgument>(shaped);
  auto loop = dyn_cast<scf::ForOp>(argument.getOwner()->getParentOp());
  if (isa<MemRefType>(type) && loop)
    return copyDim(loop.getTiedLoopInit(argument)->get(), dimension);
  return stop(shaped);
}

/// Whether it can be computed anywhere: a division only if by what is never 0.
static bool isMovable(Operation *op) {
  if (isPure(op))
    return true;
  return isa<arith::DivSIOp, arith::DivUIOp, arith::CeilDivSIOp,
             arith::CeilDivUIOp, arith::FloorDivSIOp, arith::RemSIOp,
             arith::RemUIOp>(op) &&
         isNeverZero(op->getOperand(1));
}

Value SizeSlice::copyArithmetic(OpResult result) {
  Operation *op = result.getOwner();
  StringRef dialect = op->getName().getDialectNamespace();
  bool arithmetic =
      dialect == "arith" || dialect == "affine" || dialect == "index";
  if (!arithmetic || op->getNumRegions() != 0 || !isMovable(op))
    return stop(result);
  for (Value operand : op->getOperands())
    if (!copy(operand))
      return {};
  builder.clone(*op, mapping);
  return mapping.lookup(result);
}

Value SizeSlice::copyExactly(Value size) {
  if (Value known = mapping.lookupOrNull(size))
    return known;
  auto result = dyn_cast<OpResult>(size);
  if (!result)
    return stop(size);
  if (auto loop = dyn_cast<scf::ForOp>(result.getOwner())) {
    bool isCopied = copyLoop(loop, [](OpBuilder &, SizeSlice &) {});
    return isCopied ? mapping.lookupOrNull(size) : Value();
  }
  return copyArithmetic(result);
}

Value SizeSlice::copy(Value size) {
  if (Value known = mapping.lookupOrNull(size))
    return known;
  Value copied;
  if (auto dim = size.getDefiningOp<memref::DimOp>();
      dim && dim.getConstantIndex())
    copied = copyDim(dim.getSource(), *dim.getConstantIndex());
  else if (auto dim = size.getDefiningOp<tensor::DimOp>();
           dim && dim.getConstantIndex())
    copied = copyDim(dim.getSource(), *dim.getConstantIndex());
  else
    return bounding ? bound(size) : copyExactly(size);
  if (copied && !bounding)
    mapping.map(size, copied);
  return copied;
}

bool SizeSlice::copyLoop(scf::ForOp loop,
                         function_ref<void(OpBuilder &, SizeSlice &)> inside) {
  SmallVector<Value> bounds, starts;
  for (Value bound :
       {loop.getLowerBound(), loop.getUpperBound(), loop.getStep()})
    bounds.push_back(copy(bound));
  SmallVector<unsigned> sizes;
  for (auto [number, start] : llvm::enumerate(loop.getInitArgs()))
    if (start.getType().isIndex()) {
      sizes.push_back(number);
      starts.push_back(copy(start));
    }
  if (llvm::is_contained(bounds, Value()) ||
      llvm::is_contained(starts, Value()))
    return false;
  auto counted = scf::ForOp::create(builder, loop.getLoc(), bounds[0],
                                    bounds[1], bounds[2], starts);
  IRMapping within = mapping;
  within.map(loop.getInductionVar(), counted.getInductionVar());
  for (auto [number, argument] : llvm::zip(sizes, counted.getRegionIterArgs()))
    within.map(loop.getRegionIterArg(number), argument);
  OpBuilder body = OpBuilder::atBlockBegin(counted.getBody());
  SizeSlice slice(body, within);
  inside(body, slice);
  SmallVector<Value> next;
  for (unsigned number : sizes)
    if (Value copied = slice.copy(loop.getYieldedValues()[number]))
      next.push_back(copied);
  if (next.size() != sizes.size()) {
    counted.erase();
    stop(slice.culprit());
    return false;
  }
  if (!sizes.empty())
    scf::YieldOp::create(body, loop.getLoc(), next);
  for (auto [number, result] : llvm::zip(sizes, counted.getResults()))
    mapping.map(loop.getResult(number), result);
  return true;
}

/// `copied`, or an error on the place of the culprit.
Value SizeSlice::orReport(Value copied, StringRef what) {
  if (copied)
    return copied;
  InFlightDiagnostic error =
      emitError(stoppedAt.getLoc())
      << "expects " << what
      << " to follow from the sizes of arguments, but got ";
  if (Operation *op = stoppedAt.getDefiningOp())
    error << "the result of '" << op->getName() << "'";
  else
    error << "a value that is known only inside of a loop";
  return {};
}

Value SizeSlice::copyOrReport(Value size, StringRef what) {
  stoppedAt = {};
  return orReport(copy(size), what);
}

Value SizeSlice::boundOrReport(Value size, StringRef what) {
  stoppedAt = {};
  return orReport(bound(size), what);
}

} // namespace attention
