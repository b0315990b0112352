#include "dialect/variants/LogExpNear.h"
#include "dialect/variants/Chunks.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

static constexpr double infinity = Logs::infinity;

Value valuesOfFeatures(Chunk &chunk, Value values) {
  OpBuilder &b = chunk.builder;
  Location loc = chunk.loc;
  const MemoryShape &shape = chunk.shape;
  Value ones = splat(
      b, loc, VectorType::get({shape.tokens, shape.features}, shape.type), 1);
  Value inside = chunk.whereFeature(ones, 0);
  if (inside == ones)
    return values;
  Value count = sumOfColumns(b, loc, inside);
  Value is = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::UNE, count,
                                   splat(b, loc, count.getType(), 0));
  return whereTrue(b, loc, alongRows(b, loc, is, shape.columns), values);
}

NearLogExpStep::NearLogExpStep(Chunk &chunk, ValueRange memory)
    : chunk(chunk), memory(memory), logs{chunk.builder, chunk.loc} {
  exists = alongRows(logs.b, logs.loc, chunk.exists(), chunk.shape.features);
}

Value NearLogExpStep::applies() {
  Value key = chunk.key(), before = memory[Largest]; // 0 beside the features
  Value isFirst = logs.is(before, -infinity);
  Value high = logs.columnMaximum(
            logs.select(exists, key, logs.fill(key, -infinity)), before),
        low = logs.columnMinimum(
            logs.select(exists, key, logs.fill(key, infinity)),
            logs.select(isFirst, logs.fill(before, infinity), before));
  return logs.isBelow(logs.sub(high, low), farthest);
}

Step NearLogExpStep::linear() {
  OpBuilder &b = logs.b;
  Location loc = logs.loc;
  const MemoryShape &shape = chunk.shape;
  int64_t tokens = shape.tokens;
  auto zeros = [&](int64_t columns) {
    return splat(b, loc, VectorType::get({tokens, columns}, shape.type), 0);
  };
  Value query = chunk.whereFeature(chunk.query(), -infinity);
  Value key = chunk.whereFeature(chunk.key(), -infinity);
  key = logs.select(exists, key, logs.fill(key, -infinity));
  Value largest = logs.columnMaximum(key, memory[Largest]);
  Value ref = logs.reference(largest);
  Value shrink = logs.relative(memory[Largest], ref);
  Value left = logs.relative(key, logs.down(ref, key));

  Value shifted = logs.add(query, logs.down(largest, query));
  Value highest = logs.reference(logs.rowMaximum(shifted));
  Value own = logs.relative(shifted, logs.across(highest, shifted));
  Value past = logs.mul(own, logs.down(shrink, own));
  Value sum =
      sumOfRows(b, loc, logs.mul(past, logs.down(memory[Weights], past)));
  Value seen = tokensThatAre(b, loc, Order::BeforeOrAt, tokens);
  Value weights = whereTrue(b, loc, seen,
                            productWithRows(b, loc, own, left, zeros(tokens)));
  sum = rowSum(b, loc, weights, sum);
  Value output = chunk.accumulate(
      weights, chunk.value(),
      product(b, loc, past, memory[Values], zeros(shape.columns)));
  Value sums =
      logs.add(logs.mul(memory[Weights], shrink), sumOfColumns(b, loc, left));
  Value shrunk = logs.mul(memory[Values], logs.across(shrink, memory[Values]));
  Value values = productOfColumns(b, loc, left, chunk.value(), shrunk);
  return {logs.quotient(output, sum),
          {largest, valuesOfFeatures(chunk, values), sums}};
}

} // namespace attention
