//===- Models and their functions -----------------------------------------===//
#include "runtime/Model.h"

#include "runtime/CpuFeatures.h"
#include "runtime/Preparation.h"
#include "runtime/Status.h"
#include "runtime/Target.h"
#include "runtime/files/NearestName.h"

#include <algorithm>
#include <cstring>
#include <memory>

using namespace attention;

attn_function::attn_function(const attn_function_desc *desc) : desc(desc) {
  for (int64_t i = 0; i < desc->argument_count; ++i) {
    const attn_tensor_desc *argument = &desc->arguments[i];
    if (argument->weight)
      weights.push_back(argument);
    else if (argument->prepared < 0)
      inputs.push_back(argument);
  }
  given = inputs.size();
  if (!desc->step)
    return;
  step = std::make_unique<attn_function>(desc->step);
  step->isStep = true;
  step->given = given;
  step->states.assign(step->inputs.begin() + given + 1, step->inputs.end());
}

/// What must hold before any other field may be read.
static attn_status *checkVersion(const attn_artifact_desc &artifact) {
  if (artifact.magic != ATTN_ARTIFACT_MAGIC)
    return makeStatus(ATTN_BAD_FILE,
                      "expects an artefact of attention-compile, but got "
                      "something else under its name");
  if (artifact.version != ATTN_ARTIFACT_VERSION)
    return makeStatus(ATTN_INCOMPATIBLE,
                      "expects an artefact of version " +
                          std::to_string(ATTN_ARTIFACT_VERSION) +
                          ", but got version " +
                          std::to_string(artifact.version));
  return nullptr;
}

static attn_status *checkArchitecture(const attn_artifact_desc &artifact) {
  if (std::strcmp(artifact.architecture, hostArchitecture()) == 0)
    return nullptr;
  return makeStatus(ATTN_INCOMPATIBLE,
                    std::string("expects code for ") + hostArchitecture() +
                        ", but got code for " + artifact.architecture);
}

static bool isWellFormed(const attn_tensor_desc *tensors, int64_t count) {
  if (count < 0 || (count > 0 && !tensors))
    return false;
  for (int64_t i = 0; i < count; ++i) {
    const attn_tensor_desc &tensor = tensors[i];
    if (!tensor.name || tensor.rank < 0 || (tensor.rank > 0 && !tensor.shape) ||
        tensor.type < ATTN_TYPE_F32 || tensor.type > ATTN_TYPE_I1)
      return false;
  }
  return true;
}

static bool isWellFormed(const attn_function_desc &function) {
  return function.name && function.plan && function.run &&
         isWellFormed(function.arguments, function.argument_count) &&
         isWellFormed(function.results, function.result_count);
}

/// Whether the function takes what its preparation, if it has one, makes of
/// weights alone.
static bool isWellPrepared(const attn_function_desc &function) {
  const attn_function_desc *preparation = function.preparation;
  if (preparation &&
      (!isWellFormed(*preparation) || preparation->argument_count == 0 ||
       !preparedLayout(*preparation)))
    return false;
  for (int64_t i = 0; preparation && i < preparation->argument_count; ++i)
    if (!preparation->arguments[i].weight)
      return false;
  for (int64_t i = 0; i < function.argument_count; ++i) {
    const attn_tensor_desc &argument = function.arguments[i];
    if (argument.prepared < 0)
      continue;
    if (!preparation || argument.weight ||
        argument.prepared >= preparation->result_count)
      return false;
    const attn_tensor_desc &result = preparation->results[argument.prepared];
    if (argument.type != result.type || argument.rank != result.rank ||
        !std::equal(argument.shape, argument.shape + argument.rank,
                    result.shape))
      return false;
  }
  return true;
}

static size_t inputCount(const attn_function_desc &function) {
  size_t count = 0;
  for (int64_t i = 0; i < function.argument_count; ++i)
    count +=
        !function.arguments[i].weight && function.arguments[i].prepared < 0;
  return count;
}

/// Whether the function's step, if it has one, takes the same inputs, then the
/// number of tokens so far and a state, and yields as many results.
static bool isWellContinued(const attn_function_desc &function) {
  const attn_function_desc *step = function.step;
  if (!step)
    return true;
  const size_t inputs = inputCount(function);
  if (!isWellFormed(*step) || !isWellPrepared(*step) || step->step ||
      inputCount(*step) < inputs + 1 ||
      step->result_count != function.result_count)
    return false;
  size_t seen = 0;
  for (int64_t i = 0; i < step->argument_count; ++i) {
    const attn_tensor_desc &argument = step->arguments[i];
    if (argument.weight || argument.prepared >= 0 || seen++ != inputs)
      continue;
    return argument.type == ATTN_TYPE_I1 && argument.rank == 1;
  }
  return false;
}

static bool isWellFormed(const attn_target_desc &target, int64_t functions) {
  if (!target.cpu || !target.cpu_features ||
      (functions > 0 && !target.functions))
    return false;
  for (int64_t i = 0; i < functions; ++i)
    if (!isWellFormed(target.functions[i]) ||
        !isWellPrepared(target.functions[i]) ||
        !isWellContinued(target.functions[i]))
      return false;
  return true;
}

/// Whether `code` has the functions of the same names and tensors as others.
static bool isWellFormed(const attn_gpu_desc &code, int64_t functions) {
  if (!code.gpu || !code.ptx || code.kernel_count < 0 ||
      (code.kernel_count > 0 && !code.kernels) ||
      (functions > 0 && !code.functions))
    return false;
  for (int64_t i = 0; i < code.kernel_count; ++i)
    if (!code.kernels[i])
      return false;
  for (int64_t i = 0; i < functions; ++i)
    if (!isWellFormed(code.functions[i]) || code.functions[i].preparation ||
        !isWellContinued(code.functions[i]) ||
        (code.functions[i].step && code.functions[i].step->preparation))
      return false;
  return true;
}

static bool isWellFormed(const attn_artifact_desc &artifact) {
  if (!artifact.producer || !artifact.architecture || !artifact.targets ||
      !artifact.gpus || artifact.target_count < 0 || artifact.gpu_count < 0 ||
      artifact.target_count + artifact.gpu_count < 1 ||
      artifact.function_count < 0)
    return false;
  for (int64_t i = 0; i < artifact.target_count; ++i)
    if (!artifact.targets[i] ||
        !isWellFormed(*artifact.targets[i], artifact.function_count))
      return false;
  for (int64_t i = 0; i < artifact.gpu_count; ++i)
    if (!artifact.gpus[i] ||
        !isWellFormed(*artifact.gpus[i], artifact.function_count))
      return false;
  return true;
}

static attn_status *makeModel(const attn_artifact_desc *artifact,
                              const char *cpu, SharedObject object,
                              attn_model **model) {
  if (attn_status *status = checkVersion(*artifact))
    return status;
  if (!isWellFormed(*artifact))
    return makeStatus(ATTN_BAD_FILE, "malformed artefact");
  if (attn_status *status = checkArchitecture(*artifact))
    return status;
  auto made = std::make_unique<attn_model>();
  // What has code for devices alone runs on no processor, but says what it is.
  if (artifact->target_count > 0 || cpu)
    if (attn_status *status = chooseTarget(*artifact, cpu, made->target))
      return status;
  made->object = std::move(object);
  made->artifact = artifact;
  const attn_function_desc *functions =
      made->target ? made->target->functions : artifact->gpus[0]->functions;
  for (int64_t i = 0; i < artifact->function_count; ++i) {
    attn_function &function = made->functions.emplace_back(&functions[i]);
    function.artifact = artifact;
    function.index = static_cast<size_t>(i);
    if (function.step) {
      function.step->artifact = artifact;
      function.step->index = function.index;
    }
  }
  *model = made.release();
  return nullptr;
}

attn_status *attn_model_load(const char *path, attn_model **model) {
  return attn_model_load_for(path, nullptr, model);
}

attn_status *attn_model_load_for(const char *path, const char *cpu,
                                 attn_model **model) {
  *model = nullptr;
  if (!path)
    return makeStatus(ATTN_INVALID, "expects a path, but got null");
  return guarded([&]() -> attn_status * {
    Result<SharedObject> object = SharedObject::open(path);
    if (!object)
      return makeStatus(ATTN_BAD_FILE, object.message());
    const attn_artifact_desc *artifact = object->artifact();
    return makeModel(artifact, cpu, std::move(*object), model);
  });
}

attn_status *attn_model_link(const attn_artifact_desc *artifact,
                             attn_model **model) {
  return attn_model_link_for(artifact, nullptr, model);
}

attn_status *attn_model_link_for(const attn_artifact_desc *artifact,
                                 const char *cpu, attn_model **model) {
  *model = nullptr;
  if (!artifact)
    return makeStatus(ATTN_INVALID, "expects an artefact, but got null");
  return guarded(
      [&] { return makeModel(artifact, cpu, SharedObject(), model); });
}

void attn_model_free(attn_model *model) { delete model; }

const char *attn_model_producer(const attn_model *model) {
  return model->artifact->producer;
}

int64_t attn_model_target_count(const attn_model *model) {
  return model->artifact->target_count;
}

const attn_target_desc *attn_model_target(const attn_model *model,
                                          int64_t index) {
  if (index < 0 || index >= attn_model_target_count(model))
    return nullptr;
  return model->artifact->targets[index];
}

int64_t attn_model_gpu_count(const attn_model *model) {
  return model->artifact->gpu_count;
}

const attn_gpu_desc *attn_model_gpu(const attn_model *model, int64_t index) {
  if (index < 0 || index >= attn_model_gpu_count(model))
    return nullptr;
  return model->artifact->gpus[index];
}

const attn_target_desc *attn_model_chosen_target(const attn_model *model) {
  return model->target;
}

int64_t attn_model_function_count(const attn_model *model) {
  return static_cast<int64_t>(model->functions.size());
}

const attn_function *attn_model_function(const attn_model *model,
                                         int64_t index) {
  if (index < 0 || index >= attn_model_function_count(model))
    return nullptr;
  return &model->functions[static_cast<size_t>(index)];
}

static std::vector<std::string> functionNames(const attn_model *model) {
  std::vector<std::string> names;
  for (const attn_function &function : model->functions)
    names.push_back(function.desc->name);
  return names;
}

static attn_status *findFunction(const attn_model *model, const char *name,
                                 const attn_function **function) {
  if (!name) {
    if (model->functions.size() == 1) {
      *function = &model->functions.front();
      return nullptr;
    }
    std::string all;
    for (const std::string &other : functionNames(model))
      all += (all.empty() ? "" : ", ") + other;
    return makeStatus(ATTN_NOT_FOUND,
                      "expects the name of a function, as the model has " +
                          std::to_string(model->functions.size()) +
                          (all.empty() ? "" : ": " + all));
  }
  for (const attn_function &candidate : model->functions)
    if (std::strcmp(candidate.desc->name, name) == 0) {
      *function = &candidate;
      return nullptr;
    }
  return makeStatus(ATTN_NOT_FOUND,
                    "unknown function " + quote(name) +
                        nearestHint(name, functionNames(model)));
}

attn_status *attn_model_find(const attn_model *model, const char *name,
                             const attn_function **function) {
  *function = nullptr;
  return guarded([&] {
    attn_status *status = checkHandle(model, "a model");
    return status ? status : findFunction(model, name, function);
  });
}

const char *attn_function_name(const attn_function *function) {
  return function->desc->name;
}

int64_t attn_function_input_count(const attn_function *function) {
  return static_cast<int64_t>(function->inputs.size());
}

int64_t attn_function_weight_count(const attn_function *function) {
  return static_cast<int64_t>(function->weights.size());
}

int64_t attn_function_result_count(const attn_function *function) {
  return function->desc->result_count;
}

static const attn_tensor_desc *
at(const std::vector<const attn_tensor_desc *> &tensors, int64_t index) {
  if (index < 0 || index >= static_cast<int64_t>(tensors.size()))
    return nullptr;
  return tensors[static_cast<size_t>(index)];
}

const attn_tensor_desc *attn_function_input(const attn_function *function,
                                            int64_t index) {
  return at(function->inputs, index);
}

const attn_tensor_desc *attn_function_weight(const attn_function *function,
                                             int64_t index) {
  return at(function->weights, index);
}

const attn_tensor_desc *attn_function_result(const attn_function *function,
                                             int64_t index) {
  if (index < 0 || index >= function->desc->result_count)
    return nullptr;
  return &function->desc->results[index];
}

int64_t attn_function_prepared_bytes(const attn_function *function) {
  const attn_function_desc *preparation = function->desc->preparation;
  return preparation ? preparedLayout(*preparation)->bytes : 0;
}
