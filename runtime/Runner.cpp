//===- A function made ready to run ---------------------------------------===//
#include "runtime/Runner.h"

#include "runtime/Buffers.h"
#include "runtime/Pool.h"
#include "runtime/Status.h"
#include "runtime/files/NearestName.h"

#include <algorithm>
#include <memory>

using namespace attention;

attn_runner::attn_runner(const attn_function &function, attn_pool *pool)
    : asked(function), function(function), pool(pool),
      host(ownHost.emplace(pool)) {
  layOut();
}

attn_runner::attn_runner(const attn_function &asked, const attn_function &code,
                         std::shared_ptr<cuda::KernelModule> module)
    : asked(asked), function(code),
      device(std::make_unique<cuda::DeviceRun>(std::move(module))),
      host(*device) {
  layOut();
}

void attn_runner::layOut() {
  const attn_function_desc &desc = *function.desc;
  int64_t total = 0;
  for (int64_t i = 0; i < desc.argument_count; ++i) {
    offsets.push_back(total);
    total += desc.arguments[i].rank;
  }
  argumentSizes = total;
  for (int64_t i = 0; i < desc.result_count; ++i) {
    offsets.push_back(total);
    total += desc.results[i].rank;
  }
  sizes.resize(static_cast<size_t>(total));
  buffers.resize(offsets.size());
  isBound.resize(offsets.size());
}

static std::string missingWeights(const std::vector<std::string> &missing,
                                  const attn_weights *weights) {
  std::string message =
      "missing weight " + quote(missing.front()) +
      (weights ? nearestHint(missing.front(), weights->names()) : "");
  const size_t shown = std::min<size_t>(missing.size(), 4);
  for (size_t i = 1; i < shown; ++i)
    message += (i == 1 ? ", also " : ", ") + quote(missing[i]);
  if (missing.size() > shown)
    message += " and " + std::to_string(missing.size() - shown) + " more";
  return message;
}

attn_status *attn_runner::bindWeights(const attn_weights *weights) {
  std::vector<std::string> missing;
  for (const attn_tensor_desc *argument : function.weights) {
    if (!weights || !weights->contains(argument->weight)) {
      missing.push_back(argument->weight);
      continue;
    }
    Result<BoundWeight> bound = weights->bind(*argument);
    if (!bound)
      return makeStatus(ATTN_INVALID, bound.message());
    const auto index = static_cast<size_t>(argument - function.desc->arguments);
    buffers[index] = const_cast<void *>(bound->data);
    isBound[index] = true;
    std::copy(bound->shape.begin(), bound->shape.end(),
              sizes.begin() + offsets[index]);
  }
  if (!missing.empty())
    return makeStatus(ATTN_NOT_FOUND, missingWeights(missing, weights));
  return device && weights ? uploadWeights(*weights) : nullptr;
}

attn_status *attn_runner::uploadWeights(const attn_weights &weights) {
  for (size_t i = 0; i < buffers.size(); ++i) {
    if (!isBound[i])
      continue;
    const attn_tensor_desc &argument = function.desc->arguments[i];
    int64_t bytes = byteSize(static_cast<ElementType>(argument.type));
    for (int32_t axis = 0; axis < argument.rank; ++axis)
      bytes *= sizes[static_cast<size_t>(offsets[i] + axis)];
    std::shared_ptr<const cuda::DeviceMemory> memory;
    if (attn_status *status = weights.uploaded.upload(
            device->target(), buffers[i], bytes, memory))
      return status;
    if (!memory) // it was there
      continue;
    buffers[i] = memory->data();
    uploaded.push_back(std::move(memory));
  }
  return nullptr;
}

attn_status *attn_runner::bindPrepared(const attn_weights &weights) {
  const attn_function_desc &desc = *function.desc;
  if (attn_status *status =
          weights.prepared.prepare(*desc.preparation, weights, pool, prepared))
    return status;
  for (int64_t i = 0; i < desc.argument_count; ++i) {
    const attn_tensor_desc &argument = desc.arguments[i];
    if (argument.prepared < 0)
      continue;
    const auto index = static_cast<size_t>(i);
    buffers[index] = prepared->data(argument.prepared);
    isBound[index] = true;
    std::copy_n(argument.shape, argument.rank, sizes.begin() + offsets[index]);
  }
  return nullptr;
}

attn_status *attn_runner::takeSizes(const attn_tensor *inputs) {
  for (size_t i = 0; i < function.inputs.size(); ++i) {
    const attn_tensor_desc &desc = *function.inputs[i];
    if (!isLike(inputs[i], desc, desc.shape))
      return mismatch("input", desc, desc.shape, inputs[i]);
    const auto index = static_cast<size_t>(&desc - function.desc->arguments);
    std::copy_n(inputs[i].shape, desc.rank, sizes.begin() + offsets[index]);
  }
  return nullptr;
}

attn_status *attn_runner::takeBuffers(const attn_tensor *inputs,
                                      const attn_tensor *results) {
  for (size_t i = 0; i < function.inputs.size(); ++i) {
    const attn_tensor_desc &desc = *function.inputs[i];
    if (attn_status *status = checkBuffer("input", desc, inputs[i]))
      return status;
    buffers[static_cast<size_t>(&desc - function.desc->arguments)] =
        inputs[i].data;
  }
  const auto arguments = static_cast<size_t>(function.desc->argument_count);
  for (int64_t i = 0; i < function.desc->result_count; ++i) {
    const attn_tensor_desc &desc = function.desc->results[i];
    const size_t index = arguments + static_cast<size_t>(i);
    const int64_t *planned = sizes.data() + offsets[index];
    if (!isLike(results[i], desc, planned))
      return mismatch("result", desc, planned, results[i]);
    if (attn_status *status = checkBuffer("result", desc, results[i]))
      return status;
    buffers[index] = results[i].data;
  }
  return nullptr;
}

attn_status *attn_runner::failureOf(int32_t result) {
  if (host.failed())
    return makeStatus(ATTN_BAD_VALUE, host.message());
  if (result != 0)
    return makeStatus(ATTN_BAD_VALUE, "function " + quote(function.desc->name) +
                                          " failed with result " +
                                          std::to_string(result));
  return nullptr;
}

/// Rounds up to the alignment of the workspace; false on overflow.
static bool roundUp(int64_t bytes, int64_t &rounded) {
  const int64_t alignment = 64;
  if (bytes < 0 || __builtin_add_overflow(bytes, alignment - 1, &rounded))
    return false;
  rounded -= rounded % alignment;
  return true;
}

attn_status *attn_runner::checkPlan(const attn_plan &plan) {
  int64_t shared, scratch;
  if (!roundUp(plan.workspace_bytes, shared) ||
      !roundUp(plan.scratch_bytes, scratch) ||
      __builtin_mul_overflow(scratch, host.interface()->workers, &scratch) ||
      __builtin_add_overflow(shared, scratch, &plannedBytes))
    return makeStatus(ATTN_OUT_OF_MEMORY,
                      "function " + quote(function.desc->name) +
                          " expects a workspace of more bytes than a size can "
                          "count");
  const int64_t *next = resultSizes();
  for (int64_t i = 0; i < function.desc->result_count; ++i) {
    const attn_tensor_desc &desc = function.desc->results[i];
    const attn_tensor planned{nullptr, next, desc.type, desc.rank};
    if (!isLike(planned, desc, desc.shape))
      return mismatch("planned result", desc, desc.shape, planned);
    next += desc.rank;
  }
  return nullptr;
}

attn_status *attn_runner::plan(const attn_tensor *inputs) {
  if (!inputs && !function.inputs.empty())
    return makeStatus(ATTN_INVALID, "expects inputs, but got null");
  if (attn_status *status = takeSizes(inputs))
    return status;
  attn_plan plan = {0, 0};
  host.clearFailure();
  const int32_t result =
      function.desc->plan(host.interface(), sizes.data(), &plan);
  if (attn_status *status = failureOf(result))
    return status;
  if (attn_status *status = checkPlan(plan))
    return status;
  return device ? device->reserve(plannedBytes) : nullptr;
}

attn_status *attn_runner::run(const attn_tensor *inputs,
                              const attn_tensor *results, void *workspace,
                              int64_t bytes) {
  if (attn_status *status = plan(inputs))
    return status;
  if (!results && function.desc->result_count > 0)
    return makeStatus(ATTN_INVALID, "expects results, but got null");
  if (attn_status *status = takeBuffers(inputs, results))
    return status;
  if (device)
    return runOnDevice();
  if (bytes < plannedBytes || (plannedBytes > 0 && !workspace))
    return makeStatus(ATTN_INVALID, "expects a workspace of " +
                                        std::to_string(plannedBytes) +
                                        " bytes, but got " +
                                        std::to_string(workspace ? bytes : 0));
  if (reinterpret_cast<uintptr_t>(workspace) % 64)
    return makeStatus(ATTN_INVALID, "expects a workspace aligned to 64 bytes");
  const attn_call call{host.interface(), buffers.data(), sizes.data(),
                       workspace};
  host.clearFailure();
  return failureOf(runWithTeam(call));
}

int32_t attn_runner::runWithTeam(const attn_call &call) {
  struct Call {
    attn_runner &self;
    const attn_call &call;
    int32_t result;
  } context{*this, call, 0};
  withTeam(
      pool,
      [](void *pointer, Team *team) {
        Call &context = *static_cast<Call *>(pointer);
        context.self.host.setTeam(team);
        context.result = context.self.function.desc->run(&context.call);
        context.self.host.setTeam(nullptr);
      },
      &context);
  return context.result;
}

/// Weights are there already; inputs and results may be, too.
attn_status *attn_runner::runOnDevice() {
  const attn_function_desc &desc = *function.desc;
  bufferBytes.resize(buffers.size());
  for (size_t i = 0; i < buffers.size(); ++i) {
    const bool isArgument = i < static_cast<size_t>(desc.argument_count);
    const attn_tensor_desc &tensor =
        isArgument ? desc.arguments[i]
                   : desc.results[i - static_cast<size_t>(desc.argument_count)];
    bufferBytes[i] = byteSize(static_cast<ElementType>(tensor.type));
    for (int32_t axis = 0; axis < tensor.rank; ++axis)
      bufferBytes[i] *= sizes[static_cast<size_t>(offsets[i] + axis)];
    // Nobody reads the tokens so far: their number is all there is.
    if (function.isStep && &tensor == function.inputs[function.given])
      bufferBytes[i] = 0;
  }
  int32_t result = 0;
  if (attn_status *status =
          device->run(desc.run, sizes.data(), buffers, bufferBytes, isBound,
                      static_cast<size_t>(desc.argument_count), result))
    return status;
  return failureOf(result);
}

attn_status *attn_runner_create(const attn_function *function,
                                const attn_weights *weights, attn_pool *pool,
                                attn_runner **runner) {
  *runner = nullptr;
  if (!function)
    return makeStatus(ATTN_INVALID, "expects a function, but got null");
  if (function->artifact && function->artifact->target_count == 0)
    return makeStatus(ATTN_INCOMPATIBLE, "function " +
                                             quote(function->desc->name) +
                                             " has code for devices alone "
                                             "(attn_runner_create_on)");
  return guarded([&]() -> attn_status * {
    auto made = std::make_unique<attn_runner>(*function, pool);
    if (attn_status *status = made->bindWeights(weights))
      return status;
    if (function->desc->preparation)
      if (attn_status *status = made->bindPrepared(*weights))
        return status;
    *runner = made.release();
    return nullptr;
  });
}

/// Whether a session can go from one of two steps to the other.
static bool isSameStep(const attn_function &one, const attn_function *other) {
  if (!other || one.desc->fingerprint != other->desc->fingerprint ||
      one.states.size() != other->states.size())
    return false;
  for (size_t i = 0; i < one.states.size(); ++i) {
    const attn_tensor_desc &a = *one.states[i], &b = *other->states[i];
    if (a.type != b.type || a.rank != b.rank ||
        a.tokens_axis != b.tokens_axis ||
        !std::equal(a.shape, a.shape + a.rank, b.shape))
      return false;
  }
  return true;
}

attn_status *attn_runner_create_on(const attn_function *function,
                                   const attn_weights *weights,
                                   attn_device *device, attn_runner **runner) {
  *runner = nullptr;
  if (!function || !device)
    return makeStatus(ATTN_INVALID, "expects a function and a device");
  return guarded([&]() -> attn_status * {
    std::shared_ptr<cuda::KernelModule> module;
    if (attn_status *status =
            cuda::KernelModule::get(*device, *function->artifact, module))
      return status;
    const attn_function &whole = module->functions[function->index];
    if (function->isStep && !isSameStep(*function, whole.step.get()))
      return makeStatus(ATTN_BAD_FILE, "function " +
                                           quote(function->desc->name) +
                                           " has another state on devices");
    auto made = std::make_unique<attn_runner>(
        *function, function->isStep ? *whole.step : whole, std::move(module));
    if (attn_status *status = made->bindWeights(weights))
      return status;
    *runner = made.release();
    return nullptr;
  });
}

int64_t attn_runner_device_bytes(const attn_runner *runner) {
  return runner->deviceBytes();
}

void attn_runner_free(attn_runner *runner) { delete runner; }

/// A runner is there, and not one that a session hands its state to.
static attn_status *checkWhole(const attn_runner *runner) {
  if (attn_status *status = checkHandle(runner, "a runner"))
    return status;
  if (!runner->target().isStep)
    return nullptr;
  return makeStatus(ATTN_INVALID,
                    "expects a runner of a whole function, but got one of the "
                    "step of " +
                        quote(runner->target().desc->name) +
                        " (attn_session_run)");
}

attn_status *attn_runner_plan(attn_runner *runner, const attn_tensor *inputs,
                              int64_t *resultSizes, int64_t *workspaceBytes) {
  return guarded([&]() -> attn_status * {
    if (attn_status *status = checkWhole(runner))
      return status;
    if (attn_status *status = runner->plan(inputs))
      return status;
    if (resultSizes)
      std::copy_n(runner->resultSizes(), runner->resultSizeCount(),
                  resultSizes);
    if (workspaceBytes)
      *workspaceBytes = runner->workspaceBytes();
    return nullptr;
  });
}

attn_status *attn_runner_run(attn_runner *runner, const attn_tensor *inputs,
                             const attn_tensor *results, void *workspace,
                             int64_t workspaceBytes) {
  return guarded([&] {
    attn_status *status = checkWhole(runner);
    return status ? status
                  : runner->run(inputs, results, workspace, workspaceBytes);
  });
}
