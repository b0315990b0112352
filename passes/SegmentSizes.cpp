#include "passes/SegmentSizes.h"

#include "passes/HeldValues.h"
#include "passes/LoopSizes.h"
#include "passes/ResolveSizes.h"
#include "passes/SizeSlice.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
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
IRMapping SegmentSizes::knownBefore(OpBuilder &builder, Value rows) {
  IRMapping known;
  op.getBody().walk([&](Operation *inner) {
    for (Value operand : inner->getOperands())
      if (!op.getBody().isAncestor(operand.getParentRegion()))
        known.map(operand, operand);
  });
  Location loc = op.getLoc();
  Value segment = op.getBody().getArgument(0);
  for (int64_t dim : {0, 2})
    know(known, segment, dim,
         tensor::DimOp::create(builder, loc, op.getInput(), dim));
  know(known, segment, 1, rows);
  return known;
}

/// A carry's size may depend on those of others: bounds them one after another.
/// Yields one that has no bound.
const CarriedSize *SegmentSizes::findUnbounded(OpBuilder &builder,
                                               IRMapping &known) {
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
  auto unbounded = llvm::find_if(
      changing, [](const CarriedSize &size) { return !size.most; });
  return unbounded == changing.end() ? nullptr : unbounded;
}

LogicalResult SegmentSizes::read(OpBuilder &builder) {
  changing = question();
  for (CarriedSize &size : changing)
    size.first = tensor::DimOp::create(builder, op.getLoc(),
                                       op.getCarries()[size.carry], size.dim);
  Value length =
      arith::ConstantIndexOp::create(builder, op.getLoc(), op.getLength());
  Value rows = tensor::DimOp::create(builder, op.getLoc(), op.getInput(), 1);
  rows = arith::MinSIOp::create(builder, op.getLoc(), rows, length);
  IRMapping known = knownBefore(builder, rows);
  if (const CarriedSize *size = findUnbounded(builder, known))
    return op.emitOpError("expects carries of bounded size where it is "
                          "compiled, but dimension ")
           << size->dim << " of carry " << size->carry
           << " grows from segment to segment";
  llvm::erase_if(changing, [](const CarriedSize &size) { return size.isKept; });
  outputColumns = SizeSlice(builder, known)
                      .copyOrReport(outputColumns, "the columns of segments");
  return success(bool(outputColumns));
}

/// The most that an index can be, by constants.
static std::optional<int64_t> constantBound(Value index) {
  if (std::optional<int64_t> known = getConstantIntValue(index))
    return known;
  Operation *op = index.getDefiningOp();
  if (!op)
    return std::nullopt;
  Builder builder(op->getContext());
  SmallVector<Attribute> operands;
  std::optional<int64_t> least;
  for (Value operand : op->getOperands()) {
    std::optional<int64_t> known =
        operand.getType().isIndex() ? constantBound(operand) : std::nullopt;
    operands.push_back(known ? builder.getIndexAttr(*known) : Attribute());
    if (known)
      least = std::min(least.value_or(*known), *known);
  }
  if (isa<arith::MinSIOp, arith::MinUIOp>(op))
    return least;
  SmallVector<OpFoldResult> folded;
  if (failed(op->fold(operands, folded)) || folded.empty())
    return std::nullopt;
  return getConstantIntValue(folded.front());
}

/// Sessions have one batch, whatever its size.
bool SegmentSizes::isBatch(const CarriedSize &size) const {
  SegmentsOp segments = op;
  return size.dim == 0 && segments.getInput().getType().isDynamicDim(0);
}

bool SegmentSizes::readForSession(OpBuilder &builder) {
  changing = question();
  for (CarriedSize &size : changing)
    size.first = builder.createOrFold<tensor::DimOp>(
        op.getLoc(), op.getCarries()[size.carry], size.dim);
  Value length =
      arith::ConstantIndexOp::create(builder, op.getLoc(), op.getLength());
  IRMapping known = knownBefore(builder, length);
  llvm::erase_if(changing,
                 [&](const CarriedSize &size) { return isBatch(size); });
  (void)findUnbounded(builder, known);
  for (CarriedSize &size : changing) {
    std::optional<int64_t> most =
        size.most ? constantBound(size.most) : std::nullopt;
    if (!most || !SizeSlice(builder, known).copy(size.next))
      return false;
    size.most = arith::ConstantIndexOp::create(builder, op.getLoc(), *most);
  }
  return true;
}

RankedTensorType SegmentSizes::largest(unsigned carry) const {
  SegmentsOp segments = op;
  auto type = cast<RankedTensorType>(segments.getLast()[carry].getType());
  SmallVector<int64_t> shape(type.getShape());
  for (const CarriedSize &size : of(carry))
    shape[size.dim] = *getConstantIntValue(size.most);
  return type.clone(shape);
}

/// A loop over the sizes alone; where none of them depends on the one before,
/// one segment is as good as many.
SmallVector<Value> SegmentSizes::after(OpBuilder &builder, Value count) {
  Location loc = op.getLoc();
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value length = constant(op.getLength());
  IRMapping known = knownBefore(builder, length);
  for (const CarriedSize &size : changing)
    if (size.isKept)
      know(known, op.getBody().getArgument(1 + size.carry), size.dim,
           size.first);
  bool isSettled = llvm::all_of(changing, [&](const CarriedSize &size) {
    return bool(SizeSlice(builder, known).copy(size.next));
  });
  if (isSettled)
    count = arith::MinUIOp::create(builder, loc, count, constant(1));
  SmallVector<Value> first;
  for (const CarriedSize &size : changing)
    first.push_back(size.first);
  if (first.empty())
    return {};
  auto loop =
      scf::ForOp::create(builder, loc, constant(0), count, constant(1), first);
  for (auto [size, carried] : llvm::zip(changing, loop.getRegionIterArgs()))
    know(known, op.getBody().getArgument(1 + size.carry), size.dim, carried);
  OpBuilder inside = OpBuilder::atBlockBegin(loop.getBody());
  SmallVector<Value> next;
  for (const CarriedSize &size : changing)
    next.push_back(SizeSlice(inside, known).copy(size.next));
  scf::YieldOp::create(inside, loc, next);
  return llvm::to_vector(ValueRange(loop.getResults()));
}

} // namespace attention
