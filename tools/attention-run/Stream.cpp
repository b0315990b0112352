//===- The token axis fed in chunks ---------------------------------------===//
#include "tools/attention-run/Stream.h"

#include "runtime/files/NearestName.h"
#include "tools/attention-run/BoundRun.h"

#include <algorithm>
#include <cstring>

using namespace attention;

/// Copies `count` slices along `axis` between places in two tensors that are
/// alike but for its size.
static void copyTokens(const HostTensor &from, int64_t fromToken,
                       HostTensor &to, int64_t toToken, int64_t count,
                       size_t axis) {
  int64_t runs = 1, bytes = byteSize(from.type);
  for (size_t i = 0; i < from.shape.size(); ++i)
    (i < axis ? runs : bytes) *= i == axis ? 1 : from.shape[i];
  for (int64_t run = 0; count && run < runs; ++run)
    std::memcpy(to.data() + (run * to.shape[axis] + toToken) * bytes,
                from.data() + (run * from.shape[axis] + fromToken) * bytes,
                static_cast<size_t>(count * bytes));
}

/// How many tokens the inputs have, and sequences side by side.
static MaybeFailure measure(const attn_function *function,
                            const std::vector<HostTensor> &inputs,
                            int64_t &tokens, int64_t &batch) {
  tokens = -1;
  batch = 1;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const attn_tensor_desc &desc =
        *attn_function_input(function, static_cast<int64_t>(i));
    if (desc.tokens_axis < 0)
      continue;
    const int64_t size = inputs[i].shape[static_cast<size_t>(desc.tokens_axis)];
    if (tokens >= 0 && size != tokens)
      return Failure{"expects inputs of as many tokens, but got " +
                     std::to_string(tokens) + " and " + std::to_string(size)};
    tokens = size;
    // Sequences lie side by side along the first other dimension, or there is
    // one.
    if (desc.tokens_axis != 0)
      batch = inputs[i].shape[0];
    else if (desc.rank > 1 && desc.shape[1] < 0)
      batch = inputs[i].shape[1];
  }
  return std::nullopt;
}

MaybeFailure Stream::prepare(const attn_function *whole,
                             const attn_weights *weights, attn_pool *pool,
                             attn_device *device, const RunOptions &options,
                             const std::vector<HostTensor> &inputs) {
  function = whole;
  lengths = options.chunks;
  loadedFrom = options.loadSession;
  const attn_function *step;
  if (MaybeFailure failure = failureOf(attn_function_step(function, &step)))
    return failure;
  attn_runner *madeRunner;
  if (MaybeFailure failure = failureOf(
          device ? attn_runner_create_on(step, weights, device, &madeRunner)
                 : attn_runner_create(step, weights, pool, &madeRunner)))
    return failure;
  runner.reset(madeRunner);
  int64_t batch;
  if (MaybeFailure failure = measure(function, inputs, tokens, batch))
    return failure;
  attn_session *made;
  if (MaybeFailure failure = failureOf(
          device ? attn_session_create_on(step, device, batch, tokens, &made)
                 : attn_session_create(step, batch, tokens, &made)))
    return failure;
  session.reset(made);
  if (lengths.empty())
    lengths.push_back(std::max<int64_t>(tokens, 1));
  return failureOf(attn_session_state_bytes(step, batch, tokens, &state));
}

MaybeFailure Stream::begin() {
  attn_session_reset(session.get());
  return loadedFrom.empty()
             ? std::nullopt
             : failureOf(attn_session_load(session.get(), loadedFrom.c_str()));
}

/// Outputs of a chunk, and, before the first one, those of all tokens.
MaybeFailure Stream::makeRoom(const std::vector<int64_t> &sizes, int64_t count,
                              std::vector<HostTensor> &parts,
                              std::vector<HostTensor> &results) {
  const int64_t *next = sizes.data();
  const int64_t outputs = attn_function_result_count(function);
  const bool isFirst = results.empty();
  for (int64_t i = 0; i < outputs; ++i) {
    const attn_tensor_desc &desc = *attn_function_result(function, i);
    std::vector<int64_t> shape(next, next + desc.rank);
    next += desc.rank;
    const auto type = static_cast<ElementType>(desc.type);
    const std::string what = "output " + quote(desc.name);
    Result<HostTensor> part = HostTensor::allocate(type, shape, what);
    if (!part)
      return part.failure();
    parts.push_back(std::move(*part));
    if (!isFirst)
      continue;
    shape[static_cast<size_t>(desc.tokens_axis)] = tokens;
    Result<HostTensor> whole = HostTensor::allocate(type, shape, what);
    if (!whole)
      return whole.failure();
    results.push_back(std::move(*whole));
  }
  if (bytes <= room)
    return std::nullopt;
  workspace.reset(std::aligned_alloc(64, static_cast<size_t>(bytes)));
  room = bytes;
  return workspace ? std::nullopt
                   : MaybeFailure(Failure{"not enough memory for a workspace "
                                          "of " +
                                          std::to_string(bytes) + " bytes"});
}

MaybeFailure Stream::feed(const std::vector<HostTensor> &inputs, int64_t from,
                          int64_t count, std::vector<HostTensor> &results) {
  std::vector<HostTensor> pieces;
  std::vector<attn_tensor> given, taken;
  pieces.reserve(inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const attn_tensor_desc &desc =
        *attn_function_input(function, static_cast<int64_t>(i));
    const auto axis = static_cast<size_t>(std::max(desc.tokens_axis, 0));
    std::vector<int64_t> shape = inputs[i].shape;
    if (desc.tokens_axis >= 0)
      shape[axis] = count;
    Result<HostTensor> piece = HostTensor::allocate(
        inputs[i].type, shape, "input " + quote(desc.name));
    if (!piece)
      return piece.failure();
    if (desc.tokens_axis >= 0)
      copyTokens(inputs[i], from, *piece, 0, count, axis);
    else if (inputs[i].byteCount())
      std::memcpy(piece->data(), inputs[i].data(),
                  static_cast<size_t>(inputs[i].byteCount()));
    pieces.push_back(std::move(*piece));
    given.push_back(viewOf(pieces.back()));
  }
  int64_t total = 0, needed;
  for (int64_t i = 0; i < attn_function_result_count(function); ++i)
    total += attn_function_result(function, i)->rank;
  std::vector<int64_t> sizes(static_cast<size_t>(total));
  if (MaybeFailure failure = failureOf(attn_session_plan(
          session.get(), runner.get(), given.data(), sizes.data(), &needed)))
    return failure;
  bytes = std::max(bytes, needed);
  std::vector<HostTensor> parts;
  if (MaybeFailure failure = makeRoom(sizes, count, parts, results))
    return failure;
  for (HostTensor &part : parts)
    taken.push_back(viewOf(part));
  if (MaybeFailure failure =
          failureOf(attn_session_run(session.get(), runner.get(), given.data(),
                                     taken.data(), workspace.get(), room)))
    return failure;
  for (size_t i = 0; i < parts.size(); ++i)
    copyTokens(parts[i], 0, results[i], from, count,
               static_cast<size_t>(
                   attn_function_result(function, static_cast<int64_t>(i))
                       ->tokens_axis));
  return std::nullopt;
}

MaybeFailure Stream::run(const std::vector<HostTensor> &inputs,
                         std::vector<HostTensor> &results) {
  if (MaybeFailure failure = begin())
    return failure;
  size_t chunk = 0;
  int64_t from = 0;
  do { // also of no tokens: their results have a shape
    const int64_t count = std::min(lengths[chunk], tokens - from);
    if (MaybeFailure failure = feed(inputs, from, count, results))
      return failure;
    from += count;
    chunk = std::min(chunk + 1, lengths.size() - 1);
  } while (from < tokens);
  return std::nullopt;
}

MaybeFailure Stream::save(const std::string &path) const {
  return failureOf(attn_session_save(session.get(), path.c_str()));
}
