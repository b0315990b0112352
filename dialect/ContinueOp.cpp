#include "dialect/Clauses.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

LogicalResult ContinueOp::inferReturnTypes(MLIRContext *,
                                           std::optional<Location> loc,
                                           Adaptor adaptor,
                                           SmallVectorImpl<Type> &types) {
  FailureOr<RankedTensorType> output = inferAttended(
      loc, adaptor.getQuery(), adaptor.getKey(), adaptor.getValue());
  if (failed(output))
    return failure();
  types.push_back(*output);
  llvm::append_range(types, adaptor.getMemory().getTypes());
  return success();
}

LogicalResult
ContinueOp::reifyResultShapes(OpBuilder &builder,
                              ReifiedRankedShapedTypeDims &shapes) {
  shapes.push_back(
      attendedSizes(builder, getLoc(), getQuery(), getKey(), getValue()));
  for (Value part : getMemory())
    shapes.push_back(tensor::getMixedSizes(builder, getLoc(), part));
  return success();
}

SmallVector<RankedTensorType> memoryTypes(ChunkedVariantInterface variant,
                                          RankedTensorType output,
                                          RankedTensorType key) {
  // Tiles are padded, what is kept is not.
  MemoryShape shape{/*tokens=*/0, key.getDimSize(3), output.getDimSize(3),
                    scoreType(output.getElementType())};
  SmallVector<RankedTensorType> types;
  for (Type part : variant.memoryTypes(shape)) {
    SmallVector<int64_t> sizes{output.getDimSize(0), output.getDimSize(1)};
    if (auto tile = dyn_cast<VectorType>(part))
      llvm::append_range(sizes, tile.getShape());
    types.push_back(RankedTensorType::get(sizes, shape.type));
  }
  return types;
}

LogicalResult ContinueOp::verify() {
  RankedTensorType query = getQuery().getType(), key = getKey().getType(),
                   value = getValue().getType();
  if (failed(verifyTensors(*this, query, key, value)) ||
      failed(verifyMemoryClauses(*this)))
    return failure();
  if (failed(verifySizes(*this, "the number of queries", {query.getDimSize(2)},
                         {key.getDimSize(2)}))) // (C6)
    return failure();
  RankedTensorType output = attendedType(query, key, value);
  if (output.isDynamicDim(1) || output.isDynamicDim(3) || key.isDynamicDim(3))
    return emitOpError("expects static heads and columns, but got ") << output;
  SmallVector<RankedTensorType> parts = memoryTypes(getVariant(), output, key);
  if (parts.size() != getMemory().size())
    return emitOpError("expects a memory of ")
           << parts.size() << " parts, but got " << getMemory().size();
  for (auto [part, given] : llvm::zip(parts, getMemory().getTypes()))
    if (failed(verifyCompatibleShape(part, given)) ||
        part.getElementType() !=
            cast<RankedTensorType>(given).getElementType()) // (C7)
      return emitOpError("expects a part of the memory to be ")
             << part << ", but got " << given;
  return success();
}

} // namespace attention
