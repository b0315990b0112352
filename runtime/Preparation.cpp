//===- What is computed from weights once ---------------------------------===//
#include "runtime/Preparation.h"

#include "runtime/Runner.h"
#include "runtime/Status.h"
#include "runtime/files/ElementType.h"

#include <algorithm>

using namespace attention;

static constexpr int64_t alignment = 64;

std::optional<PreparedLayout>
attention::preparedLayout(const attn_function_desc &preparation) {
  PreparedLayout layout;
  for (int64_t i = 0; i < preparation.result_count; ++i) {
    const attn_tensor_desc &result = preparation.results[i];
    const std::vector<int64_t> shape(result.shape, result.shape + result.rank);
    const bool isStatic = std::all_of(shape.begin(), shape.end(),
                                      [](int64_t size) { return size >= 0; });
    int64_t bytes;
    if (!isStatic ||
        !checkedProduct(shape, byteSize(static_cast<ElementType>(result.type)),
                        bytes) ||
        __builtin_add_overflow(bytes, alignment - 1, &bytes))
      return std::nullopt;
    layout.offsets.push_back(layout.bytes);
    bytes -= bytes % alignment;
    if (__builtin_add_overflow(layout.bytes, bytes, &layout.bytes))
      return std::nullopt;
  }
  return layout;
}

/// Memory aligned to 64 bytes, which `bytes` is a multiple of; null for none.
static attn_status *allocate(int64_t bytes, const char *what, Memory &memory) {
  if (bytes > 0)
    memory.reset(std::aligned_alloc(alignment, static_cast<size_t>(bytes)));
  if (bytes > 0 && !memory)
    return makeStatus(ATTN_OUT_OF_MEMORY,
                      std::string("not enough memory for ") + what + " of " +
                          std::to_string(bytes) + " bytes");
  return nullptr;
}

/// Runs the preparation of `runner`, whose weights are bound.
static attn_status *fill(const attn_function_desc &preparation,
                         attn_runner &runner, PreparedWeights &prepared) {
  prepared.layout = *preparedLayout(preparation);
  if (attn_status *status =
          allocate(prepared.layout.bytes, "prepared weights", prepared.memory))
    return status;
  if (attn_status *status = runner.plan(nullptr))
    return status;
  Memory workspace;
  if (attn_status *status = allocate(
          runner.workspaceBytes(), "a workspace to prepare weights", workspace))
    return status;
  std::vector<attn_tensor> results;
  for (int64_t i = 0; i < preparation.result_count; ++i) {
    const attn_tensor_desc &result = preparation.results[i];
    results.push_back(
        {prepared.data(i), result.shape, result.type, result.rank});
  }
  return runner.run(nullptr, results.data(), workspace.get(),
                    runner.workspaceBytes());
}

attn_status *
PreparedCache::prepare(const attn_function_desc &preparation,
                       const attn_weights &weights, attn_pool *pool,
                       std::shared_ptr<const PreparedWeights> &prepared) {
  const attn_function function(&preparation);
  attn_runner runner(function, pool);
  if (attn_status *status = runner.bindWeights(&weights))
    return status;
  const std::vector<void *> places = runner.boundBuffers();
  // Also during the run: who asks for the same meanwhile waits for it.
  const std::lock_guard<std::mutex> lock(mutex);
  entries.erase(std::remove_if(entries.begin(), entries.end(),
                               [](const Entry &entry) {
                                 return entry.prepared.expired();
                               }),
                entries.end());
  for (const Entry &entry : entries)
    if (entry.preparation == &preparation && entry.weights == places &&
        (prepared = entry.prepared.lock()))
      return nullptr;
  auto made = std::make_shared<PreparedWeights>();
  if (attn_status *status = fill(preparation, runner, *made))
    return status;
  entries.push_back({&preparation, places, made});
  prepared = std::move(made);
  return nullptr;
}
