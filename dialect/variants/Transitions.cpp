#include "dialect/variants/Transitions.h"
#include "dialect/Attention.h"
#include "dialect/variants/Chunks.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

namespace {
enum { Own, Transition };

/// The same tokens with values of zero, as many as features: what a step does
/// to the identity is the transition.
class WithoutValues : public Chunk {
public:
  explicit WithoutValues(Chunk &chunk)
      : Chunk(chunk.builder, chunk.loc,
              {chunk.shape.tokens, chunk.shape.features, chunk.shape.features,
               chunk.shape.type}),
        chunk(chunk),
        zeros(splat(builder, loc,
                    VectorType::get({shape.tokens, shape.columns}, shape.type),
                    0)) {}

  Value query() override { return chunk.query(); }
  Value key() override { return chunk.key(); }
  Value value() override { return zeros; }
  Value exists() override { return chunk.exists(); }
  Decay decay() override { return chunk.decay(); }
  Value beta() override { return chunk.beta(); }
  Value remove() override { return chunk.remove(); }
  Value replace() override { return chunk.replace(); }
  Value whereFeature(Value tile, double otherwise) override {
    return chunk.whereFeature(tile, otherwise);
  }
  Value accumulate(Value weights, Value values, Value accumulator) override {
    return values == zeros ? accumulator
                           : chunk.accumulate(weights, values, accumulator);
  }

private:
  Chunk &chunk;
  Value zeros;
};
} // namespace

State emptyTransition(ChunkedVariantInterface variant, OpBuilder &b,
                      Location loc, const MemoryShape &shape) {
  State summary = variant.emptyMemory(b, loc, shape);
  auto square = VectorType::get({shape.features, shape.features}, shape.type);
  auto numbers = VectorType::get({shape.features}, b.getIndexType());
  Value steps = vector::StepOp::create(b, loc, numbers);
  Value onDiagonal =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq,
                            alongRows(b, loc, steps, shape.features),
                            alongColumns(b, loc, steps, shape.features));
  summary.push_back(whereTrue(b, loc, onDiagonal, splat(b, loc, square, 1)));
  return summary;
}

State summarizeTransition(ChunkedVariantInterface variant, Chunk &chunk,
                          ValueRange summary) {
  WithoutValues tokens(chunk);
  State next = variant.step(chunk, summary[Own]).memory;
  next.append(variant.step(tokens, summary[Transition]).memory);
  return next;
}

State applyTransition(OpBuilder &b, Location loc, ValueRange memory,
                      ValueRange summary) {
  return {product(b, loc, summary[Transition], memory[0], summary[Own])};
}

} // namespace attention
