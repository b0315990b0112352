#include "passes/SegmentSizes.h"

#include "passes/HeldValues.h"
#include "passes/LoopSizes.h"
#include "passes/ResolveSizes.h"
#include "passes/SizeSlice.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Interfaces/FunctionInterfaces.h"

using namespace mlir;

namespace attention {

SmallVector<CarriedSize> SegmentSizes::of(unsigned carry) const {
  SmallVector<CarriedSize> sizes;
  for (const CarriedSize &size : changing)
    if (size.carry == carry)
      sizes.push_back(size);
  return sizes;
}

/// Whether `size` is dimension `dim` of `argument` itself.
static bool isDimOf(Value size, Value argument, int64_t dim) {
  auto op = size.getDefiningOp<tensor::DimOp>();
  return op && op.getSource() == argument && op.getConstantIndex() == dim;
}

/// Asks for the sizes of what the region yields, and lets patterns answer by
/// those of what it takes.
SmallVector<CarriedSize> SegmentSizes::question() {
  Block &body = op.getBody().front();
  OpBuilder builder(body.getTerminator());
  Location loc = op.getLoc();
  SmallVector<CarriedSize> sizes;
  SmallVector<Value> values = {tensor::DimOp::create(
      builder, loc, body.getTerminator()->getOperand(0), 2)};
  for (unsigned carry = 0; carry < op.getCarries().size(); ++carry) {
    auto type = cast<RankedTensorType>(op.getLast()[carry].getType());
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim)) {
        sizes.push_back({carry, dim, {}, {}, {}, false});
        values.push_back(tensor::DimOp::create(
            builder, loc, body.getTerminator()->getOperand(1 + carry), dim));
      }
  }
  HeldValues held(builder, loc, values);
  resolveSizesOfLoops(op, [&] { resolveDims(op); });
  outputColumns = held.get()[0];
  for (auto [size, value] : llvm::zip(sizes, held.get().drop_front())) {
    size.next = value;
    size.isKept = isDimOf(value, body.getArgument(1 + size.carry), size.dim);
  }
  held.release();
  return sizes;
}

/// Lets dimension `dim` of an argument of the region be at most `size`.
void SegmentSizes::know(IRMapping &known, Value argument, int64_t dim,
                        Value size) {
  for (Operation *user : argument.getUsers())
    if (user->getNumResults() == 1 &&
        isDimOf(user->getResult(0), argument, dim))
      known.map(user->getResult(0), size);
}

/// What is computed before the op, and the sizes of segments.
IRMapping SegmentSizes::knownBefore(OpBuilder &builder) {
  IRMapping known;
  op.getBody().walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (!op.getBody().isAncestor(operand.getParentRegion()))
        known.map(operand, operand);
  });
  Location loc = op.getLoc();
  Value segment = op.getBody().getArgument(0);
  for (int64_t dim : {0, 1, 2}) {
    Value size = tensor::DimOp::create(builder, loc, op.getInput(), dim);
    if (dim == 1)
      size = arith::MinSIOp::create(
          builder, loc, size,
          arith::ConstantIndexOp::create(builder, loc, op.getLength()));
    know(known, segment, dim, size);
  }
  return known;
}

/// A carry's size may depend on those of others: bounds them one after another.
LogicalResult SegmentSizes::bound(OpBuilder &builder, IRMapping &known) {
  auto settle = [&](CarriedSize &size, Value most) {
    size.most = most;
    know(known, op.getBody().getArgument(1 + size.carry), size.dim, most);
  };
  for (bool progress = true; progress;) {
    progress = false;
    for (CarriedSize &size : changing) {
      if (size.most)
        continue;
      Value most =
          size.isKept ? size.first : SizeSlice(builder, known).bound(size.next);
      if (!most)
        continue;
      if (!size.isKept)
        most =
            builder.createOrFold<arith::MaxSIOp>(op.getLoc(), most, size.first);
      settle(size, most);
      progress = true;
    }
  }
  for (const CarriedSize &size : changing)
    if (!size.most)
      return op.emitOpError("expects carries of bounded size where it is "
                            "compiled, but dimension ")
             << size.dim << " of carry " << size.carry
             << " grows from segment to segment";
  return success();
}

LogicalResult SegmentSizes::read(OpBuilder &builder) {
  changing = question();
  for (CarriedSize &size : changing)
    size.first = tensor::DimOp::create(builder, op.getLoc(),
                                       op.getCarries()[size.carry], size.dim);
  IRMapping known = knownBefore(builder);
  if (failed(bound(builder, known)))
    return failure();
  llvm::erase_if(changing, [](const CarriedSize &size) { return size.isKept; });
  outputColumns = SizeSlice(builder, known)
                      .copyOrReport(outputColumns, "the columns of segments");
  return success(bool(outputColumns));
}

} // namespace attention
