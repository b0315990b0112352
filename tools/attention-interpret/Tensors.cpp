#include "tools/attention-interpret/Tensors.h"
#include "runtime/files/HalfPrecision.h"
#include <cstring>

namespace attention {

template <typename Stored>
static Stored element(const std::byte *bytes, int64_t i) {
  Stored value;
  std::memcpy(&value, bytes + i * sizeof(Stored), sizeof(Stored));
  return value;
}

static double realElement(ElementType type, const std::byte *bytes, int64_t i) {
  switch (type) {
  case ElementType::F32:
    return element<float>(bytes, i);
  case ElementType::F16:
    return widenF16(element<uint16_t>(bytes, i));
  case ElementType::BF16:
    return widenBF16(element<uint16_t>(bytes, i));
  default:
    return element<double>(bytes, i);
  }
}

static int64_t wholeElement(ElementType type, const std::byte *bytes,
                            int64_t i) {
  switch (type) {
  case ElementType::I1:
    return element<uint8_t>(bytes, i) != 0;
  case ElementType::I32:
    return element<int32_t>(bytes, i);
  default:
    return element<int64_t>(bytes, i);
  }
}

Datum datumOf(ElementType type, const std::vector<int64_t> &shape,
              const std::byte *bytes, bool scalar) {
  if (scalar)
    return isFloat(type) ? Datum(realElement(type, bytes, 0))
                         : Datum(wholeElement(type, bytes, 0));
  Array array = isFloat(type) ? Array::zeros<double>(shape)
                              : Array::zeros<int64_t>(shape);
  for (int64_t i = 0, count = array.size(); i < count; ++i)
    if (isFloat(type))
      array.as<double>()[i] = realElement(type, bytes, i);
    else
      array.as<int64_t>()[i] = wholeElement(type, bytes, i);
  return array;
}

static void storeWhole(HostTensor &tensor, int64_t i, int64_t value) {
  std::byte *at = tensor.data() + i * byteSize(tensor.type);
  if (tensor.type == ElementType::I64) {
    std::memcpy(at, &value, sizeof(value));
  } else if (tensor.type == ElementType::I32) {
    auto narrow = static_cast<int32_t>(value);
    std::memcpy(at, &narrow, sizeof(narrow));
  } else {
    *at = std::byte(value != 0);
  }
}

Result<HostTensor> tensorOf(const Datum &datum, ElementType type,
                            const std::string &name) {
  Shape shape = datum.isArray() ? datum.array().shape : Shape();
  auto tensor = HostTensor::allocate(
      type, std::vector<int64_t>(shape.begin(), shape.end()),
      "output '" + name + "'");
  if (!tensor)
    return tensor;
  for (int64_t i = 0, count = elementCount(shape); i < count; ++i)
    if (isFloat(type))
      tensor->setFromDouble(i, datum.data<double>()[i]);
    else
      storeWhole(*tensor, i, datum.data<int64_t>()[i]);
  return tensor;
}

} // namespace attention
