#include "interpreter/Elementwise.h"
#include "mlir/IR/BuiltinTypes.h"

using namespace mlir;

namespace attention {

FailureOr<Extent> commonExtent(Operation *op, const Frame &frame) {
  Extent extent;
  for (mlir::Value operand : op->getOperands()) {
    const Datum &datum = frame.get(operand);
    if (!datum.isArray())
      continue;
    const Shape &shape = datum.array().shape;
    if (extent.isArray && shape != extent.shape)
      return op->emitError("expects operands of one size, but got ")
             << shapeText(extent.shape) << " and " << shapeText(shape);
    extent = {true, shape, elementCount(shape)};
  }
  return extent;
}

std::string placeText(const Extent &extent, int64_t i) {
  if (!extent.isArray)
    return "";
  Shape index;
  for (int64_t stride : stridesOf(extent.shape)) {
    index.push_back(i / stride);
    i %= stride;
  }
  return shapeText(index);
}

int64_t widthOf(Type type) {
  Type element = getElementTypeOrSelf(type);
  return element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
}

int64_t wrap(uint64_t value, int64_t width) {
  if (width == 1)
    return value & 1;
  return width >= 64 ? int64_t(value)
                     : int64_t(value << (64 - width)) >> (64 - width);
}

} // namespace attention
