#include "interpreter/SeenKeys.h"
#include "interpreter/Masks.h"
#include <cmath>
#include <limits>

using namespace mlir;

namespace attention {

FailureOr<AttentionSizes> attentionSizes(Operation *op, const Array &query,
                                         const Array &key, const Array &value) {
  const Shape &q = query.shape, &k = key.shape, &v = value.shape;
  AttentionSizes sizes{
      q[0], std::max({q[1], k[1], v[1]}), q[2], k[2], q[3], v[3], q[1], k[1],
      v[1]};
  auto contradiction = [&](StringRef what) {
    return op->emitError("expects query, key and value ")
           << what << ", but got " << shapeText(q) << ", " << shapeText(k)
           << " and " << shapeText(v);
  };
  if (k[0] != q[0] || v[0] != q[0])
    return contradiction("of one batch size");
  if (k[3] != q[3] || q[3] == 0)
    return contradiction("whose first two have the same columns, at least one");
  if (k[2] != v[2])
    return contradiction("with as many values as keys");
  for (int64_t heads : {q[1], k[1], v[1]})
    if (heads == 0 || sizes.heads % heads != 0)
      return contradiction("with head counts that divide the largest");
  return sizes;
}

template <typename Op>
FailureOr<PairSource> PairSource::common(Op op, const ClosedSum &closed,
                                         const Frame &frame) {
  PairSource source;
  source.closed = closed;
  source.op = op;
  source.query = &frame.array(op.getQuery());
  source.key = &frame.array(op.getKey());
  source.value = &frame.array(op.getValue());
  auto sizes = attentionSizes(op, *source.query, *source.key, *source.value);
  if (failed(sizes))
    return failure();
  source.sizes = *sizes;
  auto optional = [&](mlir::Value clause) {
    return clause ? &frame.array(clause) : nullptr;
  };
  source.keys = optional(op.getKeys());
  source.offset = optional(op.getOffset());
  source.bias = optional(op.getBias());
  source.mask = op.getMaskAttr();
  source.visible = op.getVisible().empty() ? nullptr : &op.getVisible();
  source.scoreMap = op.getScore().empty() ? nullptr : &op.getScore();
  source.scale = closed.ofLogits ? 1 / std::sqrt(double(sizes->features)) : 1;
  if (op.getScale())
    source.scale = op.getScale()->convertToDouble();
  if (failed(source.checkClauses()))
    return failure();
  return source;
}

LogicalResult PairSource::check(StringRef what, const Array *clause,
                                Shape expected, bool broadcasts) const {
  bool fits = !clause || clause->rank() == int64_t(expected.size());
  for (size_t d = 0; clause && fits && d < expected.size(); ++d)
    fits = clause->shape[d] == expected[d] ||
           (broadcasts && clause->shape[d] == 1);
  if (fits)
    return success();
  return op->emitError("expects ")
         << what << " of sizes " << shapeText(expected) << ", but got "
         << shapeText(clause->shape);
}

LogicalResult PairSource::checkClauses() const {
  const AttentionSizes &s = sizes;
  if (failed(check("keys", keys, {s.batch, s.keys}, false)) ||
      failed(check("offset", offset, {s.batch}, false)) ||
      failed(check("bias", bias, {s.batch, s.heads, s.queries, s.keys}, true)))
    return failure();
  return success();
}

LogicalResult PairSource::checkMemory(AttendOp op, const Frame &frame) const {
  const AttentionSizes &s = sizes;
  Shape perFeature = {s.batch, s.heads, s.keys, s.features};
  std::tuple<StringRef, mlir::Value, Shape, bool> clauses[] = {
      {"decay", op.getDecay(), perFeature, true},
      {"beta", op.getBeta(), {s.batch, s.heads, s.keys, 1}, true},
      {"remove", op.getRemove(), perFeature, false},
      {"replace", op.getReplace(), perFeature, false}};
  for (auto &[what, clause, expected, broadcasts] : clauses)
    if (clause &&
        failed(check(what, &frame.array(clause), expected, broadcasts)))
      return failure();
  return success();
}

FailureOr<PairSource> PairSource::of(AttendOp op, const ClosedSum &closed,
                                     const Frame &frame) {
  auto source = common(op, closed, frame);
  if (failed(source) || failed(source->checkMemory(op, frame)))
    return failure();
  const AttentionSizes &sizes = source->sizes;
  if (!op.getOffset())
    source->firstQuery = sizes.keys - sizes.queries;
  if (!op.getDocuments())
    return source;
  if (sizes.batch != 1 || sizes.keys != sizes.queries)
    return op.emitError("expects a batch of 1 and as many queries as keys with "
                        "documents, but got ")
           << sizes.batch << ", " << sizes.queries << " and " << sizes.keys;
  auto spans = documentSpans(op, frame.array(op.getDocuments()).as<int64_t>(),
                             sizes.queries);
  if (failed(spans))
    return failure();
  source->spans = std::move(*spans);
  return source;
}

FailureOr<PairSource> PairSource::of(VisitOp op, const ClosedSum &closed,
                                     const Frame &frame) {
  auto source = common(op, closed, frame);
  if (failed(source))
    return failure();
  source->firstQuery = source->sizes.keys - source->sizes.queries;
  if (!op.getFrom().empty()) {
    source->firstQuery = frame.integer(op.getFrom()[0]);
    source->firstKey = frame.integer(op.getFrom()[1]);
  }
  if (op.getSpans().empty())
    return source;
  source->spans = Spans{frame.array(op.getSpans()[0]).as<int64_t>(),
                        frame.array(op.getSpans()[1]).as<int64_t>()};
  int64_t tokens = source->spans->begin.size();
  int64_t end = source->firstQuery + source->sizes.queries;
  if (source->firstQuery < 0 || end > tokens ||
      int64_t(source->spans->end.size()) != tokens)
    return op.emitError("expects spans for the positions of queries up to ")
           << end << ", but got " << tokens;
  return source;
}

std::pair<int64_t, int64_t> PairSource::positions(int64_t batch, int64_t query,
                                                  int64_t key) const {
  int64_t atQuery =
      firstQuery + query + (offset ? offset->as<int64_t>()[batch] : 0);
  int64_t atKey = firstKey + key;
  int64_t start = spans ? spans->begin[atQuery] : 0;
  return {atQuery - start, atKey - start};
}

bool PairSource::exists(int64_t batch, int64_t key) const {
  return !keys || keys->as<int64_t>()[batch * sizes.keys + key];
}

std::pair<int64_t, int64_t> PairSource::past(int64_t batch,
                                             int64_t query) const {
  int64_t begin = spans ? spans->begin[query] : 0;
  int64_t end = spans ? spans->end[query] : sizes.keys;
  if (mask) // the keys up to the query's own position
    end = std::min(end, begin + positions(batch, query, 0).first + 1);
  return {begin, std::max(begin, end)};
}

FailureOr<bool> PairSource::sees(Frame &frame, int64_t batch, int64_t head,
                                 int64_t query, int64_t key) const {
  if (!exists(batch, key))
    return false;
  auto [atQuery, atKey] = positions(batch, query, key);
  if (spans) {
    int64_t token = firstQuery + query;
    if (atKey < 0 || atKey >= spans->end[token] - spans->begin[token])
      return false;
  }
  if (mask) {
    std::optional<bool> seen = attention::sees(mask, atQuery, atKey);
    if (!seen)
      return op->emitError(
                 "expects a mask that the interpreter knows, but got ")
             << mask;
    if (!*seen)
      return false;
  }
  if (!visible)
    return true;
  SmallVector<Datum> yielded;
  if (failed(frame.run(*visible, {batch, head, atQuery, atKey}, yielded)))
    return failure();
  return yielded[0].integer() != 0;
}

/// Row `[batch, head of the largest count, row]` of an operand with fewer
/// heads.
static ArrayRef<double> rowOf(const Array &array, int64_t heads, int64_t batch,
                              int64_t head, int64_t row) {
  int64_t own = head * array.shape[1] / heads, columns = array.shape[3];
  int64_t place = (batch * array.shape[1] + own) * array.shape[2] + row;
  return ArrayRef(array.as<double>()).slice(place * columns, columns);
}

ArrayRef<double> PairSource::queryRow(int64_t batch, int64_t head,
                                      int64_t row) const {
  return rowOf(*query, sizes.heads, batch, head, row);
}
ArrayRef<double> PairSource::keyRow(int64_t batch, int64_t head,
                                    int64_t row) const {
  return rowOf(*key, sizes.heads, batch, head, row);
}
ArrayRef<double> PairSource::valueRow(int64_t batch, int64_t head,
                                      int64_t row) const {
  return rowOf(*value, sizes.heads, batch, head, row);
}

/// Scaled, then mapped, then biased.
FailureOr<double> PairSource::score(Frame &frame, int64_t batch, int64_t head,
                                    int64_t queryRow, int64_t keyRow) const {
  double score = closed.score(this->queryRow(batch, head, queryRow).data(),
                              this->keyRow(batch, head, keyRow).data(),
                              sizes.features, scale);
  if (scoreMap) {
    auto [atQuery, atKey] = positions(batch, queryRow, keyRow);
    SmallVector<Datum> yielded;
    if (failed(frame.run(*scoreMap, {score, batch, head, atQuery, atKey},
                         yielded)))
      return failure();
    score = yielded[0].real();
  }
  if (bias) {
    Shape index = {batch, head, queryRow, keyRow};
    for (auto [i, size] : llvm::zip(index, bias->shape))
      i = size == 1 ? 0 : i;
    score += bias->as<double>()[linearIndex(index, stridesOf(bias->shape))];
  }
  return score;
}

LogicalResult PairSource::append(Frame &frame, int64_t batch, int64_t head,
                                 int64_t queryRow, int64_t first, int64_t last,
                                 SmallVectorImpl<SeenKey> &seen) const {
  for (int64_t j = first; j < last; ++j) {
    FailureOr<bool> visible = sees(frame, batch, head, queryRow, j);
    if (failed(visible))
      return failure();
    if (!*visible)
      continue;
    FailureOr<double> s = score(frame, batch, head, queryRow, j);
    if (failed(s))
      return failure();
    bool masked =
        closed.ofLogits && *s == -std::numeric_limits<double>::infinity();
    if (!masked)
      seen.push_back({*s, valueRow(batch, head, j).data()});
  }
  return success();
}

} // namespace attention
