//===- Rows of sequences that differ in length ----------------------------===//
#include "tools/attention-bench/ModelText.h"
#include "tools/attention-bench/Rows.h"
#include "tools/attention-bench/Work.h"

using namespace attention;

static const int64_t longest = 512, sequences = 32;

/// Lengths from 1 to 512, the same ones each time.
static std::vector<int64_t> drawLengths() {
  std::vector<int64_t> lengths;
  uint32_t state = 1;
  for (int64_t i = 0; i < sequences; ++i) {
    state = state * 1664525u + 1013904223u;
    lengths.push_back(1 + (state >> 16) % longest);
  }
  return lengths;
}

/// Softmax of one tensor more, held against sequences that are all the longest.
static Row softmaxRow(const std::string &name, ElementType type, int64_t width,
                      int64_t tokens, const AttendText &text,
                      std::vector<InputPlan> inputs, double pairs) {
  return {"softmax " + name + shapeText(type, width, tokens),
          print(text),
          std::move(inputs),
          rowHeads * pairWork(pairs, width),
          productPeak(type),
          "softmax full" + shapeText(type, width, longest)};
}

/// One behind the other.
static Row packedRow(ElementType type, int64_t width) {
  std::vector<int64_t> starts = {0};
  double pairs = 0;
  for (const int64_t length : drawLengths()) {
    starts.push_back(starts.back() + length);
    pairs += visitedPairs(Visits::Full, length);
  }
  const int64_t tokens = starts.back();
  AttendText text = {"softmax", type, rowHeads, rowHeads, width,
                     "",        "",   "",       "",       {}};
  text.extra.push_back({"starts", "documents", ElementType::I64, {-1}});
  std::vector<InputPlan> inputs =
      attendInputs(type, width, tokens, Fill::Normal);
  const auto count = static_cast<int64_t>(starts.size());
  inputs.push_back({"starts", ElementType::I64, {count}, Fill::Normal, starts});
  return softmaxRow("packed", type, width, tokens, text, std::move(inputs),
                    pairs);
}

/// Side by side, with keys that do not exist behind the shorter ones.
static Row paddedRow(ElementType type, int64_t width) {
  std::vector<int64_t> exist;
  double pairs = 0;
  for (const int64_t length : drawLengths()) {
    for (int64_t key = 0; key < longest; ++key)
      exist.push_back(key < length);
    pairs += static_cast<double>(longest * length);
  }
  AttendText text = {"softmax", type, rowHeads, rowHeads, width,
                     "",        "",   "",       "",       {}};
  text.extra.push_back({"exist", "keys", ElementType::I1, {-1, -1}});
  std::vector<InputPlan> inputs =
      attendInputs(type, width, longest, Fill::Normal);
  for (InputPlan &input : inputs)
    input.shape[0] = sequences;
  inputs.push_back({"exist",
                    ElementType::I1,
                    {sequences, longest},
                    Fill::Normal,
                    std::move(exist)});
  return softmaxRow("padded", type, width, longest, text, std::move(inputs),
                    pairs);
}

Group attention::raggedRows(ElementType type, int64_t width) {
  return {packedRow(type, width), paddedRow(type, width)};
}
