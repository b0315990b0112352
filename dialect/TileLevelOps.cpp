/// The operations that code on tiles, and around kernels, has beside
/// upstream's.
#include "dialect/Attention.h"

#include "mlir/IR/Matchers.h"
#include "mlir/IR/PatternMatch.h"

using namespace mlir;

namespace attention {

LogicalResult SolveForwardOp::verify() {
  auto pairs = cast<VectorType>(getPairs().getType()),
       right = cast<VectorType>(getRight().getType());
  int64_t rows = right.getDimSize(0);
  auto expected = VectorType::get({rows, rows}, right.getElementType());
  if (pairs != expected)
    return emitOpError("expects pairs of ")
           << expected << ", but got " << pairs;
  return success();
}

LogicalResult SplitPairsOp::verify() {
  auto pairs = cast<VectorType>(getPairs().getType()),
       rows = cast<VectorType>(getRows().getType());
  if (rows.getDimSize(0) != 2 * pairs.getDimSize(0) ||
      2 * rows.getDimSize(1) != pairs.getDimSize(1) ||
      rows.getElementType() != pairs.getElementType()) // (C1)
    return emitOpError("expects rows of twice as many, half as long, as those "
                       "of ")
           << pairs << ", but got " << rows;
  return success();
}

LogicalResult TensorMapOp::verify() {
  auto memref = cast<MemRefType>(getMemref().getType());
  ArrayRef<int64_t> box = getBox();
  auto fits = [](int64_t size) { return size >= 1 && size <= 256; };
  if (box.empty() || box.size() > 5 ||
      int64_t(box.size()) != memref.getRank() ||
      !llvm::all_of(box, fits)) // (C1)
    return emitOpError("expects a box of 1 to 5 sizes from 1 to 256, one for "
                       "each dimension of ")
           << memref << ", but got [" << box << "]";
  Type element = memref.getElementType();
  int64_t bytes = element.isIntOrFloat()
                      ? box.back() * element.getIntOrFloatBitWidth() / 8
                      : 0;
  if (bytes != 32 && bytes != 64 && bytes != 128) // (C2)
    return emitOpError("expects rows of 32, 64 or 128 bytes in the box, but "
                       "got ")
           << box.back() << " elements of " << element;
  return success();
}

LogicalResult FailIfOp::verify() {
  // (C1) Every number in braces is that of a value.
  StringRef rest = getMessage();
  while (size_t open = rest.find('{') + 1) {
    rest = rest.drop_front(open);
    size_t close = rest.find('}');
    unsigned number;
    if (close == StringRef::npos ||
        rest.take_front(close).getAsInteger(10, number) ||
        number >= getValues().size())
      return emitOpError("expects {n} with n below ")
             << getValues().size() << " in the message, but got {" << rest;
  }
  return success();
}

LogicalResult FailIfOp::canonicalize(FailIfOp op, PatternRewriter &rewriter) {
  if (!matchPattern(op.getBad(), m_Zero()))
    return failure();
  rewriter.eraseOp(op);
  return success();
}

} // namespace attention
