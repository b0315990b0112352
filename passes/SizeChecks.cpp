#include "passes/SizeChecks.h"

#include "dialect/Attention.h"
#include "passes/SourcePlace.h"

#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

int64_t Size::known() const {
  return cast<RankedTensorType>(tensor.getType()).getDimSize(dim);
}

Value SizeChecks::constant(int64_t number) {
  return arith::ConstantIndexOp::create(builder, op->getLoc(), number);
}

Value SizeChecks::value(Size size) {
  if (size.isKnown())
    return constant(size.known());
  return tensor::DimOp::create(builder, op->getLoc(), size.tensor, size.dim);
}

Value SizeChecks::compare(arith::CmpIPredicate predicate, Value a, Value b) {
  return arith::CmpIOp::create(builder, op->getLoc(), predicate, a, b);
}

void SizeChecks::report(Value bad, const Twine &message, ValueRange values) {
  std::string text =
      sourcePlace(op->getLoc()) +
      ("'" + op->getName().getStringRef() + "' " + message).str();
  FailIfOp::create(builder, op->getLoc(), bad, constant(0), text, values);
}

void SizeChecks::equal(Size a, Size b) {
  if (a.isKnown() && b.isKnown())
    return; // The verifier has seen to it.
  if (a.tensor == b.tensor && a.dim == b.dim)
    return;
  // Head counts that are not known are refused where attention is unfolded.
  if (!b.isKnown() && b.tensor.getDefiningOp() == op)
    return;
  Value left = value(a), right = value(b);
  report(compare(arith::CmpIPredicate::ne, left, right),
         Twine("expects ") + a.name + " to be the same as " + b.name +
             ", but got {0} and {1}",
         {left, right});
}

void SizeChecks::same(StringRef what, Value a, Value b) {
  for (int64_t dim :
       llvm::seq<int64_t>(0, cast<RankedTensorType>(a.getType()).getRank())) {
    std::string name = (what + " (dimension " + Twine(dim) + ")").str();
    equal({name, a, dim}, {"that of the other operand", b, dim});
  }
}

void SizeChecks::one(Size size) {
  if (size.isKnown())
    return;
  Value actual = value(size);
  report(compare(arith::CmpIPredicate::ne, actual, constant(1)),
         Twine("expects ") + size.name + " to be 1, but got {0}", {actual});
}

void SizeChecks::multipleOf(Size size, int64_t factor) {
  if (size.isKnown())
    return;
  Value actual = value(size), number = constant(factor);
  Value rest = arith::RemUIOp::create(builder, op->getLoc(), actual, number);
  report(compare(arith::CmpIPredicate::ne, rest, constant(0)),
         Twine("expects ") + size.name +
             " to be a multiple of {0}, but got {1}",
         {number, actual});
}

} // namespace attention
