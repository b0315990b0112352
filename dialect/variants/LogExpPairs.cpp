/// Log-exp attention as a fold over the pairs of queries and keys.
#include "dialect/Attention.h"
#include "dialect/variants/Chunks.h"
#include "dialect/variants/Logs.h"

#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

static constexpr double infinity = Logs::infinity;

namespace {
/// The partial: a bound of the scores so far, the sum of weights relative to
/// it, and that of weighted values; where values are logarithms, the logarithm
/// of the latter, relative to nothing.
enum { Bound, Sum, Values };

/// What a tile of keys adds: the bound of all scores up to it, and the weights
/// relative to that.
struct PairWeights {
  Value bound, weights;
};

/// One tile of keys, as one tile of queries weighs it.
class LogExpVisit {
public:
  LogExpVisit(Visit &visit, ValueRange partial);

  State linear();
  State logarithmic();

private:
  Value scores();
  PairWeights fromScores(Value scores);
  PairWeights ofNearKeys();
  PairWeights ofAnyKeys();
  Value ofNearValues(const PairWeights &pairs);
  Value ofAnyValues(Value scores);
  State next(const PairWeights &pairs, Value values);
  Value zeros(int64_t rows, int64_t columns) {
    return splat(b, loc, VectorType::get({rows, columns}, type), 0);
  }

  Visit &visit;
  ValueRange partial;
  OpBuilder &b;
  Location loc;
  Logs logs;
  FloatType type;
  Value seen;        // pairs, or null: all
  Value query, key;  // -inf beside the features
  Value keysAreNear; // i1
  int64_t rows, keys, columns;
};
} // namespace

/// Keys and values of a tile are near each other if they are less than this
/// apart in each column: products of weights and values are far from where
/// numbers end.
static constexpr double nearDistance = 30;

LogExpVisit::LogExpVisit(Visit &visit, ValueRange partial)
    : visit(visit), partial(partial), b(visit.builder), loc(visit.loc),
      logs{b, loc},
      type(cast<FloatType>(getElementTypeOrSelf(partial[Sum].getType()))),
      seen(visit.seen()) {
  query = castTile(b, loc, visit.query(), type);
  key = castTile(b, loc, visit.key(), type);
  rows = cast<VectorType>(query.getType()).getDimSize(0);
  keys = cast<VectorType>(key.getType()).getDimSize(0);
  columns = cast<VectorType>(partial[Values].getType()).getDimSize(1);
  keysAreNear = logs.columnsAreWithin(key, nearDistance);
  query = visit.whereFeature(query, -infinity);
  key = visit.whereFeature(key, -infinity);
}

/// log sum_c exp(q_ic + k_jc) for each pair, key by key: relative to nothing
/// but a pair's own largest term. -inf where the query does not see the key.
Value LogExpVisit::scores() {
  auto step = [&](Value token, ValueRange state) -> State {
    Value terms =
        logs.add(query, alongColumns(b, loc, rowAt(b, loc, key, token), rows));
    Value ref = logs.reference(logs.rowMaximum(terms));
    Value sums =
        sumOfRows(b, loc, logs.relative(terms, logs.across(ref, terms)));
    return {withColumn(b, loc, state[0], logs.add(ref, logs.log(sums)), token)};
  };
  Value all = forEachToken(b, loc, keys, /*backwards=*/false,
                           ValueRange{zeros(rows, keys)}, step)[0];
  return seen ? logs.select(seen, all, logs.fill(all, -infinity)) : all;
}

PairWeights LogExpVisit::fromScores(Value scores) {
  Value bound = rowMax(b, loc, scores, partial[Bound]);
  Value ref = logs.reference(bound);
  return {bound, logs.relative(scores, logs.across(ref, scores))};
}

PairWeights LogExpVisit::ofAnyKeys() { return fromScores(scores()); }

/// As a matrix product, relative to the largest key of each channel. What is
/// lost beside it is nothing beside what all queries see of that key; where
/// some do not see it, keys must be near.
PairWeights LogExpVisit::ofNearKeys() {
  Value ref = logs.reference(logs.columnMaximum(key));
  Value shifted = logs.add(query, logs.down(ref, query));
  Value largest = logs.rowMaximum(shifted);
  Value sums = productWithRows(
      b, loc,
      logs.relative(shifted, logs.across(logs.reference(largest), shifted)),
      logs.relative(key, logs.down(ref, key)), zeros(rows, keys));
  if (seen) {
    // A row that sees none of these keys has no bound from them.
    sums = visit.whereSeen(sums);
    Value none = logs.is(sumOfRows(b, loc, sums), 0);
    largest = logs.select(none, logs.fill(largest, -infinity), largest);
  }
  Value bound = logs.larger(partial[Bound], largest);
  Value factor = logs.relative(largest, logs.reference(bound));
  return {bound, logs.mul(sums, logs.across(factor, sums))};
}

/// The partial with the weights of the tile, and what became of its values.
State LogExpVisit::next(const PairWeights &pairs, Value values) {
  Value shrink = logs.relative(partial[Bound], logs.reference(pairs.bound));
  return {pairs.bound,
          rowSum(b, loc, pairs.weights, logs.mul(partial[Sum], shrink)),
          values};
}

State LogExpVisit::linear() {
  PairWeights pairs;
  if (seen) {
    auto either = [&](PairWeights (LogExpVisit::*weights)()) {
      return [this, weights](OpBuilder &b, Location loc) {
        PairWeights pairs = (this->*weights)();
        scf::YieldOp::create(b, loc, ValueRange{pairs.bound, pairs.weights});
      };
    };
    auto choice =
        scf::IfOp::create(b, loc, keysAreNear, either(&LogExpVisit::ofNearKeys),
                          either(&LogExpVisit::ofAnyKeys));
    pairs = {choice.getResult(0), choice.getResult(1)};
  } else {
    pairs = ofNearKeys();
  }
  Value shrink = logs.relative(partial[Bound], logs.reference(pairs.bound));
  Value values =
      logs.mul(partial[Values], logs.across(shrink, partial[Values]));
  return next(pairs, visit.accumulate(pairs.weights, values));
}

/// log(exp x + exp y)
static Value logOfSum(Logs logs, Value x, Value y) {
  Value larger = logs.larger(x, y);
  Value ref = logs.reference(larger);
  return logs.add(
      ref, logs.log(logs.add(logs.relative(x, ref), logs.relative(y, ref))));
}

/// log sum_j w_ij exp(v_j) with what came before, as a matrix product relative
/// to the largest value of each column.
Value LogExpVisit::ofNearValues(const PairWeights &pairs) {
  Value value = castTile(b, loc, visit.value(), type);
  Value ref = logs.reference(logs.columnMaximum(value));
  Value sums = product(b, loc, pairs.weights,
                       logs.relative(value, logs.down(ref, value)),
                       zeros(rows, columns));
  Value log =
      logs.add(logs.log(sums), logs.across(logs.reference(pairs.bound), sums));
  return logOfSum(logs, partial[Values], logs.add(log, logs.down(ref, log)));
}

/// The same key by key, relative to nothing but the largest term so far.
Value LogExpVisit::ofAnyValues(Value scores) {
  Value value = castTile(b, loc, visit.value(), type);
  auto step = [&](Value token, ValueRange state) -> State {
    Value score = logs.across(columnAt(b, loc, scores, token), state[0]);
    Value term =
        logs.add(score, logs.down(rowAt(b, loc, value, token), state[0]));
    // Whatever the value holds.
    term = logs.select(logs.is(score, -infinity), score, term);
    Value largest = logs.larger(state[0], term);
    Value ref = logs.reference(largest);
    Value before = logs.mul(state[1], logs.relative(state[0], ref));
    return {largest, logs.add(before, logs.relative(term, ref))};
  };
  Value before = partial[Values];
  State all = forEachToken(b, loc, keys, /*backwards=*/false,
                           {before, logs.fill(before, 1)}, step);
  return logs.add(logs.reference(all[0]), logs.log(all[1]));
}

State LogExpVisit::logarithmic() {
  Value valuesAreNear = logs.columnsAreWithin(
      castTile(b, loc, visit.value(), type), nearDistance);
  Value bothAreNear = arith::AndIOp::create(b, loc, keysAreNear, valuesAreNear);
  auto yield = [](OpBuilder &b, Location loc, const State &state) {
    scf::YieldOp::create(b, loc, state);
  };
  return State(scf::IfOp::create(
                   b, loc, bothAreNear,
                   [&](OpBuilder &b, Location loc) {
                     PairWeights pairs = ofNearKeys();
                     yield(b, loc, next(pairs, ofNearValues(pairs)));
                   },
                   [&](OpBuilder &b, Location loc) {
                     Value all = scores();
                     yield(b, loc, next(fromScores(all), ofAnyValues(all)));
                   })
                   .getResults());
}

//===- the interface ------------------------------------------------------===//

SmallVector<Type> LogExpAttr::partialTypes(const PartialShape &shape) const {
  auto perRow = VectorType::get({shape.rows}, shape.type);
  return {perRow, perRow,
          VectorType::get({shape.rows, shape.columns}, shape.type)};
}
SmallVector<Type> LogExpAttr::carryTypes(const PartialShape &) const {
  return {};
}

State LogExpAttr::emptyPartial(OpBuilder &b, Location loc,
                               const PartialShape &shape) const {
  SmallVector<Type> types = partialTypes(shape);
  bool log = getValues() == ValueForm::Log;
  return {splat(b, loc, types[Bound], -infinity), splat(b, loc, types[Sum], 0),
          splat(b, loc, types[Values], log ? -infinity : 0)};
}
State LogExpAttr::emptyCarry(OpBuilder &, Location,
                             const PartialShape &) const {
  return {};
}

State LogExpAttr::visit(Visit &visit, ValueRange, ValueRange partial) const {
  LogExpVisit pairs(visit, partial);
  return getValues() == ValueForm::Linear ? pairs.linear()
                                          : pairs.logarithmic();
}
State LogExpAttr::advance(Visit &, ValueRange) const { return {}; }

State LogExpAttr::join(OpBuilder &b, Location loc, ValueRange first,
                       ValueRange second) const {
  Logs logs{b, loc};
  bool log = getValues() == ValueForm::Log;
  Value bound = logs.larger(first[Bound], second[Bound]);
  Value ref = logs.reference(bound);
  Value sum, values;
  for (ValueRange side : {first, second}) {
    Value factor = logs.relative(side[Bound], ref);
    Value s = logs.mul(side[Sum], factor);
    sum = sum ? logs.add(sum, s) : s;
    if (log)
      continue;
    Value v = logs.mul(side[Values], logs.across(factor, side[Values]));
    values = values ? logs.add(values, v) : v;
  }
  if (log)
    values = logOfSum(logs, first[Values], second[Values]);
  return {bound, sum, values};
}

/// A row that has seen nothing has the sum 0: zeros.
ReadOut LogExpAttr::finish(OpBuilder &b, Location loc, ValueRange partial,
                           Value) const {
  Logs logs{b, loc};
  Value sum = partial[Sum], values = partial[Values];
  if (getValues() == ValueForm::Linear)
    return {logs.quotient(values, sum), Value()};
  Value none = logs.is(sum, 0);
  Value log = logs.add(logs.reference(partial[Bound]), logs.log(sum));
  Value output = logs.sub(values, logs.across(log, values));
  return {logs.select(logs.across(none, output), logs.fill(output, 0), output),
          Value()};
}

} // namespace attention
