//===- A function made ready to run -----------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_RUNNER_H
#define ATTENTION_RUNTIME_RUNNER_H

#include "runtime/Host.h"
#include "runtime/StateLayout.h"
#include "runtime/Weights.h"
#include "runtime/cuda/DeviceRun.h"

/// Everything a run needs is laid out once, so that runs allocate nothing.
struct attn_runner {
  attn_runner(const attn_function &function, attn_pool *pool);

  /// On a device, by `code`, which `module` has for the function that was asked
  /// for.
  attn_runner(const attn_function &asked, const attn_function &code,
              std::shared_ptr<attention::cuda::KernelModule> module);

  /// Finds all weights; fails with the list of those that are missing.
  attn_status *bindWeights(const attn_weights *weights);

  /// After bindWeights: takes what the function's preparation made of them.
  attn_status *bindPrepared(const attn_weights &weights);

  /// Where the arguments are that are bound; null for the others.
  const std::vector<void *> &boundBuffers() const { return buffers; }

  /// The model's function: what sessions are of.
  const attn_function &target() const { return asked; }

  /// Null on processors.
  attn_device *deviceTarget() const {
    return device ? &device->target() : nullptr;
  }

  /// Checks types and sizes of the inputs and asks the function for the rest.
  attn_status *plan(const attn_tensor *inputs);

  attn_status *run(const attn_tensor *inputs, const attn_tensor *results,
                   void *workspace, int64_t workspaceBytes);

  /// Of all results, one after the other; valid after plan().
  const int64_t *resultSizes() const { return sizes.data() + argumentSizes; }
  int64_t resultSizeCount() const {
    return static_cast<int64_t>(sizes.size()) - argumentSizes;
  }
  /// What callers must give: on a device, the runner has its own.
  int64_t workspaceBytes() const { return device ? 0 : plannedBytes; }

  /// Memory that the runner has on a device, but weights.
  int64_t deviceBytes() const { return device ? device->bytes() : 0; }

  /// Of a step: what the session that is run now hands to plan() and run().
  /// It is here, as there are fewer runners than sessions.
  attention::StateLayout stateLayout;
  std::vector<attn_tensor> stepArguments;

private:
  attn_status *takeSizes(const attn_tensor *inputs);
  attn_status *takeBuffers(const attn_tensor *inputs,
                           const attn_tensor *results);
  attn_status *checkPlan(const attn_plan &plan);
  int32_t runWithTeam(const attn_call &call);
  attn_status *runOnDevice();
  void layOut();
  attn_status *uploadWeights(const attn_weights &weights);
  attn_status *failureOf(int32_t result);

  const attn_function &asked;
  const attn_function &function; // whose code runs
  attn_pool *const pool = nullptr;
  std::unique_ptr<attention::cuda::DeviceRun> device; // null: on processors
  std::optional<attention::Host> ownHost;             // where `device` is null
  attention::Host &host;
  std::vector<int64_t> sizes;   // of the arguments, then of the results
  std::vector<void *> buffers;  // of the arguments, then of the results
  std::vector<bool> isBound;    // weights, and what was prepared of them
  std::vector<int64_t> offsets; // of each argument or result in `sizes`
  int64_t argumentSizes = 0;
  int64_t plannedBytes = 0;
  std::shared_ptr<const attention::PreparedWeights> prepared;
  std::vector<std::shared_ptr<const attention::cuda::DeviceMemory>> uploaded;
  std::vector<int64_t> bufferBytes; // of a run on a device
};

#endif
