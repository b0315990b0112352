#include "dialect/Clauses.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace attention {

StringRef clauseName(Clause clause) {
  switch (clause) {
  case Clause::Visible:
    return "visible";
  case Clause::Scale:
    return "scale";
  case Clause::Score:
    return "score";
  case Clause::Bias:
    return "bias";
  case Clause::Sink:
    return "sink";
  case Clause::LogSumExp:
    return "log_sum_exp";
  case Clause::Decay:
    return "decay";
  case Clause::Beta:
    return "beta";
  case Clause::Remove:
    return "remove";
  case Clause::Replace:
    return "replace";
  }
  llvm_unreachable("clause without a name");
}

static bool differ(int64_t a, int64_t b) {
  return !ShapedType::isDynamic(a) && !ShapedType::isDynamic(b) && a != b;
}

/// Each head count divides the largest one known.
static LogicalResult verifyHeads(Operation *op,
                                 ArrayRef<RankedTensorType> types) {
  int64_t largest = 0;
  for (RankedTensorType type : types)
    if (!type.isDynamicDim(1))
      largest = std::max(largest, type.getDimSize(1));
  const StringRef names[] = {"query", "key", "value"};
  for (auto [name, type] : llvm::zip_equal(names, types)) {
    if (type.isDynamicDim(1))
      continue;
    int64_t heads = type.getDimSize(1);
    if (heads == 0)
      return op->emitOpError("expects at least one head, but ")
             << name << " has 0";
    if (largest % heads != 0)
      return op->emitOpError("expects each head count to divide the largest, "
                             "but ")
             << name << " has " << heads << " and the largest is " << largest;
  }
  return success();
}

LogicalResult verifyTensors(Operation *op, RankedTensorType query,
                            RankedTensorType key, RankedTensorType value) {
  // (C1)
  for (RankedTensorType type : {key, value})
    if (type.getElementType() != query.getElementType())
      return op->emitOpError("expects one element type, but got ")
             << query.getElementType() << " and " << type.getElementType();
  // (C2)
  for (auto [a, b] : {std::pair(query, key), {query, value}, {key, value}})
    if (differ(a.getDimSize(0), b.getDimSize(0)))
      return op->emitOpError("expects the same batch size, but got ")
             << a.getDimSize(0) << " and " << b.getDimSize(0);
  // (C3)
  if (differ(query.getDimSize(3), key.getDimSize(3)))
    return op->emitOpError("expects query and key to have the same number of "
                           "columns, but got ")
           << query.getDimSize(3) << " and " << key.getDimSize(3);
  if (query.getDimSize(3) == 0 || key.getDimSize(3) == 0)
    return op->emitOpError("expects query and key to have columns, but got 0");
  // (C4)
  if (differ(key.getDimSize(2), value.getDimSize(2)))
    return op->emitOpError("expects key and value to have the same number of "
                           "rows, but got ")
           << key.getDimSize(2) << " and " << value.getDimSize(2);
  // (C5)
  return verifyHeads(op, {query, key, value});
}

LogicalResult verifyClause(Operation *op, VariantInterface variant,
                           Clause clause, bool given) {
  if (given && !variant.accepts(clause))
    return op->emitOpError()
           << variant << " does not accept the clause " << clauseName(clause);
  if (!given && variant.needs(clause))
    return op->emitOpError()
           << variant << " needs the clause " << clauseName(clause);
  return success();
}

RankedTensorType tensorOfRank(std::optional<Location> loc, StringRef what,
                              Value value, ArrayRef<StringRef> sizes) {
  auto type = dyn_cast<RankedTensorType>(value.getType());
  if (type && type.getRank() == int64_t(sizes.size()))
    return type;
  (void)emitOptionalError(loc, "expects ", what, " to be [",
                          llvm::join(sizes, ", "), "], but got ",
                          value.getType());
  return {};
}

FailureOr<RankedTensorType> inferAttended(std::optional<Location> loc,
                                          Value query, Value key, Value value) {
  SmallVector<RankedTensorType> types;
  for (auto [name, operand] : {std::pair<StringRef, Value>("query", query),
                               {"key", key},
                               {"value", value}}) {
    types.push_back(tensorOfRank(loc, name, operand,
                                 {"batch", "heads", "rows", "columns"}));
    if (!types.back())
      return failure();
  }
  return attendedType(types[0], types[1], types[2]);
}

SmallVector<OpFoldResult> attendedSizes(OpBuilder &builder, Location loc,
                                        Value query, Value key, Value value) {
  auto heads = [](Value tensor) {
    return cast<RankedTensorType>(tensor.getType()).getDimSize(1);
  };
  Value largest = query;
  for (Value other : {key, value})
    if (heads(other) > heads(largest))
      largest = other;
  return {tensor::getMixedSize(builder, loc, query, 0),
          tensor::getMixedSize(builder, loc, largest, 1),
          tensor::getMixedSize(builder, loc, query, 2),
          tensor::getMixedSize(builder, loc, value, 3)};
}

static InFlightDiagnostic wrongSizes(Operation *op, StringRef what,
                                     ArrayRef<int64_t> actual,
                                     ArrayRef<int64_t> expected) {
  auto print = [](ArrayRef<int64_t> sizes) {
    std::string text;
    llvm::raw_string_ostream stream(text);
    llvm::interleave(
        sizes, stream,
        [&](int64_t size) {
          if (ShapedType::isDynamic(size))
            stream << '?';
          else
            stream << size;
        },
        "x");
    return text;
  };
  return op->emitOpError("expects ") << what << " to be " << print(expected)
                                     << ", but got " << print(actual);
}

LogicalResult verifySizes(Operation *op, StringRef what,
                          ArrayRef<int64_t> actual,
                          ArrayRef<int64_t> expected) {
  for (auto [a, e] : llvm::zip_equal(actual, expected))
    if (differ(a, e))
      return wrongSizes(op, what, actual, expected);
  return success();
}

LogicalResult verifyBroadcast(Operation *op, StringRef what,
                              ArrayRef<int64_t> actual,
                              ArrayRef<int64_t> expected) {
  for (auto [a, e] : llvm::zip_equal(actual, expected))
    if (a != 1 && differ(a, e))
      return wrongSizes(op, what, actual, expected)
             << " (any size may be 1 instead)";
  return success();
}

static LogicalResult verifyYield(Operation *op, Region &region, StringRef name,
                                 Type type) {
  auto yield = dyn_cast<YieldOp>(region.front().getTerminator());
  if (!yield || yield.getNumOperands() != 1 ||
      yield.getOperand(0).getType() != type)
    return op->emitOpError("expects the region ")
           << name << " to yield one " << type << ", but got ("
           << region.front().getTerminator()->getOperandTypes() << ")";
  return success();
}

LogicalResult verifyScoreRegion(Operation *op, Region &region,
                                FloatType score) {
  if (region.empty())
    return success();
  Type index = IndexType::get(op->getContext());
  SmallVector<Type> expected{score, index, index, index, index};
  if (SmallVector<Type>(region.getArgumentTypes()) != expected)
    return op->emitOpError("expects the region score to take (")
           << expected << "), but got (" << region.getArgumentTypes() << ")";
  return verifyYield(op, region, "score", score);
}

LogicalResult verifyVisibleRegion(Operation *op, Region &region) {
  if (region.empty())
    return success();
  Type index = IndexType::get(op->getContext());
  SmallVector<Type> expected(4, index);
  if (SmallVector<Type>(region.getArgumentTypes()) != expected)
    return op->emitOpError("expects the region visible to take (")
           << expected << "), but got (" << region.getArgumentTypes() << ")";
  return verifyYield(op, region, "visible",
                     IntegerType::get(op->getContext(), 1));
}

template <typename Op> static LogicalResult memoryClauses(Op op) {
  RankedTensorType key = op.getKey().getType();
  RankedTensorType output =
      attendedType(op.getQuery().getType(), key, op.getValue().getType());
  int64_t batch = output.getDimSize(0), heads = output.getDimSize(1);
  int64_t keys = key.getDimSize(2), features = key.getDimSize(3);
  auto shape = [](auto clause) { return clause.getType().getShape(); };
  if (op.getDecay() && failed(verifyBroadcast(op, "decay", shape(op.getDecay()),
                                              {batch, heads, keys, features})))
    return failure();
  if (op.getBeta() && failed(verifyBroadcast(op, "beta", shape(op.getBeta()),
                                             {batch, heads, keys, 1})))
    return failure();
  if (op.getRemove() && failed(verifySizes(op, "remove", shape(op.getRemove()),
                                           {batch, heads, keys, features})))
    return failure();
  return op.getReplace() ? verifySizes(op, "replace", shape(op.getReplace()),
                                       {batch, heads, keys, features})
                         : success();
}

LogicalResult verifyMemoryClauses(AttendOp op) { return memoryClauses(op); }
LogicalResult verifyMemoryClauses(ContinueOp op) { return memoryClauses(op); }

} // namespace attention
