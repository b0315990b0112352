#include "lowering/nvptx/DoubleMath.h"
#include "lowering/nvptx/WarpBuilder.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <limits>

using namespace mlir;

namespace attention::nvptx {

namespace {

/// f64 arithmetic on scalars or vectors of one shape.
struct Doubles {
  ImplicitLocOpBuilder &b;
  Type type; ///< f64 or vectors of it

  Value constant(double value) { return splat(b.getF64FloatAttr(value), type); }
  Type integers() { return like(b.getI64Type()); }
  Value integer(int64_t value) {
    return splat(b.getI64IntegerAttr(value), integers());
  }
  Value fma(Value x, Value y, Value z) {
    return math::FmaOp::create(b, x, y, z);
  }
  Value mul(Value x, Value y) { return arith::MulFOp::create(b, x, y); }
  Value add(Value x, Value y) { return arith::AddFOp::create(b, x, y); }
  Value sub(Value x, Value y) { return arith::SubFOp::create(b, x, y); }
  Value less(Value x, Value y) {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::OLT, x, y);
  }
  Value isNan(Value x) {
    return arith::CmpFOp::create(b, arith::CmpFPredicate::UNO, x, x);
  }
  Value select(Value condition, Value x, Value y) {
    return arith::SelectOp::create(b, condition, x, y);
  }
  /// The same, but computed where it stands: LLVM would move the last steps of
  /// a function to what uses it, and keep what they take in more registers.
  Value here(Value x) {
    auto vector = dyn_cast<VectorType>(type);
    if (!vector)
      return WarpBuilder::opaque(b, x);
    SmallVector<Value> elements;
    for (int64_t i = 0; i < vector.getNumElements(); ++i)
      elements.push_back(
          WarpBuilder::opaque(b, vector::ExtractOp::create(b, x, i)));
    return vector::FromElementsOp::create(b, vector, elements);
  }
  /// 2^n for integral -1022 <= n <= 1023.
  Value powerOfTwo(Value n) {
    Value bits = arith::AddIOp::create(b, n, integer(1023));
    bits = arith::ShLIOp::create(b, bits, integer(52));
    return arith::BitcastOp::create(b, type, bits);
  }
  /// e^r for |r| <= ln(2)/2: Taylor up to r^13, remainder below 2^-57.
  Value expOfSmall(Value r) {
    double factorial = 6227020800.0; // 13!
    Value sum = constant(1.0 / factorial);
    for (int i = 13; i > 0; --i) {
      factorial /= i;
      sum = fma(sum, r, constant(1.0 / factorial));
    }
    return sum;
  }
  /// p 2^n, where n may leave the range of exponents by as much again.
  Value scale(Value p, Value n) {
    Value whole = arith::FPToSIOp::create(b, integers(), n);
    Value half = arith::ShRSIOp::create(b, whole, integer(1));
    Value rest = arith::SubIOp::create(b, whole, half);
    return mul(mul(p, powerOfTwo(half)), powerOfTwo(rest));
  }

private:
  Type like(Type element) {
    auto shaped = dyn_cast<ShapedType>(type);
    return shaped ? Type(shaped.clone(element)) : element;
  }
  Value splat(TypedAttr value, Type of) {
    if (auto shaped = dyn_cast<ShapedType>(of))
      value = DenseElementsAttr::get(shaped, value);
    return arith::ConstantOp::create(b, value);
  }
};

} // namespace

/// x within +-bound; NaN becomes one of the bounds.
static Value clamp(Doubles &d, Value x, double bound) {
  Value high = d.constant(bound), low = d.constant(-bound);
  x = d.select(d.less(x, high), x, high);
  return d.select(d.less(low, x), x, low);
}

Value exp2OfDouble(ImplicitLocOpBuilder &b, Value x) {
  Doubles d{b, x.getType()};
  // 2^+-1100 is out of range in any case.
  Value y = clamp(d, x, 1100.0);
  Value n = math::RoundEvenOp::create(b, y);
  Value r = d.mul(d.sub(y, n), d.constant(0x1.62e42fefa39efp-1));
  return d.here(d.select(d.isNan(x), x, d.scale(d.expOfSmall(r), n)));
}

Value expOfDouble(ImplicitLocOpBuilder &b, Value x) {
  Doubles d{b, x.getType()};
  Value y = clamp(d, x, 760.0);
  Value n =
      math::RoundEvenOp::create(b, d.mul(y, d.constant(0x1.71547652b82fep+0)));
  // ln 2 in two parts: the product of n and the first is exact.
  Value r = d.fma(n, d.constant(-0x1.62e42feep-1), y);
  r = d.fma(n, d.constant(-0x1.a39ef35793c76p-33), r);
  return d.here(d.select(d.isNan(x), x, d.scale(d.expOfSmall(r), n)));
}

Value logOfDouble(ImplicitLocOpBuilder &b, Value x) {
  Doubles d{b, x.getType()};
  double infinity = std::numeric_limits<double>::infinity();
  Value smallest = d.constant(std::numeric_limits<double>::min());
  Value y = d.select(d.less(x, smallest), smallest, x);
  // y = m 2^n with m in [1/sqrt(2), sqrt(2)).
  Value bits = arith::BitcastOp::create(b, d.integers(), y);
  Value offset = d.integer(0x3fe6a09e667f3bcd); // 1/sqrt(2)
  Value n = arith::ShRSIOp::create(b, arith::SubIOp::create(b, bits, offset),
                                   d.integer(52));
  Value mantissa = arith::SubIOp::create(
      b, bits, arith::ShLIOp::create(b, n, d.integer(52)));
  Value m = arith::BitcastOp::create(b, x.getType(), mantissa);
  // log m = 2 atanh s = 2 (s + s^3/3 + ...), s = (m - 1)/(m + 1), |s| < 0.1716.
  Value one = d.constant(1.0);
  Value s = arith::DivFOp::create(b, d.sub(m, one), d.add(m, one));
  Value square = d.mul(s, s);
  Value sum = d.constant(2.0 / 23);
  for (int i = 21; i >= 3; i -= 2)
    sum = d.fma(sum, square, d.constant(2.0 / i));
  Value log = d.fma(d.mul(sum, square), s, d.mul(s, d.constant(2.0)));
  Value exponent = arith::SIToFPOp::create(b, x.getType(), n);
  log = d.fma(exponent, d.constant(0x1.a39ef35793c76p-33), log);
  log = d.fma(exponent, d.constant(0x1.62e42feep-1), log);
  Value zero = d.constant(0.0);
  log = d.select(d.less(x, d.constant(infinity)), log, x); // infinity and NaN
  Value isZero = arith::CmpFOp::create(b, arith::CmpFPredicate::OEQ, x, zero);
  log = d.select(isZero, d.constant(-infinity), log);
  Value nan = d.constant(std::numeric_limits<double>::quiet_NaN());
  return d.select(d.less(x, zero), nan, log);
}

Value log2OfDouble(ImplicitLocOpBuilder &b, Value x) {
  Doubles d{b, x.getType()};
  return d.mul(logOfDouble(b, x), d.constant(0x1.71547652b82fep+0));
}

Value tanhOfDouble(ImplicitLocOpBuilder &b, Value x) {
  Doubles d{b, x.getType()};
  Value magnitude = math::AbsFOp::create(b, x);
  // Away from 0: 1 - 2/(e^2|x| + 1).
  Value one = d.constant(1.0), two = d.constant(2.0);
  Value e = expOfDouble(b, d.mul(magnitude, two));
  Value far = d.sub(one, arith::DivFOp::create(b, two, d.add(e, one)));
  // Below ln(2)/4: u/(u + 2) with u = e^2|x| - 1 by its own series.
  Value r = d.mul(magnitude, two);
  double factorial = 87178291200.0; // 14!
  Value sum = d.constant(1.0 / factorial);
  for (int i = 14; i > 1; --i) {
    factorial /= i;
    sum = d.fma(sum, r, d.constant(1.0 / factorial));
  }
  Value u = d.mul(sum, r);
  Value near = arith::DivFOp::create(b, u, d.add(u, two));
  Value isNear = d.less(magnitude, d.constant(0.17));
  return math::CopySignOp::create(b, d.select(isNear, near, far), x);
}

} // namespace attention::nvptx
