//===- What a device can do at most ---------------------------------------===//
#include "tools/attention-bench/Device.h"

#include "runtime/files/Median.h"
#include "tools/attention-bench/Rows.h"

using namespace attention;

static const Clock wall = Clock::Wall;

std::vector<Peak> Device::peaks() const {
  return {Peak::MatmulF32, Peak::MatmulF64, Peak::MatmulF16, Peak::MatmulBf16,
          Peak::Copy};
}

int64_t Device::side() const { return shrunk(4096, shrink); }
int64_t Device::copyBytes() const { return shrunk(int64_t(1) << 30, shrink); }

std::string Device::featureOf(Peak peak) const {
  if (peak == Peak::Copy)
    return std::to_string(copyBytes()) + " bytes read and written";
  const std::string n = std::to_string(side());
  return "our own, " + n + "x" + n + "x" + n;
}

static ElementType typeOf(Peak peak) {
  switch (peak) {
  case Peak::MatmulF64:
    return ElementType::F64;
  case Peak::MatmulF16:
    return ElementType::F16;
  case Peak::MatmulBf16:
    return ElementType::BF16;
  default:
    return ElementType::F32;
  }
}

/// One product of square matrices, as a model.
static Row productRow(Peak peak, int64_t side) {
  const ElementType type = typeOf(peak);
  const std::string n = std::to_string(side),
                    matrix = "tensor<" + n + "x" + n + "x" + nameOf(type) + ">";
  const auto size = static_cast<double>(side);
  return {
      nameOf(peak),
      "func.func @multiply(%x: " + matrix + " {attention.name = \"x\"}, %w: " +
          matrix + " {attention.name = \"w\"}) -> (" + matrix +
          " {attention.name = \"y\"}) {\n  %y = attention.project %x, %w : " +
          matrix + ", " + matrix + "\n  return %y : " + matrix + "\n}\n",
      {{"x", type, {side, side}, Fill::Normal},
       {"w", type, {side, side}, Fill::Normal}},
      2 * size * size * size,
      peak,
      ""};
}

Result<double> Device::multiply(Peak peak, double seconds) {
  const Row row = productRow(peak, side());
  const auto [product, isNew] = products.try_emplace(peak);
  if (isNew) {
    Result<const attn_function *> function = kernels.compile(row.text);
    if (!function)
      return function.failure();
    if (MaybeFailure failure = product->second.prepare(row, *function, place()))
      return *failure;
  }
  Result<double> median = product->second.turn(wall, seconds);
  return median ? Result<double>(row.work / *median) : median;
}

MaybeFailure Device::allocate() {
  for (DeviceMemoryHandle *memory : {&from, &to}) {
    attn_device_memory *made;
    if (MaybeFailure failure =
            failureOf(attn_device_memory_create(device, copyBytes(), &made)))
      return failure;
    memory->reset(made);
  }
  return std::nullopt;
}

Result<double> Device::copy(double least) {
  if (!to)
    if (MaybeFailure failure = allocate())
      return *failure;
  std::vector<double> times;
  for (double sum = 0; sum < least || times.size() < 2; sum += times.back()) {
    const double start = threadSeconds(wall);
    if (MaybeFailure failure = failureOf(attn_device_copy(
            device, attn_device_memory_address(to.get()),
            attn_device_memory_address(from.get()), copyBytes())))
      return *failure;
    times.push_back(threadSeconds(wall) - start);
  }
  times.erase(times.begin()); // it may have had to wake something
  return 2 * static_cast<double>(copyBytes()) / medianOf(times);
}

Result<double> Device::measure(Peak peak, double seconds) {
  Result<double> rate =
      peak == Peak::Copy ? copy(seconds) : multiply(peak, seconds);
  if (!rate)
    return Failure{"peak '" + std::string(nameOf(peak)) +
                   "': " + rate.failure().message};
  return rate;
}
