#include "passes/LoopSizes.h"
#include "passes/ResolveSizes.h"

#include "passes/HeldValues.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/LoopInvariantCodeMotionUtils.h"

using namespace mlir;

namespace attention {

namespace {

/// A dynamic size of a tensor that a loop carries.
struct CarriedSize {
  scf::ForOp loop;
  unsigned carry;
  int64_t dim;
  HeldValues question; ///< holds it before the loop, and as that carries on
  bool isKept = true;

  Value before() { return question.get()[0]; }
  Value after() { return question.get()[1]; }
};

/// What the loops of an op, one in another or one behind another, do to
/// the sizes that they carry.
class LoopSizes {
public:
  explicit LoopSizes(Operation *root);
  void decide();
  void rewrite();

private:
  void ask(scf::ForOp loop, unsigned carry, int64_t dim);
  Value origin(Value size);

  SmallVector<CarriedSize> sizes;
  /// Which size a dimension of a carry is, in its loop and behind it.
  llvm::DenseMap<std::pair<Value, int64_t>, unsigned> numbers;
};

} // namespace

LoopSizes::LoopSizes(Operation *root) {
  root->walk([&](scf::ForOp loop) {
    for (auto [carry, init] : llvm::enumerate(loop.getInitArgs())) {
      auto type = dyn_cast<RankedTensorType>(init.getType());
      for (int64_t dim = 0; type && dim < type.getRank(); ++dim)
        if (type.isDynamicDim(dim))
          ask(loop, carry, dim);
    }
  });
}

void LoopSizes::ask(scf::ForOp loop, unsigned carry, int64_t dim) {
  OpBuilder outside(loop), inside(loop.getBody()->getTerminator());
  Location loc = loop.getLoc();
  Value before =
      tensor::DimOp::create(outside, loc, loop.getInitArgs()[carry], dim);
  Value after =
      tensor::DimOp::create(inside, loc, loop.getYieldedValues()[carry], dim);
  for (Value carried :
       {Value(loop.getRegionIterArg(carry)), loop.getResult(carry)})
    numbers[{carried, dim}] = sizes.size();
  sizes.push_back({loop, carry, dim, HeldValues(inside, loc, {before, after})});
}

/// Looks through loops that keep `size`, or are said to.
Value LoopSizes::origin(Value size) {
  auto dim = size.getDefiningOp<tensor::DimOp>();
  if (!dim || !dim.getConstantIndex())
    return size;
  auto found = numbers.find({dim.getSource(), *dim.getConstantIndex()});
  if (found == numbers.end() || !sizes[found->second].isKept)
    return size;
  return origin(sizes[found->second].before());
}

/// All sizes are kept until one of them is known not to be.
void LoopSizes::decide() {
  for (bool changed = true; changed;) {
    changed = false;
    for (CarriedSize &size : sizes)
      if (size.isKept &&
          !isSameSize(origin(size.after()), origin(size.before()))) {
        size.isKept = false;
        changed = true;
      }
  }
}

void LoopSizes::rewrite() {
  for (CarriedSize &size : sizes) {
    if (!size.isKept)
      continue;
    Value kept = origin(size.before());
    for (Value carried : {Value(size.loop.getRegionIterArg(size.carry)),
                          size.loop.getResult(size.carry)})
      for (Operation *user : llvm::make_early_inc_range(carried.getUsers()))
        if (auto dim = dyn_cast<tensor::DimOp>(user);
            dim && dim.getConstantIndex() == size.dim)
          dim.replaceAllUsesWith(kept);
  }
  for (CarriedSize &size : sizes)
    size.question.release();
}

void resolveSizesOfLoops(Operation *root, function_ref<void()> resolve) {
  LoopSizes sizes(root);
  resolve();
  sizes.decide();
  sizes.rewrite();
  resolve();
}

/// What sizes and checks of them are made of.
static bool isOfSizes(Operation *op) {
  if (isa<FailIfOp>(op))
    return true;
  return isPure(op) &&
         (isa<tensor::DimOp>(op) ||
          isa_and_nonnull<affine::AffineDialect, arith::ArithDialect>(
              op->getDialect())) &&
         llvm::none_of(op->getResultTypes(),
                       [](Type type) { return isa<ShapedType>(type); });
}

void hoistSizeChecks(FunctionOpInterface function) {
  function.walk([](scf::ForOp loop) {
    if (loop->getParentOfType<scf::ForallOp>())
      return;
    moveLoopInvariantCode(
        {&loop.getRegion()},
        [&](Value value, Region *) {
          return loop.isDefinedOutsideOfLoop(value);
        },
        [](Operation *op, Region *) { return isOfSizes(op); },
        [&](Operation *op, Region *) { op->moveBefore(loop); });
  });
}

} // namespace attention
