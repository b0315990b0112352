//===- One model, its inputs and its outputs ------------------------------===//
#include "tools/attention-run/ModelRun.h"

#include "runtime/files/NearestName.h"
#include "runtime/files/Npy.h"

using namespace attention;

static std::vector<int64_t> shapeOf(const attn_tensor_desc &desc) {
  return {desc.shape, desc.shape + desc.rank};
}

static const InputSpec *findInput(const RunOptions &options,
                                  const std::string &name) {
  for (const InputSpec &spec : options.inputs)
    if (spec.name == name)
      return &spec;
  return nullptr;
}

static MaybeFailure checkKnown(const char *role, const std::string &name,
                               const std::vector<std::string> &known,
                               const char *function) {
  for (const std::string &other : known)
    if (other == name)
      return std::nullopt;
  return Failure{"function " + quote(function) + " has no " + role + " " +
                 quote(name) + nearestHint(name, known)};
}

MaybeFailure ModelRun::checkNames(const RunOptions &options) const {
  std::vector<std::string> arguments, outputs;
  for (int64_t i = 0; i < attn_function_input_count(function); ++i)
    arguments.push_back(attn_function_input(function, i)->name);
  for (int64_t i = 0; i < attn_function_weight_count(function); ++i)
    arguments.push_back(attn_function_weight(function, i)->name);
  for (int64_t i = 0; i < attn_function_result_count(function); ++i)
    outputs.push_back(attn_function_result(function, i)->name);
  for (const InputSpec &spec : options.inputs)
    if (MaybeFailure failure =
            checkKnown("input", spec.name, arguments, functionName()))
      return failure;
  for (const OutputSpec &spec : options.outputs)
    if (MaybeFailure failure =
            checkKnown("output", spec.name, outputs, functionName()))
      return failure;
  return std::nullopt;
}

/// Files first; then weights that --input gives, which come before them.
MaybeFailure ModelRun::readWeights(const RunOptions &options) {
  attn_weights *made;
  if (MaybeFailure failure = failureOf(attn_weights_create(&made)))
    return failure;
  weights.reset(made);
  for (const std::string &path : options.weights)
    if (MaybeFailure failure =
            failureOf(attn_weights_add_file(made, path.c_str())))
      return failure;
  for (int64_t i = 0; i < attn_function_weight_count(function); ++i) {
    const attn_tensor_desc &desc = *attn_function_weight(function, i);
    const InputSpec *spec = findInput(options, desc.name);
    if (!spec)
      continue;
    Result<HostTensor> tensor =
        loadInput(*spec, static_cast<ElementType>(desc.type), shapeOf(desc));
    if (!tensor)
      return tensor.failure();
    if (MaybeFailure failure = failureOf(
            attn_weights_add(made, desc.weight, desc.type, tensor->shape.data(),
                             desc.rank, tensor->data())))
      return failure;
    given.push_back(std::move(*tensor));
  }
  return std::nullopt;
}

MaybeFailure ModelRun::readInputs(const RunOptions &options) {
  for (int64_t i = 0; i < attn_function_input_count(function); ++i) {
    const attn_tensor_desc &desc = *attn_function_input(function, i);
    const InputSpec *spec = findInput(options, desc.name);
    if (!spec)
      return Failure{"missing input " + quote(desc.name) + " of type " +
                     nameOf(static_cast<ElementType>(desc.type)) +
                     " and shape " + formatShape(shapeOf(desc))};
    Result<HostTensor> tensor =
        loadInput(*spec, static_cast<ElementType>(desc.type), shapeOf(desc));
    if (!tensor)
      return tensor.failure();
    inputs.push_back(std::move(*tensor));
  }
  return std::nullopt;
}

/// Threads, or the device.
MaybeFailure ModelRun::openTarget(const RunOptions &options) {
  if (options.device == "cpu") {
    attn_pool *made;
    if (MaybeFailure failure =
            failureOf(attn_pool_create(options.threads, &made)))
      return failure;
    pool.reset(made);
    return std::nullopt;
  }
  attn_device *made;
  if (MaybeFailure failure =
          failureOf(attn_device_open(options.device.c_str(), &made)))
    return failure;
  device.reset(made);
  return std::nullopt;
}

MaybeFailure ModelRun::prepare(const attn_model *model,
                               const RunOptions &options) {
  const char *name =
      options.function.empty() ? nullptr : options.function.c_str();
  if (MaybeFailure failure = failureOf(attn_model_find(model, name, &function)))
    return failure;
  if (MaybeFailure failure = checkNames(options))
    return failure;
  if (MaybeFailure failure = openTarget(options))
    return failure;
  if (MaybeFailure failure = readWeights(options))
    return failure;
  isSession = options.isSession();
  if (isSession) {
    if (MaybeFailure failure = readInputs(options))
      return failure;
    return stream.prepare(function, weights.get(), pool.get(), device.get(),
                          options, inputs);
  }
  if (MaybeFailure failure =
          bound.bind(function, weights.get(), pool.get(), device.get()))
    return failure;
  if (MaybeFailure failure = readInputs(options))
    return failure;
  if (MaybeFailure failure = bound.makeRoom(inputs))
    return failure;
  // Times are those of the device, not of copies.
  return device && options.repeat > 0 ? bound.moveToDevice() : std::nullopt;
}

MaybeFailure ModelRun::run() {
  return isSession ? stream.run(inputs, streamed) : bound.run();
}

MaybeFailure ModelRun::writeOutputs(const RunOptions &options) {
  if (!isSession)
    if (MaybeFailure failure = bound.fetchResults())
      return failure;
  const std::vector<HostTensor> &results =
      isSession ? streamed : bound.results();
  for (const OutputSpec &spec : options.outputs)
    for (size_t i = 0; i < results.size(); ++i)
      if (spec.name ==
          attn_function_result(function, static_cast<int64_t>(i))->name)
        if (MaybeFailure failure =
                writeNpy(spec.path, results[i].type, results[i].shape,
                         results[i].data()))
          return failure;
  return options.saveSession.empty() ? std::nullopt
                                     : stream.save(options.saveSession);
}
