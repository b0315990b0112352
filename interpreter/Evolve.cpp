/// Recurrence along depth: an integrator, step by step as its formula says.
#include "dialect/Attention.h"
#include "interpreter/Families.h"
#include "interpreter/Interpreter.h"
#include <cmath>

using namespace mlir;

namespace attention {

using Values = std::vector<double>;

/// a + factor b
static Values plus(const Values &a, double factor, const Values &b) {
  Values sum(a);
  for (size_t i = 0; i < sum.size(); ++i)
    sum[i] += factor * b[i];
  return sum;
}

static Values times(double factor, Values values) {
  for (double &value : values)
    value *= factor;
  return values;
}

namespace {
/// Points and their momenta; or the rates of both.
struct Phase {
  Values x, y;
};

/// One run of one `evolve`.
class Flow {
public:
  Flow(EvolveOp op, Frame &frame)
      : op(op), frame(frame), method(op.getMethod()),
        onSphere(bool(op.getManifoldAttr())) {
    OperandRange steps = op.getStepValues();
    hx = op.getStep() ? op.getStep()->convertToDouble()
                      : frame.real(steps.front());
    hy = op.getStep() ? hx : frame.real(steps.back());
    if (std::optional<DampingAttr> damping = op.getDamping()) {
      logarithmic = damping->getLog().convertToDouble();
      linear = damping->getLinear().convertToDouble();
      start = damping->getStart().convertToDouble();
    }
    for (mlir::Value point : op.getPoints())
      shapes.push_back(frame.array(point).shape);
  }

  LogicalResult run(Phase &phase) {
    t = start;
    for (layer = 0; layer < int64_t(op.getSteps()); ++layer, t += hx)
      if (failed(step(phase)))
        return failure();
    return success();
  }

private:
  LogicalResult step(Phase &phase) {
    switch (method) {
    case Method::Euler:
    case Method::Heun:
    case Method::Rk4:
      return moveAlone(phase);
    case Method::AdamsBashforth:
      return adamsBashforth(phase);
    default:
      return moveBoth(phase);
    }
  }

  /// Runs a region at these points; the result has `size` elements.
  FailureOr<Values> rate(Region &region, const Phase &at, double time) {
    SmallVector<Datum> arguments = {Datum(Array{shapes[0], at.x})}, yielded;
    if (shapes.size() == 2)
      arguments.push_back(Array{shapes[1], at.y});
    arguments.push_back(layer);
    arguments.push_back(time);
    if (failed(frame.run(region, arguments, yielded)))
      return failure();
    const Array &rate = yielded.front().array();
    const Shape &expected =
        &region == &op.getVelocity() ? shapes[0] : shapes[1];
    if (rate.shape != expected)
      return op.emitError("expects a rate of sizes ")
             << shapeText(expected) << ", but got " << shapeText(rate.shape);
    return rate.as<double>();
  }
  FailureOr<Values> velocity(const Phase &at, double time) {
    auto u = rate(op.getVelocity(), at, time);
    if (succeeded(u) && onSphere)
      forEachRow(*u, [&](double *row, int64_t first, int64_t columns) {
        double along = 0;
        for (int64_t c = 0; c < columns; ++c)
          along += row[c] * at.x[first + c];
        for (int64_t c = 0; c < columns; ++c)
          row[c] -= along * at.x[first + c];
      });
    return u;
  }
  FailureOr<Values> force(const Phase &at) {
    return rate(op.getForce(), at, t);
  }

  /// Calls `visit(row, index of its first element, columns)`.
  template <typename F> void forEachRow(Values &values, F visit) {
    int64_t columns = shapes[0].back(), count = values.size();
    for (int64_t first = 0; first < count; first += columns)
      visit(values.data() + first, first, columns);
  }
  /// x + factor u, back on the manifold.
  Values moved(const Values &x, double factor, const Values &u) {
    Values end = plus(x, factor, u);
    if (onSphere)
      forEachRow(end, [](double *row, int64_t, int64_t columns) {
        double square = 0;
        for (int64_t c = 0; c < columns; ++c)
          square += row[c] * row[c];
        for (int64_t c = 0; c < columns && square != 0; ++c)
          row[c] /= std::sqrt(square);
      });
    return end;
  }

  LogicalResult moveAlone(Phase &phase) {
    const Values &x = phase.x;
    // How far each stage goes along the one before, and how it counts.
    SmallVector<double> reach = {0}, weight = {1};
    if (method == Method::Heun) {
      reach = {0, 1};
      weight = {0.5, 0.5};
    } else if (method == Method::Rk4) {
      reach = {0, 0.5, 0.5, 1};
      weight = {1.0 / 6, 1.0 / 3, 1.0 / 3, 1.0 / 6};
    }
    Values sum(x.size(), 0.0), before;
    for (auto [distance, share] : llvm::zip(reach, weight)) {
      Phase stage{before.empty() ? x : moved(x, distance * hx, before), {}};
      auto u = velocity(stage, t + distance * hx);
      if (failed(u))
        return failure();
      before = std::move(*u);
      sum = plus(sum, share, before);
    }
    phase.x = moved(x, hx, sum);
    return success();
  }

  LogicalResult moveBoth(Phase &phase) {
    auto g = force(phase);
    if (failed(g))
      return failure();
    double grown = eta(t + hy) - eta(t), s = std::exp(-grown);
    Phase next = phase;
    if (method == Method::Plain)
      next.y = plus(phase.y, hy, *g);
    else if (method == Method::DampedEuler)
      next.y = plus(phase.y, hy, plus(*g, -alpha(), phase.y));
    else if (method == Method::Presymplectic)
      next.y = times(s, plus(phase.y, hy, *g));
    else
      next.y =
          plus(times(s, phase.y), grown == 0 ? hy : (1 - s) * hy / grown, *g);
    bool readsNext = method == Method::Presymplectic;
    auto f = velocity({phase.x, readsNext ? next.y : phase.y}, t);
    if (failed(f))
      return failure();
    next.x = plus(phase.x, hx, *f);
    phase = std::move(next);
    return success();
  }

  LogicalResult adamsBashforth(Phase &phase) {
    auto f = velocity(phase, t);
    auto g = force(phase);
    if (failed(f) || failed(g))
      return failure();
    Phase now{std::move(*f), plus(*g, -alpha(), phase.y)};
    double share = layer == 0 ? 1 : 1.5;
    phase.x = plus(phase.x, share * hx, now.x);
    phase.y = plus(phase.y, share * hy, now.y);
    if (layer > 0) {
      phase.x = plus(phase.x, -0.5 * hx, past.x);
      phase.y = plus(phase.y, -0.5 * hy, past.y);
    }
    past = std::move(now);
    return success();
  }

  double eta(double time) const {
    double sum = linear * time;
    return logarithmic == 0 ? sum : sum + logarithmic * std::log(time / start);
  }
  double alpha() const {
    return logarithmic == 0 ? linear : logarithmic / t + linear;
  }

  EvolveOp op;
  Frame &frame;
  Method method;
  bool onSphere;
  SmallVector<Shape> shapes; ///< of x, and of y
  double hx, hy, logarithmic = 0, linear = 0, start = 0, t = 0;
  int64_t layer = 0;
  Phase past; ///< rates of the step before
};
} // namespace

static LogicalResult evolve(Operation *op, Frame &frame) {
  auto evolve = cast<EvolveOp>(op);
  OperandRange points = evolve.getPoints();
  Phase phase{frame.array(points.front()).as<double>(), {}};
  if (points.size() == 2)
    phase.y = frame.array(points.back()).as<double>();
  Flow flow(evolve, frame);
  if (failed(flow.run(phase)))
    return failure();
  const Values *ends[] = {&phase.x, &phase.y};
  for (auto [point, result, values] : llvm::zip(points, evolve.getEnds(), ends))
    frame.set(result, Array{frame.array(point).shape, *values});
  return success();
}

void addEvolve(HandlerTable &table) { table.add("attention.evolve", evolve); }

} // namespace attention
