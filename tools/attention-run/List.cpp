//===- What --list prints -------------------------------------------------===//
#include "tools/attention-run/List.h"

#include "runtime/files/ElementType.h"
#include "tools/attention-run/Handles.h"

#include <cstdio>

using namespace attention;

static void printTensor(const char *role, const attn_tensor_desc &desc) {
  std::printf("  %-6s %s: %s of shape %s", role,
              desc.weight ? desc.weight : desc.name,
              nameOf(static_cast<ElementType>(desc.type)),
              formatShape(desc.shape, desc.rank).c_str());
  if (desc.tokens_axis >= 0)
    std::printf(", tokens along axis %d", desc.tokens_axis);
  std::printf("\n");
}

static bool isStatic(const attn_tensor_desc &desc) {
  for (int32_t axis = 0; axis < desc.rank; ++axis)
    if (desc.shape[axis] < 0)
      return false;
  return true;
}

/// The bytes of a workspace for one thread; -1 where they depend on the sizes
/// of a run (or the weights, which are not there).
static int64_t staticWorkspace(const attn_function *function) {
  std::vector<attn_tensor> inputs;
  for (int64_t i = 0; i < attn_function_input_count(function); ++i) {
    const attn_tensor_desc &desc = *attn_function_input(function, i);
    if (!isStatic(desc))
      return -1;
    inputs.push_back({nullptr, desc.shape, desc.type, desc.rank});
  }
  if (attn_function_weight_count(function) > 0)
    return -1;
  attn_runner *made;
  if (failureOf(attn_runner_create(function, nullptr, nullptr, &made)))
    return -1;
  const RunnerHandle runner(made);
  int64_t bytes;
  if (failureOf(attn_runner_plan(made, inputs.data(), nullptr, &bytes)))
    return -1;
  return bytes;
}

static void printFunction(const attn_function *function) {
  std::printf("%s\n", attn_function_name(function));
  for (int64_t i = 0; i < attn_function_input_count(function); ++i)
    printTensor("input", *attn_function_input(function, i));
  for (int64_t i = 0; i < attn_function_weight_count(function); ++i)
    printTensor("weight", *attn_function_weight(function, i));
  for (int64_t i = 0; i < attn_function_result_count(function); ++i)
    printTensor("output", *attn_function_result(function, i));
  if (const int64_t prepared = attn_function_prepared_bytes(function))
    std::printf("  prepared weights %lld bytes\n",
                static_cast<long long>(prepared));
  const int64_t bytes = staticWorkspace(function);
  if (bytes >= 0)
    std::printf("  workspace %lld bytes with one thread, state 0 bytes\n",
                static_cast<long long>(bytes));
  else
    std::printf("  workspace depends on the sizes of a run, state 0 bytes\n");
}

/// "code for x86-64-v3, x86-64-v4 (runs here), sm_80"
static void printTargets(const attn_model *model) {
  for (int64_t i = 0; i < attn_model_target_count(model); ++i) {
    const attn_target_desc *target = attn_model_target(model, i);
    std::printf("%s%s%s", i == 0 ? "code for " : ", ", target->cpu,
                target == attn_model_chosen_target(model) ? " (runs here)"
                                                          : "");
  }
  for (int64_t i = 0; i < attn_model_gpu_count(model); ++i)
    std::printf("%s%s",
                i + attn_model_target_count(model) == 0 ? "code for " : ", ",
                attn_model_gpu(model, i)->gpu);
  std::printf("\n");
}

void attention::printFunctions(const attn_model *model) {
  for (int64_t i = 0; i < attn_model_function_count(model); ++i)
    printFunction(attn_model_function(model, i));
  printTargets(model);
}
