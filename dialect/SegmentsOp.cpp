#include "dialect/Attention.h"

using namespace mlir;

namespace attention {

/// Whether a value of type `special` can be one of type `general`, which may
/// leave sizes open.
static bool generalizes(Type general, Type special) {
  auto to = dyn_cast<RankedTensorType>(general);
  auto from = dyn_cast<RankedTensorType>(special);
  if (!to || !from || to.getRank() != from.getRank() ||
      to.getElementType() != from.getElementType())
    return false;
  return llvm::all_of(llvm::zip(to.getShape(), from.getShape()), [](auto dims) {
    auto [open, given] = dims;
    return ShapedType::isDynamic(open) || open == given;
  });
}

/// `type` with so many rows.
static RankedTensorType withRows(RankedTensorType type, int64_t rows) {
  return RankedTensorType::get({type.getDimSize(0), rows, type.getDimSize(2)},
                               type.getElementType());
}

/// The rows that each segment has; dynamic if not all have the same number.
static int64_t rowsOfSegments(RankedTensorType input, int64_t length) {
  int64_t rows = input.getDimSize(1);
  if (ShapedType::isDynamic(rows) || (rows > length && rows % length != 0))
    return ShapedType::kDynamic;
  return std::min(rows, length);
}

LogicalResult SegmentsOp::verify() {
  if (int64_t(getLength()) < 1) // (C1)
    return emitOpError("expects a length of 1 or more, but got ")
           << int64_t(getLength());
  int64_t rows = getOutput().getType().getDimSize(1); // (C3)
  if (!ShapedType::isDynamic(rows) &&
      rows != getInput().getType().getDimSize(1))
    return emitOpError("expects the rows of the output to be dynamic or those "
                       "of the input, but got ")
           << getOutput().getType() << " for " << getInput().getType();
  if (getLast().size() != getCarries().size())
    return emitOpError("expects a result for each of ")
           << getCarries().size() << " carries, but got " << getLast().size();
  return success();
}

/// A carry before, in, and after the region. (C4)
static LogicalResult verifyCarry(SegmentsOp op, unsigned number, Type yielded) {
  Type before = op.getCarries()[number].getType();
  Type within = op.getBody().getArgument(1 + number).getType();
  Type after = op.getLast()[number].getType();
  if (within != after)
    return op.emitOpError("expects the region to take carry ")
           << number << " as " << after << ", but got " << within;
  for (Type type : {before, yielded})
    if (!generalizes(after, type))
      return op.emitOpError("expects carry ")
             << number << " to fit " << after << ", but got " << type;
  return success();
}

LogicalResult SegmentsOp::verifyRegions() {
  size_t values = 1 + getCarries().size();
  TypeRange taken = getBody().getArgumentTypes();
  RankedTensorType input = getInput().getType();
  int64_t rows = rowsOfSegments(input, getLength());
  auto segment = taken.empty() ? RankedTensorType()
                               : dyn_cast<RankedTensorType>(taken.front());
  if (taken.size() != values || !segment ||
      !generalizes(segment, withRows(input, rows))) // (C2)
    return emitOpError("expects the region to take a segment that fits ")
           << withRows(input, rows) << " and " << getCarries().size()
           << " carries, but got (" << taken << ")";
  Operation *terminator = getBody().front().getTerminator();
  TypeRange yielded = terminator->getOperandTypes();
  RankedTensorType output = getOutput().getType();
  if (!isa<YieldOp>(terminator) || yielded.size() != values ||
      !generalizes(withRows(output, ShapedType::kDynamic),
                   yielded.front())) // (C3)
    return emitOpError("expects the region to yield an output that fits ")
           << withRows(output, ShapedType::kDynamic) << " and "
           << getCarries().size() << " carries, but got (" << yielded << ")";
  for (unsigned number = 0; number + 1 < values; ++number)
    if (failed(verifyCarry(*this, number, yielded[1 + number])))
      return failure();
  return success();
}

} // namespace attention
