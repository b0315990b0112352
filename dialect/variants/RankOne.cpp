#include "dialect/Attention.h"
#include "dialect/variants/Remains.h"
#include "dialect/variants/Tiles.h"

using namespace mlir;

namespace attention {

bool RankOneAttr::accepts(Clause clause) const {
  return clause == Clause::Scale || clause == Clause::Decay || needs(clause);
}
bool RankOneAttr::scalesByHeadSize() const { return false; }
bool RankOneAttr::needs(Clause clause) const {
  return clause == Clause::Remove || clause == Clause::Replace;
}
bool RankOneAttr::recurs(bool) const { return true; }

SmallVector<Type> RankOneAttr::memoryTypes(const MemoryShape &shape) const {
  return {VectorType::get({shape.features, shape.columns}, shape.type)};
}

State RankOneAttr::emptyMemory(OpBuilder &b, Location loc,
                               const MemoryShape &shape) const {
  return {splat(b, loc, memoryTypes(shape).front(), 0)};
}

/// What each token takes out, y_i = remove_i . S_(i-1), depends on what the
/// tokens of the chunk before it put back: a triangular system.
Step RankOneAttr::step(Chunk &chunk, ValueRange memory) const {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  const MemoryShape &shape = chunk.shape;
  auto outputs = VectorType::get({shape.tokens, shape.columns}, shape.type);
  Value query = chunk.query(), key = chunk.key(), value = chunk.value(),
        remove = chunk.remove(), replace = chunk.replace();
  Value nothing = splat(b, loc, outputs, 0);
  Remains remains(chunk);
  // Before its own decay: nothing at i itself has been done to S_(i-1).
  auto removed = [&](Value right) {
    return remains.pairs(remove, right, /*at=*/false, /*own=*/false);
  };
  Value held = product(b, loc, remains.fromStart(remove, /*own=*/false),
                       memory[0], nothing);
  Value taken = solveForward(chunk, removed(replace),
                             chunk.accumulate(removed(key), value, held));
  Value output = product(b, loc, remains.fromStart(query), memory[0], nothing);
  output =
      chunk.accumulate(remains.pairs(query, key, /*at=*/true), value, output);
  output = chunk.accumulate(remains.pairs(query, replace, /*at=*/true), taken,
                            output);
  Value next = productOfColumns(b, loc, remains.toEnd(key), value,
                                remains.throughout(memory[0]));
  return {output,
          {productOfColumns(b, loc, remains.toEnd(replace), taken, next)}};
}

} // namespace attention
