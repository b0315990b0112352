//===- How the state of a session lies in memory --------------------------===//
#include "runtime/Session.h"
#include "runtime/Status.h"
#include "runtime/files/ElementType.h"

#include <algorithm>
#include <cstring>
#include <limits>

using namespace attention;

/// Elements before and behind the axis of tokens, for a part that grows.
static int64_t product(const std::vector<int64_t> &shape, size_t from,
                       size_t to) {
  int64_t result = 1;
  for (size_t axis = from; axis < to; ++axis)
    result *= shape[axis];
  return result;
}

int64_t StatePart::bytes() const {
  return product(shape, 0, shape.size()) *
         byteSize(static_cast<ElementType>(desc->type));
}

static bool grows(const StatePart &part) { return part.desc->tokens_axis >= 0; }

/// The shape of a part, with every size counted; false where that overflows.
static bool shapeOf(const attn_tensor_desc &desc, int64_t batch,
                    int64_t capacity, std::vector<int64_t> &shape) {
  int64_t bytes = byteSize(static_cast<ElementType>(desc.type));
  for (int32_t axis = 0; axis < desc.rank; ++axis) {
    const int64_t size = axis == desc.tokens_axis ? capacity
                         : desc.shape[axis] < 0   ? batch
                                                  : desc.shape[axis];
    shape.push_back(size);
    if (size && __builtin_mul_overflow(bytes, size, &bytes))
      return false;
  }
  return true;
}

attn_status *StateLayout::make(const attn_function &step, int64_t batch,
                               int64_t capacity, StateLayout &layout) {
  const int64_t alignment = 64;
  layout = StateLayout();
  layout.capacity = capacity;
  for (const attn_tensor_desc *desc : step.states) {
    StatePart part{desc, {}, layout.bytes};
    int64_t end;
    if (!shapeOf(*desc, batch, capacity, part.shape) ||
        __builtin_add_overflow(layout.bytes, part.bytes(), &end) ||
        __builtin_add_overflow(end, alignment - 1, &end))
      return makeStatus(ATTN_OUT_OF_MEMORY,
                        "a session of " + std::to_string(capacity) +
                            " tokens has more bytes than a size can count");
    layout.bytes = end - end % alignment;
    layout.parts.push_back(std::move(part));
  }
  // A state that does not grow never has to move.
  if (std::none_of(layout.parts.begin(), layout.parts.end(), grows))
    layout.capacity = std::numeric_limits<int64_t>::max();
  return nullptr;
}

/// Copies the first `tokens` of each run of tokens between two strides.
static void copyTokens(const StatePart &part, int64_t tokens, const char *from,
                       int64_t fromCapacity, char *to, int64_t toCapacity) {
  const auto axis = static_cast<size_t>(part.desc->tokens_axis);
  const int64_t runs = product(part.shape, 0, axis);
  const int64_t bytes = product(part.shape, axis + 1, part.shape.size()) *
                        byteSize(static_cast<ElementType>(part.desc->type));
  for (int64_t run = 0; tokens && run < runs; ++run)
    std::memcpy(to + run * toCapacity * bytes,
                from + run * fromCapacity * bytes,
                static_cast<size_t>(tokens * bytes));
}

void StateLayout::copy(const char *from, const StateLayout &target, char *to,
                       int64_t tokens) const {
  for (size_t i = 0; i < parts.size(); ++i) {
    const char *source = from + parts[i].offset;
    char *place = to + target.parts[i].offset;
    if (grows(parts[i]))
      copyTokens(parts[i], tokens, source, capacity, place, target.capacity);
    else if (parts[i].bytes())
      std::memcpy(place, source, static_cast<size_t>(parts[i].bytes()));
  }
}
