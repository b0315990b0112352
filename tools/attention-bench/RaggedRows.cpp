//===- Rows of sequences that differ in length ----------------------------===//
#include "tools/attention-bench/ModelText.h"
#include "tools/attention-bench/Rows.h"
#include "tools/attention-bench/Work.h"

#include <numeric>

using namespace attention;

static const int64_t sequences = 32;

/// Lengths from 1 to `longest`, the same ones each time.
static std::vector<int64_t> drawLengths(int64_t longest) {
  std::vector<int64_t> lengths;
  uint32_t state = 1;
  for (int64_t i = 0; i < sequences; ++i) {
    state = state * 1664525u + 1013904223u;
    lengths.push_back(1 + (state >> 16) % longest);
  }
  return lengths;
}

namespace {
struct Kind {
  ElementType type;
  int64_t width;
  int64_t longest; // sequence
};
} // namespace

static AttendText textOf(Kind kind) {
  return {"softmax", kind.type, rowHeads, rowHeads, kind.width,
          "",        "",        "",       "",       {}};
}

static Row softmaxRow(const std::string &name, Kind kind, int64_t tokens,
                      const AttendText &text, std::vector<InputPlan> inputs,
                      double pairs) {
  return {"softmax " + name + shapeText(kind.type, kind.width, tokens),
          print(text),
          std::move(inputs),
          rowHeads * pairWork(pairs, kind.width),
          productPeak(kind.type),
          ""};
}

static double pairsOf(const std::vector<int64_t> &queries, int64_t longest) {
  const std::vector<int64_t> keys = drawLengths(longest);
  double pairs = 0;
  for (size_t i = 0; i < keys.size(); ++i)
    pairs += static_cast<double>(queries[i] * keys[i]);
  return pairs;
}

/// Each sequence in a run of its own, with as many queries and no key beyond
/// its length: what the other rows are held against.
static Row apartRow(const std::string &name, Kind kind, int64_t tokens,
                    const std::vector<int64_t> &queries) {
  Row row = softmaxRow(name, kind, tokens, textOf(kind), {},
                       pairsOf(queries, kind.longest));
  const std::vector<int64_t> keys = drawLengths(kind.longest);
  for (size_t i = 0; i < keys.size(); ++i) {
    std::vector<InputPlan> inputs =
        attendInputs(kind.type, kind.width, keys[i], Fill::Normal);
    inputs[0].shape[2] = queries[i];
    row.further.push_back(std::move(inputs));
  }
  row.inputs = std::move(row.further.back());
  row.further.pop_back();
  return row;
}

/// One behind the other.
static Row packedRow(Kind kind, int64_t tokens) {
  std::vector<int64_t> starts = {0};
  for (const int64_t length : drawLengths(kind.longest))
    starts.push_back(starts.back() + length);
  AttendText text = textOf(kind);
  text.extra.push_back({"starts", "documents", ElementType::I64, {-1}});
  std::vector<InputPlan> inputs =
      attendInputs(kind.type, kind.width, tokens, Fill::Normal);
  const auto count = static_cast<int64_t>(starts.size());
  inputs.push_back({"starts", ElementType::I64, {count}, Fill::Normal, starts});
  return softmaxRow("packed", kind, tokens, text, std::move(inputs),
                    pairsOf(drawLengths(kind.longest), kind.longest));
}

/// Side by side, with keys that do not exist behind the shorter ones.
static Row paddedRow(Kind kind) {
  const int64_t longest = kind.longest;
  std::vector<int64_t> exist;
  for (const int64_t length : drawLengths(kind.longest))
    for (int64_t key = 0; key < longest; ++key)
      exist.push_back(key < length);
  AttendText text = textOf(kind);
  text.extra.push_back({"exist", "keys", ElementType::I1, {-1, -1}});
  std::vector<InputPlan> inputs =
      attendInputs(kind.type, kind.width, longest, Fill::Normal);
  for (InputPlan &input : inputs)
    input.shape[0] = sequences;
  inputs.push_back({"exist",
                    ElementType::I1,
                    {sequences, longest},
                    Fill::Normal,
                    std::move(exist)});
  return softmaxRow("padded", kind, longest, text, std::move(inputs),
                    pairsOf(std::vector<int64_t>(sequences, longest), longest));
}

Group attention::raggedRows(ElementType type, int64_t width, int64_t shrink) {
  const int64_t longest = shrunk(512, shrink);
  const Kind kind = {type, width, longest};
  const std::vector<int64_t> lengths = drawLengths(kind.longest);
  const int64_t tokens =
      std::accumulate(lengths.begin(), lengths.end(), int64_t(0));
  Group group = {apartRow("apart", kind, tokens, lengths),
                 packedRow(kind, tokens),
                 apartRow("trimmed", kind, longest,
                          std::vector<int64_t>(sequences, longest)),
                 paddedRow(kind)};
  group[1].against = group[0].name;
  group[3].against = group[2].name;
  return group;
}
