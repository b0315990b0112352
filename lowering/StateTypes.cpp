#include "lowering/StateTypes.h"

using namespace mlir;

namespace attention {

static constexpr int64_t granule = 16;

PartialShape partialShape(PartialType type) {
  RankedTensorType output = type.getOutput();
  return {output.getDimSize(0), /*features=*/0, int64_t(llvm::alignTo(output.getDimSize(1), granule)),
          scoreType(output.getElementType())};
}

PartialShape carryShape(CarryType type) {
  RankedTensorType shape = type.getShape();
  return {/*rows=*/0, int64_t(llvm::alignTo(shape.getDimSize(2), granule)),
          int64_t(llvm::alignTo(shape.getDimSize(3), granule)), scoreType(shape.getElementType())};
}

StateTypeConverter::StateTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion([](PartialType type, SmallVectorImpl<Type> &tiles) -> std::optional<LogicalResult> {
    if (type.getOutput().getRank() != 2)
      return failure();
    llvm::append_range(tiles, type.getVariant().partialTypes(partialShape(type)));
    return success();
  });
  addConversion([](CarryType type, SmallVectorImpl<Type> &tiles) -> std::optional<LogicalResult> {
    llvm::append_range(tiles, type.getVariant().carryTypes(carryShape(type)));
    return success();
  });
}

} // namespace attention
