#include "passes/FormCosts.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

/// How much longer an operation takes than one of the parallel form: products
/// of chunks are small, and those of lone tokens are of matrices and vectors.
/// Measured on AVX-512: log_exp and linear, 32 and 64 columns, up to 1024
/// tokens took 11 to 22, 13 to 21 and 20 to 33 ps an operation in the three
/// forms. Chunks take 11 to 15 by now: the factor errs on the side of pairs.
static constexpr double chunkedFactor = 1.3, recurrentFactor = 2;

/// Pairs of the tiles that are visited: all, or those that a causal mask leaves
/// of them.
static double pairs(int64_t queries, int64_t keys, bool isCausal,
                    const FormTiles &tiles) {
  int64_t rows = queries <= tiles.fewRows ? tiles.fewRows : tiles.rows;
  double visited = 0;
  for (int64_t first = 0; first < queries; first += rows) {
    int64_t last = std::min(first + rows, queries),
            seen = isCausal ? keys - queries + last : keys;
    visited +=
        double(rows) * llvm::alignTo(std::max<int64_t>(seen, 0), tiles.keys);
  }
  return visited;
}

std::optional<FormCosts> FormCosts::of(AttendOp op, const FormTiles &tiles) {
  int64_t queries = op.getQuery().getType().getDimSize(2),
          keys = op.getKey().getType().getDimSize(2),
          features = op.getKey().getType().getDimSize(3),
          columns = op.getValue().getType().getDimSize(3);
  for (int64_t size : {queries, keys, features, columns})
    if (ShapedType::isDynamic(size))
      return std::nullopt;
  bool isCausal = bool(op.getMaskAttr());
  double width = features + columns, memory = 2.0 * features * columns;
  int64_t tokens = isCausal ? std::max(queries, keys) : queries + keys;
  return FormCosts{2 * pairs(queries, keys, isCausal, tiles) * width,
                   2 * chunkedFactor * llvm::alignTo(tokens, tiles.tokens) *
                       (memory + tiles.tokens * width),
                   2 * recurrentFactor * tokens * (memory + width)};
}

double FormCosts::of(Form form) const {
  switch (form) {
  case Form::Parallel:
    return parallel;
  case Form::Chunked:
  case Form::Scan: // chunks, too
    return chunked;
  case Form::Recurrent:
    return recurrent;
  }
  llvm_unreachable("form without costs");
}

std::string FormCosts::text(Form form) const {
  return llvm::formatv("{0:f2} million operations", of(form) / 1e6);
}

/// Operations per token that summaries take beside those of all chunks, which
/// are 1: keys are gone through twice, but without a mask, and a transition
/// goes along with the memory.
static double workOfSummaries(AttendOp op, const FormTiles &tiles) {
  int64_t all = op.getValue().getType().getDimSize(3);
  double features = op.getKey().getType().getDimSize(3),
         columns = all / double(columnParts(all, tiles.columns)),
         memory = features * columns, width = features + columns;
  double wide = cast<ScannedVariantInterface>(op.getVariant())
                    .transitionColumns(int64_t(features));
  bool isCausal = bool(op.getMaskAttr());
  if (wide == 0)
    return isCausal ? memory / (2 * memory + tiles.tokens * width) : 0;
  // What a step reads of the memory to change it is a product more, and pairs
  // of keys are as many as those with queries.
  double chunk = 3 * memory + 2 * tiles.tokens * width,
         change =
             2 * features * (columns + wide) + tiles.tokens * (width + wide);
  return (isCausal ? change : 2 * features * wide) / chunk;
}

/// Whether a task has room for the transition of a span.
static bool fitsTransition(AttendOp op, const FormSpans &spans) {
  RankedTensorType key = op.getKey().getType();
  int64_t features = key.getDimSize(3),
          wide = cast<ScannedVariantInterface>(op.getVariant())
                     .transitionColumns(features);
  // Numbers of 16 bits are there beside what they are widened to.
  int64_t bits = key.getElementTypeBitWidth(),
          bytes = bits / 8 + (bits == 16 ? 4 : 0);
  return spans.bytes == 0 || features * wide * bytes <= spans.bytes;
}

std::optional<ScanCosts> ScanCosts::of(AttendOp op, const FormTiles &tiles,
                                       const FormSpans &spans) {
  RankedTensorType output = op.getOutput().getType(),
                   key = op.getKey().getType();
  for (int64_t size :
       {output.getDimSize(1), output.getDimSize(3), key.getDimSize(3)})
    if (ShapedType::isDynamic(size) || size == 0)
      return std::nullopt;
  if (!fitsTransition(op, spans))
    return std::nullopt;
  ScanCosts costs;
  int64_t batch = output.isDynamicDim(0) ? 1 : output.getDimSize(0);
  int64_t parts = columnParts(output.getDimSize(3), tiles.columns);
  costs.sequences = std::max<int64_t>(1, batch * output.getDimSize(1) * parts);
  costs.spans = spans.tasks / costs.sequences;
  int64_t queries = output.getDimSize(2), keys = key.getDimSize(2);
  if (!ShapedType::isDynamic(queries) && !ShapedType::isDynamic(keys))
    costs.spans = std::min(costs.spans, std::max(queries, keys) / spans.tokens);
  if (costs.spans < 2)
    return std::nullopt;
  double work =
      1 + workOfSummaries(op, tiles) *
              (bool(op.getMaskAttr()) ? costs.spans - 1 : costs.spans) /
              costs.spans;
  auto rounds = [&](int64_t tasks) {
    return double(llvm::divideCeil(tasks, spans.parallel));
  };
  costs.share = work * rounds(costs.sequences * costs.spans) /
                (costs.spans * rounds(costs.sequences));
  return costs;
}

} // namespace attention
