#include "dialect/Attention.h"
#include "dialect/variants/Chunks.h"
#include "dialect/variants/LogExpNear.h"
#include "dialect/variants/Logs.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

static constexpr double infinity = Logs::infinity;

bool LogExpAttr::accepts(Clause) const { return false; }
bool LogExpAttr::scalesByHeadSize() const { return false; }

SmallVector<Type> LogExpAttr::memoryTypes(const MemoryShape &shape) const {
  auto perFeature = VectorType::get({shape.features}, shape.type);
  SmallVector<Type> types{
      perFeature, VectorType::get({shape.features, shape.columns}, shape.type),
      perFeature};
  if (getValues() == ValueForm::Log)
    types.push_back(VectorType::get({shape.columns}, shape.type));
  return types;
}

State LogExpAttr::emptyMemory(OpBuilder &b, Location loc,
                              const MemoryShape &shape) const {
  State state;
  for (auto [part, type] : llvm::enumerate(memoryTypes(shape)))
    state.push_back(splat(
        b, loc, type, part == Largest || part == LargestValue ? -infinity : 0));
  return state;
}

namespace {
/// One chunk, step by step. What comes of the memory and what comes of the
/// chunk itself have references of their own until they meet; none of them has
/// seen a key of the future (papers: Heinsen, arXiv 2404.05843, in scaled
/// form).
class LogExpStep {
public:
  LogExpStep(Chunk &chunk, ValueRange memory)
      : chunk(chunk), memory(memory), logs{chunk.builder, chunk.loc} {
    read();
    weigh();
    advance();
  }

  Step linear();
  Step logarithmic();

private:
  Value logWeights();
  Value logWeightOfOne();
  Value carefulLogWeights();
  Value logWeightsOfNearKeys();
  Value keysAreNear();
  void read();
  void weigh();
  void advance();
  Value ofPast();
  Value ownSums(Value largest, Value sum);

  Chunk &chunk;
  ValueRange memory;
  Logs logs;
  Value query, key, value, exists; // of the chunk
  Value pastReference, pastFactor; // exp(q + m - reference): (tokens), (.., d)
  Value own;                       // logarithms of weights. (tokens, tokens)
  Value reference, pastScale;      // of past and own together. (tokens)
  Value ownWeights, sum;           // relative to it
  Value largest, shrink, left; // keys afterwards: m', exp(m - m'), exp(k - m')
};
} // namespace

/// log sum_c exp(q_ic + k_jc) for each pair, key by key: relative to nothing
/// but a pair's own largest term, so that nothing is lost. `(tokens, tokens)`
Value LogExpStep::carefulLogWeights() {
  OpBuilder &b = logs.b;
  Location loc = logs.loc;
  int64_t tokens = chunk.shape.tokens;
  auto type = VectorType::get({tokens, tokens}, chunk.shape.type);
  auto step = [&](Value token, ValueRange state) -> State {
    Value terms = logs.add(
        query, alongColumns(b, loc, rowAt(b, loc, key, token), tokens));
    Value ref = logs.reference(logs.rowMaximum(terms));
    Value sums =
        sumOfRows(b, loc, logs.relative(terms, logs.across(ref, terms)));
    Value log = logs.add(ref, math::LogOp::create(b, loc, sums));
    return {withColumn(b, loc, state[0], log, token)};
  };
  return forEachToken(chunk, /*backwards=*/false,
                      ValueRange{splat(b, loc, type, 0)}, step)[0];
}

/// The same as a matrix product, relative to the largest key of each channel:
/// as good where the keys of a channel are not too far apart.
Value LogExpStep::logWeightsOfNearKeys() {
  OpBuilder &b = logs.b;
  Location loc = logs.loc;
  int64_t tokens = chunk.shape.tokens;
  auto perFeature = VectorType::get({chunk.shape.features}, chunk.shape.type);
  Value ref = logs.reference(
      logs.columnMaximum(key, splat(b, loc, perFeature, -infinity)));
  Value shifted = logs.add(query, logs.down(ref, query));
  Value largest = logs.reference(logs.rowMaximum(shifted));
  Value sums = productWithRows(
      b, loc, logs.relative(shifted, logs.across(largest, shifted)),
      logs.relative(key, logs.down(ref, key)),
      splat(b, loc, VectorType::get({tokens, tokens}, chunk.shape.type), 0));
  Value log = math::LogOp::create(b, loc, sums);
  return logs.add(logs.across(largest, log), log);
}

/// Whether exp(k - m) of every key is far from where numbers end, m being the
/// largest of its channel (i1).
Value LogExpStep::keysAreNear() {
  return logs.columnsAreWithin(chunk.key(), 60); // 0 beside the features
}

/// Of a token with itself. `(1, 1)`
Value LogExpStep::logWeightOfOne() {
  Value terms = logs.add(query, key);
  Value ref = logs.reference(logs.rowMaximum(terms));
  Value sum = sumOfRows(logs.b, logs.loc,
                        logs.relative(terms, logs.across(ref, terms)));
  Value log = logs.add(ref, math::LogOp::create(logs.b, logs.loc, sum));
  return alongRows(logs.b, logs.loc, log, 1);
}

Value LogExpStep::logWeights() {
  if (chunk.shape.tokens == 1)
    return logWeightOfOne();
  OpBuilder &b = logs.b;
  auto either = [&](Value (LogExpStep::*weights)()) {
    return [this, weights](OpBuilder &b, Location loc) {
      scf::YieldOp::create(b, loc, (this->*weights)());
    };
  };
  return scf::IfOp::create(b, logs.loc, keysAreNear(),
                           either(&LogExpStep::logWeightsOfNearKeys),
                           either(&LogExpStep::carefulLogWeights))
      .getResult(0);
}

void LogExpStep::read() {
  OpBuilder &b = logs.b;
  Location loc = logs.loc;
  int64_t tokens = chunk.shape.tokens;
  exists = chunk.exists();
  query = chunk.whereFeature(chunk.query(), -infinity);
  key = chunk.whereFeature(chunk.key(), -infinity);
  value = chunk.value();
  Value shifted =
      logs.add(query, alongColumns(b, loc, memory[Largest], tokens));
  pastReference = logs.rowMaximum(shifted);
  pastFactor = logs.relative(
      shifted, logs.across(logs.reference(pastReference), shifted));
  Value seen = arith::AndIOp::create(
      b, loc, tokensThatAre(b, loc, Order::BeforeOrAt, tokens),
      alongColumns(b, loc, exists, tokens));
  own = logWeights();
  own = arith::SelectOp::create(b, loc, seen, own, logs.fill(own, -infinity));
}

void LogExpStep::weigh() {
  OpBuilder &b = logs.b;
  Location loc = logs.loc;
  reference = logs.reference(logs.larger(pastReference, logs.rowMaximum(own)));
  pastScale = logs.relative(pastReference, reference);
  ownWeights = logs.relative(own, logs.across(reference, own));
  Value past =
      sumOfRows(b, loc,
                logs.mul(pastFactor, alongColumns(b, loc, memory[Weights],
                                                  chunk.shape.tokens)));
  sum = rowSum(b, loc, ownWeights, logs.mul(past, pastScale));
}

void LogExpStep::advance() {
  OpBuilder &b = logs.b;
  Location loc = logs.loc;
  // Keys that do not exist leave no trace.
  Value keys = arith::SelectOp::create(
      b, loc, alongRows(b, loc, exists, chunk.shape.features), key,
      logs.fill(key, -infinity));
  largest = logs.columnMaximum(keys, memory[Largest]);
  Value ref = logs.reference(largest);
  shrink = logs.relative(memory[Largest], ref);
  left = logs.relative(keys, logs.down(ref, keys));
}

/// Values read from the memory, relative to the past's reference. `(tokens, e)`
Value LogExpStep::ofPast() {
  const MemoryShape &shape = chunk.shape;
  auto type = VectorType::get({shape.tokens, shape.columns}, shape.type);
  return product(logs.b, logs.loc, pastFactor, memory[Values],
                 splat(logs.b, logs.loc, type, 0));
}

Step LogExpStep::linear() {
  OpBuilder &b = logs.b;
  Location loc = logs.loc;
  Value past = ofPast();
  Value output = chunk.accumulate(ownWeights, value,
                                  logs.mul(past, logs.across(pastScale, past)));
  Value sums =
      logs.add(logs.mul(memory[Weights], shrink), sumOfColumns(b, loc, left));
  // Right before the product, which takes it in as it goes.
  Value shrunk = logs.mul(memory[Values], logs.across(shrink, memory[Values]));
  Value values = productOfColumns(b, loc, left, value, shrunk);
  // Last, so that quotients are written where they go.
  return {logs.quotient(output, sum),
          {largest, valuesOfFeatures(chunk, values), sums}};
}

/// log(exp(largest) sum + sum_j exp(own_ij - reference_i + v_j)), key by key.
/// `(tokens, e)`
Value LogExpStep::ownSums(Value largest, Value sum) {
  OpBuilder &b = logs.b;
  Location loc = logs.loc;
  Value weights = logs.sub(own, logs.across(reference, own));
  Value tokens = numbers(b, loc, chunk.shape.tokens, chunk.shape.columns,
                         /*ofRows=*/true);
  auto step = [&](Value token, ValueRange state) -> State {
    Value weight = logs.across(columnAt(b, loc, weights, token), state[0]);
    // What comes later contributes nothing, whatever its value; what is seen
    // does, even without weight: 0 times infinity is no number.
    Value isLater = arith::CmpIOp::create(
        b, loc, arith::CmpIPredicate::ult, tokens,
        vector::BroadcastOp::create(b, loc, tokens.getType(), token));
    Value term = arith::SelectOp::create(
        b, loc, isLater, weight,
        logs.add(weight, logs.down(rowAt(b, loc, value, token), state[0])));
    Value largest = logs.larger(state[0], term);
    Value ref = logs.reference(largest);
    Value before = logs.mul(state[1], logs.relative(state[0], ref));
    return {largest, logs.add(before, logs.relative(term, ref))};
  };
  State all = forEachToken(chunk, /*backwards=*/false, {largest, sum}, step);
  return logs.add(logs.reference(all[0]), math::LogOp::create(b, loc, all[1]));
}

Step LogExpStep::logarithmic() {
  OpBuilder &b = logs.b;
  Location loc = logs.loc;
  Value past = ofPast();
  // Relative to the reference of each row: keys may be far larger than what
  // they differ by.
  Value pastValue =
      logs.add(logs.across(logs.sub(pastReference, reference), past),
               logs.down(memory[LargestValue], past));
  value = arith::SelectOp::create(
      b, loc, alongRows(b, loc, exists, chunk.shape.columns), value,
      logs.fill(value, -infinity));
  Value log = math::LogOp::create(b, loc, sum);
  Value output = ownSums(pastValue, past);
  output = logs.sub(output, logs.across(log, output));
  Value none = arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, sum,
                                     logs.fill(sum, 0));
  output = arith::SelectOp::create(b, loc,
                                   alongRows(b, loc, none, chunk.shape.columns),
                                   logs.fill(output, 0), output);
  Value largestValue = logs.columnMaximum(value, memory[LargestValue]);
  Value ref = logs.reference(largestValue);
  Value values = logs.relative(value, logs.down(ref, value));
  Value sums =
      logs.add(logs.mul(memory[Weights], shrink), sumOfColumns(b, loc, left));
  Value shrinkOfValues = logs.relative(memory[LargestValue], ref);
  Value shrunk = logs.mul(memory[Values], logs.across(shrink, memory[Values]));
  shrunk = logs.mul(shrunk, logs.down(shrinkOfValues, shrunk));
  return {output,
          {largest, productOfColumns(b, loc, left, values, shrunk), sums,
           largestValue}};
}

/// A step in which `near` has a way of its own.
static Step chooseStep(Chunk &chunk, NearLogExpStep &near,
                       llvm::function_ref<Step()> any) {
  auto yield = [](OpBuilder &b, Location loc, const Step &step) {
    SmallVector<Value> values{step.output};
    llvm::append_range(values, step.memory);
    scf::YieldOp::create(b, loc, values);
  };
  auto choice = scf::IfOp::create(
      chunk.builder, chunk.loc, near.applies(),
      [&](OpBuilder &b, Location loc) { yield(b, loc, near.linear()); },
      [&](OpBuilder &b, Location loc) { yield(b, loc, any()); });
  return {choice.getResult(0), State(choice.getResults().drop_front())};
}

Step LogExpAttr::step(Chunk &chunk, ValueRange memory) const {
  if (getValues() == ValueForm::Log)
    return LogExpStep(chunk, memory).logarithmic();
  auto any = [&] { return LogExpStep(chunk, memory).linear(); };
  if (chunk.shape.tokens == 1)
    return any();
  NearLogExpStep near(chunk, memory);
  return chooseStep(chunk, near, any);
}

//===- as spans of tokens -------------------------------------------------===//

State LogExpAttr::emptySummary(OpBuilder &b, Location loc,
                               const MemoryShape &shape) const {
  return emptyMemory(b, loc, shape);
}

State LogExpAttr::summarize(Chunk &chunk, ValueRange summary) const {
  return step(chunk, summary).memory;
}

/// Both rescaled to the larger of their references.
int64_t LogExpAttr::transitionColumns(int64_t) const { return 0; }

State LogExpAttr::apply(OpBuilder &b, Location loc, ValueRange memory,
                        ValueRange summary) const {
  Logs logs{b, loc};
  auto larger = [&](unsigned part) {
    return logs.larger(memory[part], summary[part]);
  };
  Value largest = larger(Largest), ref = logs.reference(largest), values, sums;
  for (ValueRange state : {memory, summary}) {
    Value factor = logs.relative(state[Largest], ref);
    Value scaled = logs.mul(state[Values], logs.across(factor, state[Values]));
    if (getValues() == ValueForm::Log) {
      Value ofValues = logs.relative(state[LargestValue],
                                     logs.reference(larger(LargestValue)));
      scaled = logs.mul(scaled, logs.down(ofValues, scaled));
    }
    Value sum = logs.mul(state[Weights], factor);
    values = values ? logs.add(values, scaled) : scaled;
    sums = sums ? logs.add(sums, sum) : sum;
  }
  State after{largest, values, sums};
  if (getValues() == ValueForm::Log)
    after.push_back(larger(LargestValue));
  return after;
}

} // namespace attention
