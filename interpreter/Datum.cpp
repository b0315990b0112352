#include "interpreter/Datum.h"
#include "mlir/IR/BuiltinTypes.h"

namespace attention {

int64_t Array::size() const { return elementCount(shape); }

Array Array::zeros(llvm::ArrayRef<int64_t> shape, mlir::Type element) {
  return mlir::isa<mlir::FloatType>(element) ? zeros<double>(shape)
                                             : zeros<int64_t>(shape);
}

int64_t elementCount(llvm::ArrayRef<int64_t> shape) {
  int64_t count = 1;
  for (int64_t size : shape)
    count *= size;
  return count;
}

Shape stridesOf(llvm::ArrayRef<int64_t> shape) {
  Shape strides(shape.size(), 1);
  for (int64_t d = int64_t(shape.size()) - 2; d >= 0; --d)
    strides[d] = strides[d + 1] * shape[d + 1];
  return strides;
}

std::string shapeText(llvm::ArrayRef<int64_t> shape) {
  std::string text = "[";
  for (int64_t size : shape) {
    if (text.size() > 1)
      text += ", ";
    text += mlir::ShapedType::isDynamic(size) ? "?" : std::to_string(size);
  }
  return text + "]";
}

Datum elementAt(const Array &array, int64_t i) {
  if (array.isFloat())
    return array.as<double>()[i];
  return array.as<int64_t>()[i];
}

void setElement(Array &array, int64_t i, const Datum &scalar) {
  if (array.isFloat())
    array.as<double>()[i] = scalar.real();
  else
    array.as<int64_t>()[i] = scalar.integer();
}

} // namespace attention
