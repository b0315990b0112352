/// Ops of `math`, by the C library's functions of doubles.
#include "interpreter/Elementwise.h"
#include "interpreter/Families.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/bit.h"
#include <cmath>

using namespace mlir;

namespace attention {

static void addUnaries(HandlerTable &table) {
  using Function = double (*)(double);
  static const std::pair<StringRef, Function> functions[] = {
      {"absf", std::fabs},   {"acos", std::acos},      {"acosh", std::acosh},
      {"asin", std::asin},   {"asinh", std::asinh},    {"atan", std::atan},
      {"atanh", std::atanh}, {"cbrt", std::cbrt},      {"ceil", std::ceil},
      {"cos", std::cos},     {"cosh", std::cosh},      {"erf", std::erf},
      {"erfc", std::erfc},   {"exp", std::exp},        {"exp2", std::exp2},
      {"expm1", std::expm1}, {"floor", std::floor},    {"log", std::log},
      {"log10", std::log10}, {"log1p", std::log1p},    {"log2", std::log2},
      {"round", std::round}, {"roundeven", std::rint}, {"sin", std::sin},
      {"sinh", std::sinh},   {"sqrt", std::sqrt},      {"tan", std::tan},
      {"tanh", std::tanh},   {"trunc", std::trunc},
  };
  for (auto [name, function] : functions)
    table.add(("math." + name).str(), unary<double, double>(function));
  table.add("math.rsqrt",
            unary<double, double>([](double x) { return 1.0 / std::sqrt(x); }));
}

static void addTests(HandlerTable &table) {
  auto add = [&](StringRef name, bool (*test)(double)) {
    table.add(name, unary<int64_t, double>(test));
  };
  add("math.isfinite", [](double x) { return std::isfinite(x); });
  add("math.isinf", [](double x) { return std::isinf(x); });
  add("math.isnan", [](double x) { return std::isnan(x); });
  add("math.isnormal", [](double x) { return std::isnormal(x); });
}

/// `f(value as unsigned, width)`: ops that count bits.
template <typename F> static Handler bitCount(F f) {
  return [f](Operation *op, Frame &frame) -> LogicalResult {
    auto extent = commonExtent(op, frame);
    if (failed(extent))
      return failure();
    int64_t width = widthOf(op->getOperand(0).getType());
    Elements<int64_t> x(frame.get(op->getOperand(0)));
    setMapped<int64_t>(op->getResult(0), frame, *extent, [&](int64_t i) {
      return wrap(f(asUnsigned(x[i], width), width), width);
    });
    return success();
  };
}

static LogicalResult absoluteInteger(Operation *op, Frame &frame) {
  auto extent = commonExtent(op, frame);
  if (failed(extent))
    return failure();
  int64_t width = widthOf(op->getOperand(0).getType());
  Elements<int64_t> x(frame.get(op->getOperand(0)));
  setMapped<int64_t>(op->getResult(0), frame, *extent, [&](int64_t i) {
    return wrap(x[i] < 0 ? -uint64_t(x[i]) : uint64_t(x[i]), width);
  });
  return success();
}

/// Base to a whole power, by repeated squaring, wrapping.
static uint64_t wholePower(int64_t base, int64_t exponent) {
  if (exponent < 0) // 1 / base^n, towards zero
    return base == 1 ? 1 : base == -1 ? (exponent & 1 ? -1 : 1) : 0;
  uint64_t result = 1;
  for (uint64_t factor = base; exponent; exponent >>= 1, factor *= factor)
    if (exponent & 1)
      result *= factor;
  return result;
}

static LogicalResult integerPower(Operation *op, Frame &frame) {
  auto extent = commonExtent(op, frame);
  if (failed(extent))
    return failure();
  int64_t width = widthOf(op->getResult(0).getType());
  Elements<int64_t> base(frame.get(op->getOperand(0)));
  Elements<int64_t> exponent(frame.get(op->getOperand(1)));
  for (int64_t i = 0; i < extent->count; ++i)
    if (base[i] == 0 && exponent[i] < 0)
      return op->emitError("expects a base other than 0 for the negative "
                           "exponent ")
             << exponent[i] << ", but got 0";
  setMapped<int64_t>(op->getResult(0), frame, *extent, [&](int64_t i) {
    return wrap(wholePower(base[i], exponent[i]), width);
  });
  return success();
}

static LogicalResult sineAndCosine(Operation *op, Frame &frame) {
  auto extent = commonExtent(op, frame);
  if (failed(extent))
    return failure();
  Elements<double> x(frame.get(op->getOperand(0)));
  setMapped<double>(op->getResult(0), frame, *extent,
                    [&](int64_t i) { return std::sin(x[i]); });
  setMapped<double>(op->getResult(1), frame, *extent,
                    [&](int64_t i) { return std::cos(x[i]); });
  return success();
}

void addMath(HandlerTable &table) {
  addUnaries(table);
  addTests(table);
  auto addBinary = [&](StringRef name, double (*f)(double, double)) {
    table.add(name, binary<double, double, double>(f));
  };
  addBinary("math.atan2", std::atan2);
  addBinary("math.copysign", std::copysign);
  addBinary("math.powf", std::pow);
  table.add("math.fpowi",
            binary<double, double, int64_t>(
                [](double x, int64_t n) { return std::pow(x, double(n)); }));
  table.add("math.fma", ternary([](double x, double y, double z) {
              return std::fma(x, y, z);
            }));
  table.add("math.clampf", ternary([](double x, double least, double most) {
              return std::fmin(std::fmax(x, least), most);
            }));
  table.add("math.sincos", sineAndCosine);
  table.add("math.absi", absoluteInteger);
  table.add("math.ipowi", integerPower);
  table.add("math.ctpop",
            bitCount([](uint64_t x, int64_t) { return llvm::popcount(x); }));
  table.add("math.ctlz", bitCount([](uint64_t x, int64_t width) {
              return llvm::countl_zero(x) - (64 - width);
            }));
  table.add("math.cttz", bitCount([](uint64_t x, int64_t width) {
              return std::min<int64_t>(llvm::countr_zero(x), width);
            }));
}

} // namespace attention
