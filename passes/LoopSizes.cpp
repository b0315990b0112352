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
  unsigned carry;
  int64_t dim;
  bool isKept = true;
};

/// What one loop does to the sizes that it carries.
class LoopSizes {
public:
  explicit LoopSizes(scf::ForOp loop);
  void decide();
  void rewrite();

private:
  Value before(unsigned i) { return question.get()[2 * i]; }
  Value after(unsigned i) { return question.get()[2 * i + 1]; }
  bool staysAsBefore(unsigned i);

  scf::ForOp loop;
  SmallVector<CarriedSize> sizes;
  HeldValues
      question; ///< holds all sizes, before the loop and as it carries on
};

} // namespace

LoopSizes::LoopSizes(scf::ForOp loop) : loop(loop) {
  OpBuilder outside(loop), inside(loop.getBody()->getTerminator());
  Location loc = loop.getLoc();
  SmallVector<Value> values;
  for (auto [carry, init] : llvm::enumerate(loop.getInitArgs())) {
    auto type = dyn_cast<RankedTensorType>(init.getType());
    for (int64_t dim = 0; type && dim < type.getRank(); ++dim) {
      if (!type.isDynamicDim(dim))
        continue;
      sizes.push_back({unsigned(carry), dim});
      values.push_back(tensor::DimOp::create(outside, loc, init, dim));
      values.push_back(tensor::DimOp::create(
          inside, loc, loop.getYieldedValues()[carry], dim));
    }
  }
  question = HeldValues(inside, loc, values);
}

/// Whether an iteration leaves size `i` as it was before the loop, if it leaves
/// those that are said to be kept.
bool LoopSizes::staysAsBefore(unsigned i) {
  if (isSameSize(after(i), before(i)))
    return true;
  auto dim = after(i).getDefiningOp<tensor::DimOp>();
  for (auto [j, other] : llvm::enumerate(sizes))
    if (dim && other.isKept && dim.getConstantIndex() == other.dim &&
        dim.getSource() == loop.getRegionIterArg(other.carry))
      return isSameSize(before(j), before(i));
  return false;
}

void LoopSizes::decide() {
  for (bool changed = true; changed;) {
    changed = false;
    for (auto [i, size] : llvm::enumerate(sizes))
      if (size.isKept && !staysAsBefore(i)) {
        size.isKept = false;
        changed = true;
      }
  }
}

void LoopSizes::rewrite() {
  question.release();
  OpBuilder outside(loop);
  for (const CarriedSize &size : sizes) {
    if (!size.isKept)
      continue;
    Value kept = tensor::DimOp::create(
        outside, loop.getLoc(), loop.getInitArgs()[size.carry], size.dim);
    for (Value carried :
         {Value(loop.getRegionIterArg(size.carry)), loop.getResult(size.carry)})
      for (Operation *user : llvm::make_early_inc_range(carried.getUsers()))
        if (auto dim = dyn_cast<tensor::DimOp>(user);
            dim && dim.getConstantIndex() == size.dim)
          dim.replaceAllUsesWith(kept);
  }
}

void resolveSizesOfLoops(FunctionOpInterface function,
                         function_ref<void()> resolve) {
  SmallVector<LoopSizes> loops;
  function.walk([&](scf::ForOp loop) {
    if (!loop.getInitArgs().empty())
      loops.emplace_back(loop);
  });
  resolve();
  for (LoopSizes &loop : loops)
    loop.decide();
  for (LoopSizes &loop : loops)
    loop.rewrite();
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
