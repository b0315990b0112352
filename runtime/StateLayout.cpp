//===- How the state of a session lies in memory --------------------------===//
#include "runtime/StateLayout.h"
#include "runtime/Status.h"
#include "runtime/files/ElementType.h"

#include <algorithm>

using namespace attention;

static int64_t product(const int64_t *shape, int32_t from, int32_t to) {
  int64_t result = 1;
  for (int32_t axis = from; axis < to; ++axis)
    result *= shape[axis];
  return result;
}

static int64_t elementBytes(const attn_tensor_desc &desc) {
  return byteSize(static_cast<ElementType>(desc.type));
}

int64_t StatePart::bytes() const {
  return product(shape, 0, desc->rank) * elementBytes(*desc);
}

static bool growsWithTokens(const attn_tensor_desc *part) {
  return part->tokens_axis >= 0;
}

bool attention::grows(const attn_function &step) {
  return std::any_of(step.states.begin(), step.states.end(), growsWithTokens);
}

/// Appends the sizes of a part; its bytes, or nothing where that overflows.
static bool countBytes(const attn_tensor_desc &desc, int64_t batch,
                       int64_t capacity, std::vector<int64_t> &sizes,
                       int64_t &bytes) {
  bool isEmpty = false;
  bytes = elementBytes(desc);
  for (int32_t axis = 0; axis < desc.rank; ++axis) {
    const int64_t size = axis == desc.tokens_axis ? capacity
                         : desc.shape[axis] < 0   ? batch
                                                  : desc.shape[axis];
    sizes.push_back(size);
    isEmpty |= size == 0;
    if (size && __builtin_mul_overflow(bytes, size, &bytes))
      return false;
  }
  if (isEmpty)
    bytes = 0;
  return true;
}

attn_status *StateLayout::append(const attn_tensor_desc &desc, int64_t batch) {
  const int64_t alignment = 64;
  allParts.push_back({&desc, sizes.data() + sizes.size(), end});
  int64_t bytes;
  if (!countBytes(desc, batch, capacity, sizes, bytes) ||
      __builtin_add_overflow(end, bytes, &end) ||
      __builtin_add_overflow(end, alignment - 1, &end))
    return makeStatus(ATTN_OUT_OF_MEMORY,
                      "a session of " + std::to_string(capacity) +
                          " tokens has more bytes than a size can count");
  end -= end % alignment;
  return nullptr;
}

attn_status *StateLayout::lay(const attn_function &step, int64_t batch,
                              int64_t tokens) {
  if (laidStep == &step && laidBatch == batch && capacity == tokens)
    return nullptr;
  laidStep = nullptr;
  laidBatch = batch;
  capacity = tokens;
  end = 0;
  allParts.clear();
  sizes.clear();
  int64_t count = 0;
  for (const attn_tensor_desc *desc : step.states)
    count += desc->rank;
  sizes.reserve(static_cast<size_t>(count)); // parts point into it
  for (const attn_tensor_desc *desc : step.states)
    if (attn_status *status = append(*desc, batch))
      return status;
  laidStep = &step;
  return nullptr;
}

/// Copies the first `tokens` of each run of tokens between two strides.
static attn_status *copyTokens(const StatePart &part, int64_t tokens,
                               const char *from, int64_t fromCapacity, char *to,
                               int64_t toCapacity, const StateCopy &by) {
  const int32_t axis = part.desc->tokens_axis;
  const int64_t runs = product(part.shape, 0, axis);
  const int64_t bytes =
      product(part.shape, axis + 1, part.desc->rank) * elementBytes(*part.desc);
  for (int64_t run = 0; tokens && run < runs; ++run)
    if (attn_status *status =
            by.copy(to + run * toCapacity * bytes,
                    from + run * fromCapacity * bytes, tokens * bytes))
      return status;
  return nullptr;
}

attn_status *StateLayout::copy(const char *from, const StateLayout &target,
                               char *to, int64_t tokens,
                               const StateCopy &by) const {
  for (size_t i = 0; i < allParts.size(); ++i) {
    const StatePart &part = allParts[i];
    const char *source = from + part.offset;
    char *place = to + target.allParts[i].offset;
    attn_status *status = nullptr;
    if (growsWithTokens(part.desc))
      status = copyTokens(part, tokens, source, capacity, place,
                          target.capacity, by);
    else if (part.bytes())
      status = by.copy(place, source, part.bytes());
    if (status)
      return status;
  }
  return by.finish();
}
