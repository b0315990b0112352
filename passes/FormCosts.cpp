#include "passes/FormCosts.h"

#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

/// How much longer an operation takes than one of the parallel form: products
/// of chunks are small, and those of lone tokens are of matrices and vectors.
/// Measured on AVX-512: log_exp and linear, 32 and 64 columns, up to 1024
/// tokens take 11 to 22, 13 to 21 and 20 to 33 ps an operation in the three
/// forms.
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
