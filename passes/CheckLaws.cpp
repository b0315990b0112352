#include "dialect/Attention.h"
#include "interpreter/Interpreter.h"
#include "passes/Passes.h"

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/Format.h"
#include <array>
#include <cmath>
#include <random>

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_CHECKLAWS
#include "passes/Passes.h.inc"

namespace {
/// What a range of keys amounts to: the state, and the factor by which the
/// value of each key is in the accumulator.
struct Stretch {
  SmallVector<Datum> state;
  SmallVector<double> weights;
  SmallVector<double> scores;
};
} // namespace

/// Rounding in doubles, and what composing in another order makes of it.
static bool alike(double a, double b) {
  if (a == b || (std::isnan(a) && std::isnan(b)))
    return true;
  return std::abs(a - b) <= 1e-9 * (1 + std::abs(a) + std::abs(b));
}

static bool alike(const Stretch &a, const Stretch &b) {
  for (auto [first, second] : llvm::zip_equal(a.weights, b.weights))
    if (!alike(first, second))
      return false;
  for (auto [first, second] : llvm::zip_equal(a.state, b.state))
    if (first.isFloat() ? !alike(first.real(), second.real())
                        : first.integer() != second.integer())
      return false;
  return true;
}

static std::string numbers(ArrayRef<double> list) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  stream << '(';
  llvm::interleaveComma(list, stream,
                        [&](double x) { stream << llvm::format("%.4g", x); });
  stream << ')';
  return text;
}

static std::string stateText(const Stretch &range) {
  SmallVector<double> list;
  for (const Datum &datum : range.state)
    list.push_back(datum.isFloat() ? datum.real() : double(datum.integer()));
  return "state " + numbers(list) + " with weights " + numbers(range.weights);
}

namespace {
/// Tries the laws of one variant on ranges of scores that are drawn at random.
class Laws {
public:
  Laws(VariantOp op, const Interpreter &interpreter)
      : op(op), frame(interpreter) {}

  LogicalResult check(int64_t draws) {
    Stretch unit;
    if (failed(frame.run(op.getIdentity(), {}, unit.state)))
      return failure();
    for (int64_t draw = 0; draw < draws; ++draw) {
      Stretch a, b, c, first, second, left, right;
      if (failed(drawStretch(a)) || failed(drawStretch(b)) ||
          failed(drawStretch(c)) || failed(compose(unit, a, left)) ||
          failed(compose(a, unit, right)))
        return failure();
      if (failed(same("identity to be a unit on the left", left, a)) ||
          failed(same("identity to be a unit on the right", right, a)))
        return failure();
      if (failed(compose(a, b, first)) || failed(compose(first, c, left)) ||
          failed(compose(b, c, second)) || failed(compose(a, second, right)) ||
          failed(same("compose to be associative", left, right)))
        return failure();
    }
    return success();
  }

private:
  /// One to three keys, one after the other.
  LogicalResult drawStretch(Stretch &range) {
    int64_t keys = 1 + random() % 3;
    double spread = std::array{0.1, 1.0, 10.0}[random() % 3];
    for (int64_t key = 0; key < keys; ++key) {
      Stretch one, joint;
      // Not a standard distribution: those differ between libraries.
      one.scores = {spread * (double(random()) / double(random.max()) * 6 - 3)};
      if (failed(frame.run(op.getLift(), {Datum(one.scores[0])}, one.state)))
        return failure();
      one.weights = {one.state.pop_back_val().real()};
      if (key == 0) {
        range = one;
        continue;
      }
      if (failed(compose(range, one, joint)))
        return failure();
      range = joint;
    }
    return success();
  }

  LogicalResult compose(const Stretch &first, const Stretch &second,
                        Stretch &joint) {
    joint = Stretch();
    SmallVector<Datum> states(first.state);
    states.append(second.state);
    if (failed(frame.run(op.getCompose(), states, joint.state)))
      return failure();
    double ofSecond = joint.state.pop_back_val().real();
    double ofFirst = joint.state.pop_back_val().real();
    for (double weight : first.weights)
      joint.weights.push_back(ofFirst * weight);
    for (double weight : second.weights)
      joint.weights.push_back(ofSecond * weight);
    joint.scores = first.scores;
    joint.scores.append(second.scores);
    return success();
  }

  LogicalResult same(StringRef law, const Stretch &got, const Stretch &want) {
    if (alike(got, want))
      return success();
    op.emitOpError("expects ") << law;
    return op.emitRemark("scores ")
           << numbers(got.scores) << " give " << stateText(got) << " and "
           << stateText(want);
  }

  VariantOp op;
  Frame frame;
  std::mt19937 random{1};
};

struct CheckLaws : impl::CheckLawsBase<CheckLaws> {
  using CheckLawsBase::CheckLawsBase;
  void runOnOperation() override {
    Interpreter interpreter(getOperation());
    for (auto op : getOperation().getOps<VariantOp>())
      if (failed(Laws(op, interpreter).check(draws)))
        signalPassFailure();
  }
};
} // namespace

} // namespace attention
