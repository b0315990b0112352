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

bool attention::forgets(const attn_function &step) {
  return std::any_of(
      step.states.begin(), step.states.end(),
      [](const attn_tensor_desc *part) { return part->reach > 0; });
}

/// How many of the first of `tokens` tokens a part has no more.
static int64_t forgottenOf(const attn_tensor_desc &part, int64_t tokens) {
  if (part.reach <= 0)
    return 0;
  const int64_t unseen = std::max<int64_t>(tokens - (part.reach - 1), 0);
  return unseen - unseen % ATTN_FORGOTTEN_AT_A_TIME;
}

/// How many tokens a part has room for.
static int64_t rowsOf(const attn_tensor_desc &part, const StateRoom &room) {
  int64_t rows;
  if (part.reach <= 0 ||
      __builtin_add_overflow(part.reach + ATTN_FORGOTTEN_AT_A_TIME - 2,
                             room.piece, &rows))
    return room.tokens;
  return std::min(rows, room.tokens);
}

/// Appends the sizes of a part; its bytes, or nothing where that overflows.
bool StateLayout::countBytes(const attn_tensor_desc &desc, int64_t &bytes) {
  bool isEmpty = false;
  bytes = elementBytes(desc);
  for (int32_t axis = 0; axis < desc.rank; ++axis) {
    const int64_t size = axis == desc.tokens_axis ? rowsOf(desc, room)
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

attn_status *StateLayout::append(const attn_tensor_desc &desc) {
  const int64_t alignment = 64;
  allParts.push_back({&desc, sizes.data() + sizes.size(), end});
  int64_t bytes;
  if (!countBytes(desc, bytes) || __builtin_add_overflow(end, bytes, &end) ||
      __builtin_add_overflow(end, alignment - 1, &end))
    return makeStatus(ATTN_OUT_OF_MEMORY,
                      "a session of " + std::to_string(room.tokens) +
                          " tokens has more bytes than a size can count");
  end -= end % alignment;
  return nullptr;
}

attn_status *StateLayout::lay(const attn_function &step, int64_t sequences,
                              StateRoom wanted) {
  if (laidStep == &step && batch == sequences && room == wanted)
    return nullptr;
  laidStep = nullptr;
  batch = sequences;
  room = wanted;
  end = 0;
  allParts.clear();
  sizes.clear();
  int64_t count = 0;
  for (const attn_tensor_desc *desc : step.states)
    count += desc->rank;
  sizes.reserve(static_cast<size_t>(count)); // parts point into it
  for (const attn_tensor_desc *desc : step.states)
    if (attn_status *status = append(*desc))
      return status;
  laidStep = &step;
  return nullptr;
}

namespace {
/// A part as runs of rows: one row for each token it has room for.
struct Runs {
  explicit Runs(const StatePart &part)
      : count(product(part.shape, 0, part.desc->tokens_axis)),
        rows(part.shape[part.desc->tokens_axis]),
        rowBytes(
            product(part.shape, part.desc->tokens_axis + 1, part.desc->rank) *
            elementBytes(*part.desc)) {}

  int64_t place(int64_t run, int64_t row) const {
    return (run * rows + row) * rowBytes;
  }

  int64_t count, rows, rowBytes;
};
} // namespace

/// Copies the first `rows` rows of each run.
static attn_status *copyRows(const Runs &from, const char *source,
                             const Runs &to, char *target, int64_t rows,
                             const StateCopy &by) {
  for (int64_t run = 0; rows && run < from.count; ++run)
    if (attn_status *status =
            by.copy(target + to.place(run, 0), source + from.place(run, 0),
                    rows * from.rowBytes))
      return status;
  return nullptr;
}

/// Moves `rows` rows behind the first `distance` of each run to its start, in
/// stretches that do not overlap.
static attn_status *moveRows(const Runs &runs, char *memory, int64_t distance,
                             int64_t rows, const StateCopy &by) {
  for (int64_t run = 0; run < runs.count; ++run)
    for (int64_t row = 0; row < rows; row += distance)
      if (attn_status *status =
              by.copy(memory + runs.place(run, row),
                      memory + runs.place(run, row + distance),
                      std::min(distance, rows - row) * runs.rowBytes))
        return status;
  return nullptr;
}

attn_status *StateLayout::copy(const char *from, const StateLayout &target,
                               char *to, int64_t tokens,
                               const StateCopy &by) const {
  for (size_t i = 0; i < allParts.size(); ++i) {
    const StatePart &part = allParts[i], &other = target.allParts[i];
    const char *source = from + part.offset;
    char *place = to + other.offset;
    attn_status *status = nullptr;
    if (growsWithTokens(part.desc))
      status = copyRows(Runs(part), source, Runs(other), place,
                        tokens - forgottenOf(*part.desc, tokens), by);
    else if (part.bytes())
      status = by.copy(place, source, part.bytes());
    if (status)
      return status;
  }
  return by.finish();
}

attn_status *StateLayout::forget(char *state, int64_t before, int64_t after,
                                 const StateCopy &by) const {
  bool isMoved = false;
  for (const StatePart &part : allParts) {
    const int64_t forgotten = forgottenOf(*part.desc, after);
    const int64_t distance = forgotten - forgottenOf(*part.desc, before);
    if (distance == 0)
      continue;
    isMoved = true;
    if (attn_status *status = moveRows(Runs(part), state + part.offset,
                                       distance, after - forgotten, by))
      return status;
  }
  return isMoved ? by.finish() : nullptr;
}
