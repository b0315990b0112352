//===- Rows of variants that keep a memory --------------------------------===//
#include "tools/attention-bench/ModelText.h"
#include "tools/attention-bench/Rows.h"
#include "tools/attention-bench/Work.h"

using namespace attention;

static const char quadraticScore[] = R"(    %0 = math.log %s : $sum
    attention.yield %0 : $sum
)";

namespace {
struct MemoryKind {
  const char *name, *variant;
  MemoryWork work;
  /// A letter for each further clause: decay by token or by channel, beta, and
  /// the two sides of a rank-one transition.
  const char *extra = "";
  Fill keys = Fill::Normal;
};
} // namespace

static const MemoryKind kinds[] = {
    {"log_exp", "log_exp", linearWork},
    {"linear", "linear", linearWork},
    {"linear keys", "linear<feature = elu1, normalizer = keys>", linearWork},
    {"linear decay", "linear", linearWork, "g"},
    {"linear decay-by-channel", "linear", linearWork, "c"},
    {"delta", "delta", deltaWork, "b", Fill::Unit},
    {"delta decay", "delta", deltaWork, "gb", Fill::Unit},
    {"rank_one", "rank_one", rankOneWork, "cra", Fill::Unit},
};

static ExtraArgument extraOf(char letter, ElementType type, int64_t width) {
  switch (letter) {
  case 'g':
    return {"g", "decay", type, {-1, rowHeads, -1, 1}};
  case 'c':
    return {"g", "decay", type, {-1, rowHeads, -1, width}};
  case 'b':
    return {"b", "beta", type, {-1, rowHeads, -1, 1}};
  case 'r':
    return {"r", "remove", type, {-1, rowHeads, -1, width}};
  default:
    return {"p", "replace", type, {-1, rowHeads, -1, width}};
  }
}

static Fill fillOf(char letter) {
  if (letter == 'b')
    return Fill::Strength;
  return letter == 'g' || letter == 'c' ? Fill::Decay : Fill::Small;
}

static Row makeRow(const MemoryKind &kind, ElementType type, int64_t width,
                   int64_t length) {
  AttendText text = {
      kind.variant, type, rowHeads, rowHeads, width, " mask(#attention.causal)",
      "",           "",   "",       {}};
  std::vector<InputPlan> inputs = attendInputs(type, width, length, kind.keys);
  for (const char *letter = kind.extra; *letter; ++letter) {
    text.extra.push_back(extraOf(*letter, type, width));
    const ExtraArgument &extra = text.extra.back();
    inputs.push_back({extra.name,
                      type,
                      {1, rowHeads, length, extra.shape.back()},
                      fillOf(*letter)});
  }
  return {kind.name + shapeText(type, width, length),
          print(text),
          std::move(inputs),
          double(rowHeads * length) * tokenWork(kind.work, width),
          productPeak(type),
          ""};
}

/// Log-exp attention as a softmax over pairs: the work is that of the memory
/// that it is rewritten into.
static Row quadraticRow(ElementType type, int64_t width, int64_t length) {
  Row row = makeRow(kinds[0], type, width, length);
  row.against = row.name;
  row.name = "log_exp quadratic" + shapeText(type, width, length);
  const std::string tensor = "tensor<?x" + std::to_string(rowHeads) + "x?x" +
                             std::to_string(width) + "x" + nameOf(type) + ">";
  row.text = print({"softmax",
                    type,
                    rowHeads,
                    rowHeads,
                    width,
                    " mask(#attention.causal) scale(1.0)",
                    quadraticScore,
                    "  %a = math.exp %q : " + tensor +
                        "\n  %b = math.exp %k : " + tensor + "\n",
                    "",
                    {}});
  return row;
}

Group attention::memoryRows(ElementType type, int64_t width, int64_t shrink) {
  Group group;
  for (const int64_t full : {512, 2048, 8192}) {
    const int64_t length = shrunk(full, shrink);
    for (const MemoryKind &kind : kinds)
      group.push_back(makeRow(kind, type, width, length));
    group.push_back(quadraticRow(type, width, length));
  }
  return group;
}
