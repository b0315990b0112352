/// pack_partial and unpack_partial: partials in memory.
#include "dialect/Attention.h"

#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

static LogicalResult verifyParts(Operation *op, PartialType partial,
                                 TypeRange tensors) { // (C1)
  if (partial.getOutput().getRank() != 2)
    return op->emitOpError("expects the partial of a tile, but got ")
           << partial;
  SmallVector<Type> expected;
  for (Type part : partial.getVariant().partialTypes(partialShape(partial)))
    expected.push_back(
        RankedTensorType::get(cast<VectorType>(part).getShape(),
                              cast<VectorType>(part).getElementType()));
  if (TypeRange(expected) != tensors)
    return op->emitOpError("expects tensors of types ")
           << expected << ", but got " << tensors;
  return success();
}

LogicalResult PackPartialOp::inferReturnTypes(MLIRContext *,
                                              std::optional<Location>,
                                              Adaptor adaptor,
                                              SmallVectorImpl<Type> &types) {
  llvm::append_range(types, adaptor.getInto().getTypes());
  return success();
}

LogicalResult PackPartialOp::verify() {
  return verifyParts(*this, getPartial().getType(), getInto().getTypes());
}
LogicalResult UnpackPartialOp::verify() {
  return verifyParts(*this, getPartial().getType(), getParts().getTypes());
}

} // namespace attention
