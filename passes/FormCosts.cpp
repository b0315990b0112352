#include "passes/FormCosts.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

/// How much longer an operation takes than one of the parallel form: products
/// of chunks are small, and those of lone tokens are of matrices and vectors.
/// Measured (docs/performance.md).
static constexpr double chunkedFactor = 3, recurrentFactor = 4;

/// Pairs that are visited: all, or those of a key up to the query's position.
static double pairs(int64_t queries, int64_t keys, bool isCausal) {
  if (!isCausal)
    return double(queries) * keys;
  // The last query sees all keys, the one before it one less.
  int64_t rows = std::min(queries, keys);
  return double(rows) * keys - double(rows) * (rows - 1) / 2;
}

std::optional<FormCosts> FormCosts::of(AttendOp op, int64_t chunk) {
  int64_t queries = op.getQuery().getType().getDimSize(2),
          keys = op.getKey().getType().getDimSize(2),
          features = op.getKey().getType().getDimSize(3),
          columns = op.getValue().getType().getDimSize(3);
  for (int64_t size : {queries, keys, features, columns})
    if (ShapedType::isDynamic(size))
      return std::nullopt;
  double width = features + columns, memory = 2.0 * features * columns;
  int64_t tokens = op.getMaskAttr() ? std::max(queries, keys) : queries + keys;
  double inChunks = llvm::alignTo(tokens, chunk);
  return FormCosts{2 * pairs(queries, keys, bool(op.getMaskAttr())) * width,
                   2 * chunkedFactor * inChunks * (memory + chunk * width),
                   2 * recurrentFactor * tokens * (memory + width)};
}

double FormCosts::of(Form form) const {
  switch (form) {
  case Form::Parallel:
    return parallel;
  case Form::Chunked:
    return chunked;
  case Form::Recurrent:
    return recurrent;
  }
  llvm_unreachable("form without costs");
}

std::string FormCosts::text(Form form) const {
  return llvm::formatv("{0:f2} million operations", of(form) / 1e6);
}

} // namespace attention
