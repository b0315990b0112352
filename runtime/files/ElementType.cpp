//===- Types of elements in files and buffers -----------------------------===//
#include "runtime/files/ElementType.h"

using namespace attention;

int64_t attention::byteSize(ElementType type) {
  switch (type) {
  case ElementType::F64:
  case ElementType::I64:
    return 8;
  case ElementType::F32:
  case ElementType::I32:
    return 4;
  case ElementType::F16:
  case ElementType::BF16:
    return 2;
  case ElementType::I1:
    return 1;
  }
  return 0;
}

const char *attention::nameOf(ElementType type) {
  static const char *const names[] = {"f32", "f64", "f16", "bf16",
                                      "i64", "i32", "i1"};
  return names[static_cast<int32_t>(type)];
}

bool attention::isFloat(ElementType type) {
  return type == ElementType::F32 || type == ElementType::F64 ||
         type == ElementType::F16 || type == ElementType::BF16;
}

std::string attention::formatShape(const int64_t *shape, int64_t rank) {
  if (rank == 0)
    return "scalar";
  std::string text;
  for (int64_t axis = 0; axis < rank; ++axis) {
    if (axis)
      text += 'x';
    text += shape[axis] < 0 ? "?" : std::to_string(shape[axis]);
  }
  return text;
}

std::string attention::formatShape(const std::vector<int64_t> &shape) {
  return formatShape(shape.data(), static_cast<int64_t>(shape.size()));
}

bool attention::shapeMatches(const std::vector<int64_t> &expected,
                             const std::vector<int64_t> &found) {
  if (expected.size() != found.size())
    return false;
  for (size_t axis = 0; axis < expected.size(); ++axis)
    if (expected[axis] >= 0 && expected[axis] != found[axis])
      return false;
  return true;
}

bool attention::checkedProduct(const std::vector<int64_t> &sizes, int64_t unit,
                               int64_t &product) {
  // A size of zero does not excuse others that overflow: whether a shape is
  // legal must not depend on the order of its sizes.
  int64_t total = unit;
  bool empty = false;
  for (int64_t size : sizes) {
    if (size == 0)
      empty = true;
    else if (__builtin_mul_overflow(total, size, &total))
      return false;
  }
  product = empty ? 0 : total;
  return true;
}
