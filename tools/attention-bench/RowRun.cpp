//===- A row ready to run -------------------------------------------------===//
#include "tools/attention-bench/RowRun.h"

#include "runtime/files/Input.h"
#include "runtime/files/Median.h"

#include <algorithm>
#include <cmath>
#include <cstring>

using namespace attention;

/// Gives each row of `width` normal numbers a length.
static void scaleRows(HostTensor &tensor, int64_t width, double length) {
  for (int64_t row = 0; row < tensor.elementCount(); row += width) {
    double squares = 0;
    for (int64_t i = row; i < row + width; ++i)
      squares += tensor.toDouble(i) * tensor.toDouble(i);
    for (int64_t i = row; i < row + width; ++i)
      tensor.setFromDouble(i, tensor.toDouble(i) * length / std::sqrt(squares));
  }
}

static void fill(HostTensor &tensor, Fill kind, int64_t width, uint64_t seed) {
  fillNormal(tensor, seed);
  if (kind == Fill::Unit || kind == Fill::Small)
    return scaleRows(tensor, width, kind == Fill::Unit ? 1 : 0.1);
  for (int64_t i = 0; kind != Fill::Normal && i < tensor.elementCount(); ++i) {
    const double x = tensor.toDouble(i);
    tensor.setFromDouble(i, kind == Fill::Decay ? -std::fabs(x) / 16
                                                : 1 / (1 + std::exp(-x)));
  }
}

/// A block of numbers is drawn, and repeated where the tensor is larger.
static Result<HostTensor> makeInput(const InputPlan &plan, uint64_t seed) {
  const std::string what = "input '" + plan.name + "'";
  Result<HostTensor> tensor = HostTensor::allocate(plan.type, plan.shape, what);
  if (!tensor)
    return tensor;
  for (size_t i = 0; i < plan.values.size(); ++i)
    tensor->setFromDouble(static_cast<int64_t>(i),
                          static_cast<double>(plan.values[i]));
  if (!plan.values.empty())
    return tensor;
  const int64_t width = plan.shape.back();
  const int64_t rows =
      std::min(tensor->elementCount() / width, (int64_t(1) << 18) / width | 1);
  Result<HostTensor> block =
      HostTensor::allocate(plan.type, {rows, width}, what);
  if (!block)
    return block;
  fill(*block, plan.fill, width, seed);
  for (int64_t place = 0; place < tensor->byteCount();
       place += block->byteCount())
    std::memcpy(tensor->data() + place, block->data(),
                static_cast<size_t>(
                    std::min(block->byteCount(), tensor->byteCount() - place)));
  return tensor;
}

MaybeFailure RowRun::add(const std::vector<InputPlan> &plans,
                         const attn_function *function, const Place &place) {
  Part &part = parts.emplace_back();
  for (const InputPlan &plan : plans) {
    Result<HostTensor> input = makeInput(plan, part.inputs.size() + 1);
    if (!input)
      return input.failure();
    part.inputs.push_back(std::move(*input));
  }
  if (MaybeFailure failure =
          part.run.bind(function, nullptr, place.pool, place.device))
    return failure;
  if (MaybeFailure failure = part.run.makeRoom(part.inputs))
    return failure;
  // Times are those of the device, not of copies.
  return place.device ? part.run.moveToDevice() : std::nullopt;
}

MaybeFailure RowRun::prepare(const Row &row, const attn_function *function,
                             const Place &place) {
  if (place.pool)
    threads = static_cast<double>(attn_pool_workers(place.pool));
  if (MaybeFailure failure = add(row.inputs, function, place))
    return failure;
  for (const std::vector<InputPlan> &plans : row.further)
    if (MaybeFailure failure = add(plans, function, place))
      return failure;
  return std::nullopt;
}

MaybeFailure RowRun::runAll() {
  for (Part &part : parts)
    if (MaybeFailure failure = part.run.run())
      return failure;
  return std::nullopt;
}

Result<double> RowRun::turn(Clock clock, double least) {
  std::vector<double> seconds;
  double sum = 0;
  if (MaybeFailure failure = runAll())
    return *failure;
  while (sum < least || seconds.empty()) {
    const double start = teamSeconds(clock, threads);
    if (MaybeFailure failure = runAll())
      return *failure;
    seconds.push_back(teamSeconds(clock, threads) - start);
    sum += seconds.back();
  }
  return medianOf(seconds);
}
