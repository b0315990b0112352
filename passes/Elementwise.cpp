#include "passes/Elementwise.h"

#include "dialect/Attention.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

bool worksByRow(Operation *op) {
  return isa<ProjectOp, RmsNormOp, LayerNormOp, SiluOp, GeluOp>(op);
}

Type computeType(Type element) {
  return isa<Float16Type, BFloat16Type>(element)
             ? Float32Type::get(element.getContext())
             : element;
}

static bool isNumber(Type type) {
  return getElementTypeOrSelf(type).isIntOrIndexOrFloat();
}

/// Whether kernels compute in the type itself.
static bool isComputedAsItIs(Type type) {
  Type element = getElementTypeOrSelf(type);
  return computeType(element) == element;
}

bool isElementwiseOnTensors(Operation *op) {
  if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1)
    return false;
  Type result = op->getResult(0).getType();
  auto tensor = dyn_cast<RankedTensorType>(result);
  if (!tensor || tensor.getRank() == 0 || !isNumber(result) ||
      !llvm::all_of(op->getOperandTypes(), isNumber))
    return false;
  // The bits of a 16-bit number are not those of what it is computed in.
  return !isa<arith::BitcastOp>(op) ||
         (isComputedAsItIs(result) &&
          isComputedAsItIs(op->getOperand(0).getType()));
}

} // namespace attention
