/// Constants, selections and conversions of `arith`. Conversions between
/// floating types change nothing: values stay doubles.
#include "interpreter/Elementwise.h"
#include "interpreter/Families.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>

using namespace mlir;

namespace attention {

static LogicalResult constant(Operation *op, Frame &frame) {
  std::optional<Datum> datum =
      constantDatum(cast<arith::ConstantOp>(op).getValue());
  if (!datum)
    return op->emitError("expects a constant of numbers of at most 64 bits");
  frame.set(op->getResult(0), *datum);
  return success();
}

static LogicalResult identity(Operation *op, Frame &frame) {
  frame.set(op->getResult(0), frame.get(op->getOperand(0)));
  return success();
}

template <typename T>
static void selectElements(Operation *op, Frame &frame, const Extent &extent) {
  Elements<int64_t> condition(frame.get(op->getOperand(0)));
  Elements<T> yes(frame.get(op->getOperand(1)));
  Elements<T> no(frame.get(op->getOperand(2)));
  setMapped<T>(op->getResult(0), frame, extent,
               [&](int64_t i) { return condition[i] ? yes[i] : no[i]; });
}

static LogicalResult select(Operation *op, Frame &frame) {
  const Datum &condition = frame.get(op->getOperand(0));
  if (!condition.isArray()) {
    frame.set(op->getResult(0),
              frame.get(op->getOperand(condition.integer() ? 1 : 2)));
    return success();
  }
  auto extent = commonExtent(op, frame);
  if (failed(extent))
    return failure();
  if (isa<FloatType>(getElementTypeOrSelf(op->getResult(0))))
    selectElements<double>(op, frame, *extent);
  else
    selectElements<int64_t>(op, frame, *extent);
  return success();
}

/// An op from integers to `Out`: `f(x, source width, result width)`.
template <typename Out, typename F> static Handler fromInteger(F f) {
  return [f](Operation *op, Frame &frame) -> LogicalResult {
    auto extent = commonExtent(op, frame);
    if (failed(extent))
      return failure();
    int64_t from = widthOf(op->getOperand(0).getType());
    int64_t to = widthOf(op->getResult(0).getType());
    Elements<int64_t> x(frame.get(op->getOperand(0)));
    setMapped<Out>(op->getResult(0), frame, *extent,
                   [&](int64_t i) { return f(x[i], from, to); });
    return success();
  };
}

/// Conversion to an integer, towards zero; refuses what does not fit.
template <bool isSigned>
static LogicalResult toInteger(Operation *op, Frame &frame) {
  auto extent = commonExtent(op, frame);
  if (failed(extent))
    return failure();
  Type type = getElementTypeOrSelf(op->getResult(0));
  int64_t width = widthOf(type);
  double least = isSigned ? -std::ldexp(1.0, width - 1) : 0.0;
  double bound = std::ldexp(1.0, isSigned ? width - 1 : width);
  Elements<double> x(frame.get(op->getOperand(0)));
  for (int64_t i = 0; i < extent->count; ++i)
    if (double whole = std::trunc(x[i]); !(whole >= least && whole < bound))
      return op->emitError("expects a number that fits ")
             << type << ", but got " << std::to_string(x[i]);
  setMapped<int64_t>(op->getResult(0), frame, *extent, [&](int64_t i) {
    return wrap(isSigned ? uint64_t(int64_t(x[i])) : uint64_t(x[i]), width);
  });
  return success();
}

/// Only here does a double take its declared type: its bits are asked for.
static uint64_t bitsOf(double value, FloatType type) {
  APFloat narrow(value);
  bool inexact;
  narrow.convert(type.getFloatSemantics(), APFloat::rmNearestTiesToEven,
                 &inexact);
  return narrow.bitcastToAPInt().getZExtValue();
}

static double doubleOf(int64_t bits, FloatType type) {
  APFloat value(type.getFloatSemantics(),
                APInt(type.getWidth(), asUnsigned(bits, type.getWidth())));
  bool inexact;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
  return value.convertToDouble();
}

static LogicalResult bitcast(Operation *op, Frame &frame) {
  auto from = dyn_cast<FloatType>(getElementTypeOrSelf(op->getOperand(0)));
  auto to = dyn_cast<FloatType>(getElementTypeOrSelf(op->getResult(0)));
  auto extent = commonExtent(op, frame);
  if (failed(extent))
    return failure();
  const Datum &source = frame.get(op->getOperand(0));
  int64_t width = widthOf(op->getOperand(0).getType());
  auto bits = [&](int64_t i) -> int64_t {
    return from ? wrap(bitsOf(Elements<double>(source)[i], from), width)
                : Elements<int64_t>(source)[i];
  };
  mlir::Value result = op->getResult(0);
  if (to)
    setMapped<double>(result, frame, *extent,
                      [&](int64_t i) { return doubleOf(bits(i), to); });
  else
    setMapped<int64_t>(result, frame, *extent, bits);
  return success();
}

void addArithCasts(HandlerTable &table) {
  using I = int64_t;
  table.add("arith.constant", constant);
  table.add("arith.select", select);
  table.add("arith.bitcast", bitcast);
  for (StringRef name : {"arith.extf", "arith.truncf", "arith.convertf"})
    table.add(name, identity);
  for (StringRef name : {"arith.trunci", "arith.extsi", "arith.index_cast"})
    table.add(name, fromInteger<I>([](I x, I from, I to) {
                return wrap(asSigned(x, from), to);
              }));
  for (StringRef name : {"arith.extui", "arith.index_castui"})
    table.add(name, fromInteger<I>([](I x, I from, I to) {
                return wrap(asUnsigned(x, from), to);
              }));
  table.add("arith.sitofp", fromInteger<double>([](I x, I from, I) {
              return double(asSigned(x, from));
            }));
  table.add("arith.uitofp", fromInteger<double>([](I x, I from, I) {
              return double(asUnsigned(x, from));
            }));
  table.add("arith.fptosi", toInteger<true>);
  table.add("arith.fptoui", toInteger<false>);
}

} // namespace attention
