#include "dialect/Attention.h"
#include "passes/Elementwise.h"
#include "passes/Passes.h"
#include "passes/PointArithmetic.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_UNFOLDEVOLVE
#include "passes/Passes.h.inc"

namespace {

/// Writes one `evolve` as a loop over its steps. Numbers are f64, points in the
/// type that is computed in.
class Integrator {
public:
  explicit Integrator(EvolveOp op)
      : op(op), builder(op), loc(op.getLoc()), points(builder, loc) {}
  void write();

private:
  /// Points and their momenta; or the rates of both.
  struct Phase {
    Value x, y;
  };

  Value number(double value) {
    return arith::ConstantOp::create(builder, loc,
                                     builder.getF64FloatAttr(value));
  }
  Value add(Value a, Value b) {
    return arith::AddFOp::create(builder, loc, a, b);
  }
  Value subtract(Value a, Value b) {
    return arith::SubFOp::create(builder, loc, a, b);
  }
  Value multiply(Value a, Value b) {
    return arith::MulFOp::create(builder, loc, a, b);
  }
  Value divide(Value a, Value b) {
    return arith::DivFOp::create(builder, loc, a, b);
  }

  void readSteps();
  SmallVector<Value> initial();
  SmallVector<Value> step(ValueRange carried);
  Value timeOfStep();
  Value rate(Region &region, const Phase &at, Value time);
  Value velocity(const Phase &at, Value time);
  Value force(const Phase &at) { return rate(op.getForce(), at, t); }
  Value moved(Value x, Value factor, Value u);
  Value moveAlone(Value x);
  Phase moveBoth(const Phase &phase);
  SmallVector<Value> adamsBashforth(const Phase &phase, const Phase &past);
  Value growth();
  Value alpha();
  Value damped(const Phase &phase, Value g);

  EvolveOp op;
  OpBuilder builder;
  Location loc;
  PointArithmetic points;
  double logarithmic = 0, linear = 0, start = 0;
  Value hx, hy;   ///< the steps
  Value layer, t; ///< of the step
};

} // namespace

void Integrator::readSteps() {
  if (std::optional<DampingAttr> damping = op.getDamping()) {
    logarithmic = damping->getLog().convertToDouble();
    linear = damping->getLinear().convertToDouble();
    start = damping->getStart().convertToDouble();
  }
  OperandRange values = op.getStepValues();
  Type f64 = builder.getF64Type();
  hx = op.getStep() ? number(op.getStep()->convertToDouble())
                    : points.convert(values.front(), f64);
  hy = values.size() < 2 ? hx : points.convert(values.back(), f64);
}

/// Runs a region at these points.
Value Integrator::rate(Region &region, const Phase &at, Value time) {
  Block &block = region.front();
  IRMapping mapping;
  SmallVector<Value> arguments;
  for (auto [value, given] :
       llvm::zip(SmallVector<Value>{at.x, at.y}, op.getPoints()))
    arguments.push_back(
        points.convert(value, getElementTypeOrSelf(given.getType())));
  arguments.push_back(layer);
  arguments.push_back(
      points.convert(time, block.getArguments().back().getType()));
  mapping.map(block.getArguments(), arguments);
  for (Operation &inner : block.without_terminator())
    builder.clone(inner, mapping);
  Value result = mapping.lookupOrDefault(block.getTerminator()->getOperand(0));
  return points.convert(result,
                        computeType(getElementTypeOrSelf(result.getType())));
}

Value Integrator::velocity(const Phase &at, Value time) {
  Value u = rate(op.getVelocity(), at, time);
  return op.getManifoldAttr() ? points.tangent(u, at.x) : u;
}

/// x + factor u, back on the manifold.
Value Integrator::moved(Value x, Value factor, Value u) {
  Value end = points.plus(x, factor, u);
  return op.getManifoldAttr() ? points.onSphere(end) : end;
}

Value Integrator::moveAlone(Value x) {
  // How far each stage goes along the one before, and how it counts.
  SmallVector<double> reach = {0}, weight = {1};
  if (op.getMethod() == Method::Heun) {
    reach = {0, 1};
    weight = {0.5, 0.5};
  } else if (op.getMethod() == Method::Rk4) {
    reach = {0, 0.5, 0.5, 1};
    weight = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};
  }
  Value sum, before;
  for (auto [distance, share] : llvm::zip(reach, weight)) {
    Value ahead = multiply(number(distance), hx);
    Value stage = before ? moved(x, ahead, before) : x;
    before = velocity({stage, {}}, before ? add(t, ahead) : t);
    if (share == 1)
      sum = before;
    else
      sum = sum ? points.plus(sum, number(share), before)
                : points.times(number(share), before);
  }
  return moved(x, hx, sum);
}

/// eta(t + hy) - eta(t)
Value Integrator::growth() {
  Value grown = multiply(number(linear), hy);
  if (logarithmic == 0)
    return grown;
  Value ratio = divide(add(t, hy), t);
  Value log = math::LogOp::create(builder, loc, ratio);
  return add(grown, multiply(number(logarithmic), log));
}

Value Integrator::alpha() {
  if (logarithmic == 0)
    return number(linear);
  return add(divide(number(logarithmic), t), number(linear));
}

/// g - alpha(t) y
Value Integrator::damped(const Phase &phase, Value g) {
  if (logarithmic == 0 && linear == 0)
    return g;
  return points.plus(g, subtract(number(0), alpha()), phase.y);
}

Integrator::Phase Integrator::moveBoth(const Phase &phase) {
  Value g = force(phase);
  Phase next = phase;
  if (op.getMethod() == Method::Plain) {
    next.y = points.plus(phase.y, hy, g);
  } else if (op.getMethod() == Method::DampedEuler) {
    next.y = points.plus(phase.y, hy, damped(phase, g));
  } else {
    Value grown = growth();
    Value s = math::ExpOp::create(builder, loc, subtract(number(0), grown));
    if (op.getMethod() == Method::Presymplectic) {
      next.y = points.times(s, points.plus(phase.y, hy, g));
    } else {
      Value fraction = divide(multiply(subtract(number(1), s), hy), grown);
      Value none = arith::CmpFOp::create(
          builder, loc, arith::CmpFPredicate::OEQ, grown, number(0));
      Value share = arith::SelectOp::create(builder, loc, none, hy, fraction);
      next.y = points.plus(points.times(s, phase.y), share, g);
    }
  }
  bool readsNext = op.getMethod() == Method::Presymplectic;
  next.x = points.plus(phase.x, hx,
                       velocity({phase.x, readsNext ? next.y : phase.y}, t));
  return next;
}

/// The first step, which has no past, is one of Euler's.
SmallVector<Value> Integrator::adamsBashforth(const Phase &phase,
                                              const Phase &past) {
  Phase now{velocity(phase, t), damped(phase, force(phase))};
  Value isFirst =
      arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::eq, layer,
                            arith::ConstantIndexOp::create(builder, loc, 0));
  auto choose = [&](double first, double later) {
    return arith::SelectOp::create(builder, loc, isFirst, number(first),
                                   number(later));
  };
  Value share = choose(1, 1.5), before = choose(0, -0.5);
  auto move = [&](Value from, Value h, Value rate, Value old) {
    Value end = points.plus(from, multiply(share, h), rate);
    return points.plus(end, multiply(before, h), old);
  };
  return {move(phase.x, hx, now.x, past.x), move(phase.y, hy, now.y, past.y),
          now.x, now.y};
}

Value Integrator::timeOfStep() {
  Value count =
      arith::IndexCastOp::create(builder, loc, builder.getI64Type(), layer);
  count = arith::SIToFPOp::create(builder, loc, builder.getF64Type(), count);
  return add(number(start), multiply(count, hx));
}

/// What the loop starts with: points in the type that is computed in, and where
/// steps look back, rates of zero.
SmallVector<Value> Integrator::initial() {
  SmallVector<Value> carried;
  for (Value point : op.getPoints())
    carried.push_back(points.convert(
        point, computeType(getElementTypeOrSelf(point.getType()))));
  if (op.getMethod() == Method::AdamsBashforth)
    for (Value point : SmallVector<Value>(carried))
      carried.push_back(points.everywhere(number(0), point));
  return carried;
}

SmallVector<Value> Integrator::step(ValueRange carried) {
  t = timeOfStep();
  switch (op.getMethod()) {
  case Method::Euler:
  case Method::Heun:
  case Method::Rk4:
    return {moveAlone(carried[0])};
  case Method::AdamsBashforth:
    return adamsBashforth({carried[0], carried[1]}, {carried[2], carried[3]});
  default: {
    Phase next = moveBoth({carried[0], carried[1]});
    return {next.x, next.y};
  }
  }
}

void Integrator::write() {
  readSteps();
  auto index = [&](int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  auto loop = scf::ForOp::create(builder, loc, index(0), index(op.getSteps()),
                                 index(1), initial());
  layer = loop.getInductionVar();
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> next = step(loop.getRegionIterArgs());
  scf::YieldOp::create(builder, loc, next);
  builder.setInsertionPointAfter(loop);
  for (auto [result, end] : llvm::zip(op.getEnds(), loop.getResults()))
    result.replaceAllUsesWith(
        points.convert(end, getElementTypeOrSelf(result.getType())));
  op.erase();
}

/// Sums over rows are unrolled into kernels of static width.
static LogicalResult requireStaticRows(EvolveOp op) {
  for (Value point : op.getPoints())
    if (op.getManifoldAttr() &&
        ShapedType::isDynamic(
            cast<RankedTensorType>(point.getType()).getShape().back()))
      return op.emitOpError("expects rows of static size on a sphere when "
                            "compiled, but got ")
             << point.getType();
  return success();
}

namespace {
struct UnfoldEvolve : impl::UnfoldEvolveBase<UnfoldEvolve> {
  void runOnOperation() override {
    SmallVector<EvolveOp> ops;
    getOperation().walk<WalkOrder::PreOrder>(
        [&](EvolveOp op) { ops.push_back(op); });
    // What a region holds is written before it is copied.
    for (EvolveOp op : llvm::reverse(ops)) {
      if (failed(requireStaticRows(op)))
        return signalPassFailure();
      Integrator(op).write();
    }
  }
};
} // namespace

} // namespace attention
