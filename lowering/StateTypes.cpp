#include "lowering/StateTypes.h"

using namespace mlir;

namespace attention {

StateTypeConverter::StateTypeConverter() {
  addConversion([](Type type) { return type; });
  addConversion(
      [](PartialType type,
         SmallVectorImpl<Type> &tiles) -> std::optional<LogicalResult> {
        if (type.getOutput().getRank() != 2)
          return failure();
        llvm::append_range(tiles,
                           type.getVariant().partialTypes(partialShape(type)));
        return success();
      });
  addConversion([](CarryType type, SmallVectorImpl<Type> &tiles)
                    -> std::optional<LogicalResult> {
    llvm::append_range(tiles, type.getVariant().carryTypes(carryShape(type)));
    return success();
  });
}

} // namespace attention
