//===- Rows of variants that look at pairs --------------------------------===//
#include "tools/attention-bench/ModelText.h"
#include "tools/attention-bench/Rows.h"
#include "tools/attention-bench/Work.h"

using namespace attention;

static const char causal[] = " mask(#attention.causal)";
static const char window[] =
    " mask(#attention.all<[#attention.causal, #attention.window<256>]>)";

static const char cappedScore[] = R"(    %cap = arith.constant 20.0 : $sum
    %0 = arith.divf %s, %cap : $sum
    %1 = math.tanh %0 : $sum
    %2 = arith.mulf %1, %cap : $sum
    attention.yield %2 : $sum
)";

static const char slopedScore[] =
    R"(    %slope = tensor.extract %slopes[%head] : tensor<8x$sum>
    %0 = arith.subi %key, %query : index
    %1 = arith.index_cast %0 : index to i32
    %2 = arith.sitofp %1 : i32 to $sum
    %3 = arith.mulf %slope, %2 : $sum
    %4 = arith.addf %s, %3 : $sum
    attention.yield %4 : $sum
)";

namespace {
struct PairKind {
  const char *name, *variant, *clauses;
  Visits visits;
  const char *score = "";
  const char *extra = "", *extraClause = ""; // a number for each head
  const char *preamble = "";
};
} // namespace

static const PairKind kinds[] = {
    {"softmax full", "softmax", "", Visits::Full},
    {"softmax causal", "softmax", causal, Visits::Causal},
    {"softmax window256", "softmax", window, Visits::Window},
    {"softmax alibi", "softmax", causal, Visits::Causal, slopedScore, "slopes"},
    {"softmax softcap", "softmax", causal, Visits::Causal, cappedScore},
    {"softmax sink", "softmax", causal, Visits::Causal, "", "sinks", "sink"},
    {"sigmoid causal", "sigmoid", causal, Visits::Causal},
    {"relu causal", "relu<power = 2>", causal, Visits::Causal},
    {"custom causal", "custom<@soft>", causal, Visits::Causal, "", "", "",
     ownSoftmax},
};

static Row makeRow(const PairKind &kind, ElementType type, int64_t width,
                   int64_t length) {
  AttendText text = {kind.variant, type,       rowHeads, rowHeads,      width,
                     kind.clauses, kind.score, "",       kind.preamble, {}};
  std::vector<InputPlan> inputs =
      attendInputs(type, width, length, Fill::Normal);
  if (*kind.extra) {
    const ElementType sum = sumType(type);
    text.extra.push_back({kind.extra, kind.extraClause, sum, {rowHeads}});
    inputs.push_back({kind.extra, sum, {rowHeads}, Fill::Decay});
  }
  const std::string shape = shapeText(type, width, length);
  const bool isPlain = kind.variant == std::string("softmax") && !*kind.extra &&
                       !*kind.score && kind.visits != Visits::Window;
  return {kind.name + shape,
          print(text),
          std::move(inputs),
          rowHeads * pairWork(visitedPairs(kind.visits, length), width),
          productPeak(type),
          isPlain ? "" : "softmax causal" + shape};
}

Group attention::pairRows(ElementType type, int64_t width, int64_t shrink) {
  Group group;
  for (const PairKind &kind : kinds)
    for (const int64_t length : {128, 512, 2048, 8192}) {
      const bool isEnd = length == 128 || length == 8192;
      Row row = makeRow(kind, type, width, shrunk(length, shrink));
      if (!isEnd || row.against.empty())
        group.push_back(std::move(row));
    }
  for (Row &row : raggedRows(type, width, shrink))
    group.push_back(std::move(row));
  return group;
}
