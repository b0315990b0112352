//===- A tensor in memory of its own --------------------------------------===//
#include "runtime/files/HostTensor.h"

#include "runtime/files/HalfPrecision.h"

using namespace attention;

Result<HostTensor> HostTensor::allocate(ElementType type,
                                        std::vector<int64_t> shape,
                                        const std::string &what) {
  HostTensor tensor;
  tensor.type = type;
  // Room for rounding up below.
  const int64_t limit = INT64_MAX - 64;
  if (!checkedProduct(shape, byteSize(type), tensor.size) ||
      tensor.size > limit)
    return Failure{what + " of shape " + formatShape(shape) +
                   " has more bytes than a size can count"};
  const auto rounded = static_cast<size_t>((tensor.size + 64) / 64 * 64);
  tensor.bytes.reset(static_cast<std::byte *>(std::aligned_alloc(64, rounded)));
  if (!tensor.bytes)
    return Failure{"not enough memory for " + what + " of " +
                   std::to_string(tensor.size) + " bytes"};
  tensor.shape = std::move(shape);
  return tensor;
}

template <typename T> static T loadAt(const std::byte *data, int64_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

template <typename T>
static void storeAt(std::byte *data, int64_t index, T value) {
  std::memcpy(data + index * sizeof(T), &value, sizeof(T));
}

double HostTensor::toDouble(int64_t index) const {
  switch (type) {
  case ElementType::F32:
    return loadAt<float>(data(), index);
  case ElementType::F64:
    return loadAt<double>(data(), index);
  case ElementType::F16:
    return widenF16(loadAt<uint16_t>(data(), index));
  case ElementType::BF16:
    return widenBF16(loadAt<uint16_t>(data(), index));
  case ElementType::I64:
    return static_cast<double>(loadAt<int64_t>(data(), index));
  case ElementType::I32:
    return loadAt<int32_t>(data(), index);
  case ElementType::I1:
    return loadAt<uint8_t>(data(), index);
  }
  return 0;
}

void HostTensor::setFromDouble(int64_t index, double value) {
  switch (type) {
  case ElementType::F32:
    return storeAt(data(), index, static_cast<float>(value));
  case ElementType::F64:
    return storeAt(data(), index, value);
  case ElementType::F16:
    return storeAt(data(), index, narrowToF16(value));
  case ElementType::BF16:
    return storeAt(data(), index, narrowToBF16(value));
  case ElementType::I64:
    return storeAt(data(), index, static_cast<int64_t>(value));
  case ElementType::I32:
    return storeAt(data(), index, static_cast<int32_t>(value));
  case ElementType::I1:
    return storeAt(data(), index, static_cast<uint8_t>(value != 0));
  }
}
