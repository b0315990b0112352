//===- Weights by name ----------------------------------------------------===//
#include "runtime/Weights.h"

#include "runtime/Status.h"
#include "runtime/files/NearestName.h"

using namespace attention;

std::vector<std::string> attn_weights::names() const {
  std::vector<std::string> all = files.names();
  for (const auto &[name, tensor] : tensors)
    all.push_back(name);
  return all;
}

bool attn_weights::contains(const std::string &name) const {
  return tensors.count(name) || files.contains(name);
}

static Result<BoundWeight> bindCallers(const CallerTensor &tensor,
                                       const std::string &name,
                                       ElementType type,
                                       const std::vector<int64_t> &shape) {
  if (tensor.type != type || !shapeMatches(shape, tensor.shape))
    return Failure{"weight " + quote(name) + " expects " + nameOf(type) +
                   " of shape " + formatShape(shape) + ", but got " +
                   nameOf(tensor.type) + " of shape " +
                   formatShape(tensor.shape)};
  return BoundWeight{tensor.data, tensor.shape};
}

/// Compiled code reads booleans as bytes of 0 or 1, which files do not promise.
static MaybeFailure checkBooleans(const StoredTensor &tensor) {
  for (int64_t i = 0; i < tensor.byteCount; ++i)
    if (static_cast<uint8_t>(tensor.data[i]) > 1)
      return Failure{"weight " + quote(tensor.name) +
                     " expects booleans of 0 or 1, but got " +
                     std::to_string(static_cast<uint8_t>(tensor.data[i])) +
                     " at element " + std::to_string(i)};
  return std::nullopt;
}

Result<BoundWeight> attn_weights::bind(const attn_tensor_desc &argument) const {
  const std::string name = argument.weight;
  const auto type = static_cast<ElementType>(argument.type);
  const std::vector<int64_t> shape(argument.shape,
                                   argument.shape + argument.rank);
  auto it = tensors.find(name);
  if (it != tensors.end())
    return bindCallers(it->second, name, type, shape);
  Result<const StoredTensor *> found = files.find(name, type, shape);
  if (!found)
    return found.failure();
  if (type == ElementType::I1)
    if (MaybeFailure failure = checkBooleans(**found))
      return *failure;
  return BoundWeight{(*found)->data, (*found)->shape};
}

attn_status *attn_weights_create(attn_weights **weights) {
  *weights = nullptr;
  return guarded([&]() -> attn_status * {
    *weights = new attn_weights();
    return nullptr;
  });
}

attn_status *attn_weights_add_file(attn_weights *weights, const char *path) {
  return guarded([&]() -> attn_status * {
    if (attn_status *status = checkHandle(weights, "weights"))
      return status;
    if (attn_status *status = checkHandle(path, "a path"))
      return status;
    MaybeFailure failure = weights->files.add(path);
    return failure ? makeStatus(ATTN_BAD_FILE, failure->message) : nullptr;
  });
}

static attn_status *addTensor(attn_weights &weights, const std::string &name,
                              const attn_tensor &tensor) {
  const std::string label = "weight " + quote(name);
  if (tensor.type < ATTN_TYPE_F32 || tensor.type > ATTN_TYPE_I1)
    return makeStatus(ATTN_INVALID, label +
                                        " expects a type ATTN_TYPE_*, but "
                                        "got " +
                                        std::to_string(tensor.type));
  if (tensor.rank < 0 || (tensor.rank > 0 && !tensor.shape))
    return makeStatus(ATTN_INVALID, label + " expects a shape");
  const auto type = static_cast<ElementType>(tensor.type);
  const std::vector<int64_t> shape(tensor.shape, tensor.shape + tensor.rank);
  int64_t bytes = 0;
  for (int64_t size : shape)
    if (size < 0)
      return makeStatus(ATTN_INVALID, label +
                                          " expects sizes from 0, but got " +
                                          std::to_string(size));
  if (!checkedProduct(shape, byteSize(type), bytes))
    return makeStatus(ATTN_INVALID,
                      label + " has more bytes than a size can count");
  if (bytes > 0 && !tensor.data)
    return makeStatus(ATTN_INVALID, label + " expects data, but got null");
  if (reinterpret_cast<uintptr_t>(tensor.data) %
      static_cast<uintptr_t>(byteSize(type)))
    return makeStatus(ATTN_INVALID, label + " expects data aligned to its "
                                            "elements");
  weights.tensors[name] = {type, shape, tensor.data};
  return nullptr;
}

attn_status *attn_weights_add(attn_weights *weights, const char *name,
                              int32_t type, const int64_t *shape, int32_t rank,
                              const void *data) {
  return guarded([&]() -> attn_status * {
    if (attn_status *status = checkHandle(weights, "weights"))
      return status;
    if (attn_status *status = checkHandle(name, "a name"))
      return status;
    return addTensor(*weights, name,
                     {const_cast<void *>(data), shape, type, rank});
  });
}

void attn_weights_free(attn_weights *weights) { delete weights; }
