#include "dialect/Attention.h"
#include "dialect/variants/Remains.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

bool DeltaAttr::accepts(Clause clause) const {
  return clause == Clause::Scale || clause == Clause::Decay ||
         clause == Clause::Beta;
}
bool DeltaAttr::scalesByHeadSize() const { return false; }
bool DeltaAttr::recurs(bool) const { return true; }

SmallVector<Type> DeltaAttr::memoryTypes(const MemoryShape &shape) const {
  return {VectorType::get({shape.features, shape.columns}, shape.type)};
}

State DeltaAttr::emptyMemory(OpBuilder &b, Location loc,
                             const MemoryShape &shape) const {
  return {splat(b, loc, memoryTypes(shape).front(), 0)};
}

/// What each token writes, u_i = beta_i (v_i - k_i . S'), depends on what the
/// tokens of the chunk before it write: a triangular system (the WY form of
/// Yang et al., arXiv 2406.06484, with decays).
Step DeltaAttr::step(Chunk &chunk, ValueRange memory) const {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  const MemoryShape &shape = chunk.shape;
  int64_t tokens = shape.tokens;
  auto outputs = VectorType::get({tokens, shape.columns}, shape.type);
  Value query = chunk.query(), key = chunk.key(), beta = chunk.beta();
  Value nothing = splat(b, loc, outputs, 0);
  Remains remains(chunk);
  auto timesBeta = [&](Value tile) -> Value {
    int64_t columns = cast<VectorType>(tile.getType()).getDimSize(1);
    return arith::MulFOp::create(b, loc, tile,
                                 alongRows(b, loc, beta, columns));
  };
  Value held = product(b, loc, remains.fromStart(key), memory[0], nothing);
  Value change = timesBeta(arith::SubFOp::create(b, loc, chunk.value(), held));
  Value taken = remains.pairs(key, key, /*at=*/false);
  Value written = solveForward(
      chunk, arith::NegFOp::create(b, loc, timesBeta(taken)), change);
  Value past = product(b, loc, remains.fromStart(query), memory[0], nothing);
  Value weights = remains.pairs(query, key, /*at=*/true);
  return {chunk.accumulate(weights, written, past),
          {productOfColumns(b, loc, remains.toEnd(key), written,
                            remains.throughout(memory[0]))}};
}

} // namespace attention
