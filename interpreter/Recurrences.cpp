#include "interpreter/Recurrences.h"
#include "interpreter/Parallel.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cmath>

using namespace mlir;

namespace attention {

void Memory::decay(const std::vector<double> &logarithms) {
  for (int64_t c = 0; c < features; ++c) {
    double factor = std::exp(logarithms[c]);
    keySum[c] *= factor;
    for (int64_t e = 0; e < columns; ++e)
      at(c, e) *= factor;
  }
}

void Memory::add(ArrayRef<double> left, ArrayRef<double> right) {
  for (int64_t c = 0; c < features; ++c)
    for (int64_t e = 0; e < columns; ++e)
      at(c, e) += left[c] * right[e];
}

std::vector<double> Memory::read(ArrayRef<double> row) const {
  std::vector<double> result(columns, 0.0);
  for (int64_t c = 0; c < features; ++c)
    for (int64_t e = 0; e < columns; ++e)
      result[e] += row[c] * matrix[c * columns + e];
  return result;
}

std::optional<Recurrence> recurrenceOf(AttendOp op) {
  using Found = std::optional<Recurrence>;
  bool pastOrAll = !op.getMaskAttr() || isa<CausalMaskAttr>(op.getMaskAttr());
  if (!pastOrAll)
    return std::nullopt;
  return llvm::TypeSwitch<Attribute, Found>(op.getVariant())
      .Case([](LinearAttr attr) { return linearRecurrence(attr); })
      .Case([](DeltaAttr) { return deltaRecurrence(); })
      .Case([](RankOneAttr) { return rankOneRecurrence(); })
      .Default([](Attribute) { return std::nullopt; });
}

namespace {
/// One run of one `attend`; planes are those of `[batch, heads]`.
struct Run {
  AttendOp op;
  const Recurrence &recurrence;
  const PairSource &pairs;
  const Frame &frame;
  double scale;
  Array output;

  /// The row of a clause `[batch, heads, keys, columns]`, any of them 1;
  /// `absent` everywhere without it.
  std::vector<double> clauseRow(mlir::Value clause, const Shape &at,
                                int64_t columns, double absent) const {
    std::vector<double> row(columns, absent);
    if (!clause)
      return row;
    const Array &array = frame.array(clause);
    Shape strides = stridesOf(array.shape);
    for (int64_t c = 0; c < columns; ++c) {
      Shape index = {at[0], at[1], at[2], c};
      for (auto [i, size] : llvm::zip(index, array.shape))
        i = size == 1 ? 0 : i;
      row[c] = array.as<double>()[linearIndex(index, strides)];
    }
    return row;
  }

  Token token(int64_t batch, int64_t head, int64_t key) {
    Shape at = {batch, head, key};
    int64_t features = pairs.sizes.features;
    return {pairs.keyRow(batch, head, key),
            pairs.valueRow(batch, head, key),
            clauseRow(op.getDecay(), at, features, 0),
            clauseRow(op.getRemove(), at, features, 0),
            clauseRow(op.getReplace(), at, features, 0),
            clauseRow(op.getBeta(), at, 1, 1).front()};
  }

  /// Queries ascend, and so do the keys of their past, but that each document
  /// starts anew.
  void plane(int64_t batch, int64_t head) {
    const AttentionSizes &sizes = pairs.sizes;
    Memory memory(sizes.features, sizes.columns);
    int64_t begin = 0, end = 0; // keys that the memory has been through
    for (int64_t query = 0; query < sizes.queries; ++query) {
      auto [first, last] = pairs.past(batch, query);
      if (first != begin || last < end) {
        memory = Memory(sizes.features, sizes.columns);
        begin = end = first;
      }
      for (; end < last; ++end)
        if (pairs.exists(batch, end)) {
          recurrence.step(memory, token(batch, head, end));
          ++memory.count;
        }
      if (memory.count == 0)
        continue; // zeros
      SmallVector<double> row(pairs.queryRow(batch, head, query));
      for (double &element : row)
        element *= scale;
      int64_t place = (batch * sizes.heads + head) * sizes.queries + query;
      llvm::copy(recurrence.read(memory, row),
                 output.as<double>().begin() + place * sizes.columns);
    }
  }
};
} // namespace

FailureOr<Array> recur(AttendOp op, const Recurrence &recurrence,
                       const PairSource &pairs, const Frame &frame) {
  const AttentionSizes &sizes = pairs.sizes;
  Shape shape = {sizes.batch, sizes.heads, sizes.queries, sizes.columns};
  if (failed(checkSizes(op, shape)))
    return failure();
  double scale = op.getScale() ? op.getScale()->convertToDouble() : 1;
  Run run{op, recurrence, pairs, frame, scale, Array::zeros<double>(shape)};
  parallelRanges(sizes.batch * sizes.heads, frame.interpreter.threads(),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t plane = begin; plane < end; ++plane)
                     run.plane(plane / sizes.heads, plane % sizes.heads);
                 });
  return std::move(run.output);
}

} // namespace attention
