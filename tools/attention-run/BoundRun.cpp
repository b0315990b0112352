//===- A function with the buffers of its runs ----------------------------===//
#include "tools/attention-run/BoundRun.h"

#include "runtime/files/NearestName.h"

using namespace attention;

MaybeFailure BoundRun::bind(const attn_function *bound,
                            const attn_weights *weights, attn_pool *pool,
                            attn_device *target) {
  function = bound;
  device = target;
  attn_runner *made;
  if (MaybeFailure failure = failureOf(
          device ? attn_runner_create_on(function, weights, device, &made)
                 : attn_runner_create(function, weights, pool, &made)))
    return failure;
  runner.reset(made);
  return std::nullopt;
}

MaybeFailure BoundRun::allocateOutputs(const std::vector<int64_t> &sizes) {
  const int64_t *next = sizes.data();
  for (int64_t i = 0; i < attn_function_result_count(function); ++i) {
    const attn_tensor_desc &desc = *attn_function_result(function, i);
    Result<HostTensor> tensor = HostTensor::allocate(
        static_cast<ElementType>(desc.type), {next, next + desc.rank},
        "output " + quote(desc.name));
    if (!tensor)
      return tensor.failure();
    outputs.push_back(std::move(*tensor));
    next += desc.rank;
  }
  for (HostTensor &tensor : outputs)
    outputViews.push_back(viewOf(tensor));
  return std::nullopt;
}

MaybeFailure BoundRun::makeRoom(std::vector<HostTensor> &inputs) {
  for (HostTensor &tensor : inputs)
    inputViews.push_back(viewOf(tensor));
  int64_t total = 0;
  for (int64_t i = 0; i < attn_function_result_count(function); ++i)
    total += attn_function_result(function, i)->rank;
  std::vector<int64_t> sizes(static_cast<size_t>(total));
  if (MaybeFailure failure = failureOf(attn_runner_plan(
          runner.get(), inputViews.data(), sizes.data(), &bytes)))
    return failure;
  if (MaybeFailure failure = allocateOutputs(sizes))
    return failure;
  if (bytes > 0)
    workspace.reset(std::aligned_alloc(64, static_cast<size_t>(bytes)));
  if (bytes > 0 && !workspace)
    return Failure{"not enough memory for a workspace of " +
                   std::to_string(bytes) + " bytes"};
  return std::nullopt;
}

static int64_t bytesOf(const attn_tensor &tensor) {
  int64_t bytes = byteSize(static_cast<ElementType>(tensor.type));
  for (int32_t axis = 0; axis < tensor.rank; ++axis)
    bytes *= tensor.shape[axis];
  return bytes;
}

MaybeFailure BoundRun::addMemory(int64_t bytes) {
  attn_device_memory *made;
  if (MaybeFailure failure =
          failureOf(attn_device_memory_create(device, bytes, &made)))
    return failure;
  moved.emplace_back(made);
  return std::nullopt;
}

MaybeFailure BoundRun::moveToDevice() {
  for (attn_tensor &input : inputViews) {
    if (MaybeFailure failure = addMemory(bytesOf(input)))
      return failure;
    void *there = attn_device_memory_address(moved.back().get());
    if (MaybeFailure failure = failureOf(
            attn_device_copy(device, there, input.data, bytesOf(input))))
      return failure;
    input.data = there;
  }
  for (attn_tensor &output : outputViews) {
    if (MaybeFailure failure = addMemory(bytesOf(output)))
      return failure;
    output.data = attn_device_memory_address(moved.back().get());
  }
  return std::nullopt;
}

MaybeFailure BoundRun::fetchResults() {
  if (moved.empty())
    return std::nullopt;
  for (size_t i = 0; i < outputs.size(); ++i)
    if (MaybeFailure failure = failureOf(
            attn_device_copy(device, outputs[i].data(), outputViews[i].data,
                             bytesOf(outputViews[i]))))
      return failure;
  return std::nullopt;
}

MaybeFailure BoundRun::run() {
  return failureOf(attn_runner_run(runner.get(), inputViews.data(),
                                   outputViews.data(), workspace.get(), bytes));
}
