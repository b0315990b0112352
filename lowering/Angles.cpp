#include "lowering/Angles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

#include <cmath>

using namespace mlir;

namespace attention {

namespace {
/// Arithmetic on tiles of one type.
struct Arithmetic {
  TileBuilder &tiles;
  Value number(Value like, double value) {
    return tiles.constant(like.getType(), value);
  }
  Value add(Value a, Value b) {
    return arith::AddFOp::create(tiles.builder, tiles.loc, a, b);
  }
  Value subtract(Value a, Value b) {
    return arith::SubFOp::create(tiles.builder, tiles.loc, a, b);
  }
  Value multiply(Value a, Value b) {
    return arith::MulFOp::create(tiles.builder, tiles.loc, a, b);
  }
  Value nearest(Value x) {
    return math::FloorOp::create(tiles.builder, tiles.loc,
                                 add(x, number(x, 0.5)));
  }
  Value select(Value condition, Value a, Value b) {
    return arith::SelectOp::create(tiles.builder, tiles.loc, condition, a, b);
  }
  /// Sum of coefficients[i] x^i.
  Value polynomial(Value x, ArrayRef<double> coefficients) {
    Value sum = number(x, coefficients.back());
    for (double coefficient : llvm::reverse(coefficients.drop_back()))
      sum = add(multiply(sum, x), number(x, coefficient));
    return sum;
  }
};
} // namespace

/// Taylor coefficients of sin(pi/2 x) / x and cos(pi/2 x) in x^2. For |x| of at
/// most 1/2 the first term left out is below half a unit in the last place.
static SmallVector<double> taylor(bool sine, unsigned terms) {
  SmallVector<double> coefficients;
  double term = sine ? M_PI_2 : 1;
  for (unsigned i = 0; i < terms; ++i) {
    coefficients.push_back(term);
    double n = 2 * i + (sine ? 2 : 1);
    term *= -M_PI_2 * M_PI_2 / (n * (n + 1));
  }
  return coefficients;
}

SineCosine sineCosineOfTurns(TileBuilder &tiles, Value turns,
                             FloatType element) {
  Arithmetic a{tiles};
  OpBuilder &b = tiles.builder;
  Location loc = tiles.loc;
  // Whole turns go first, then whole quarters: x is in quarters, from -1/2 to
  // 1/2.
  Value fraction = a.subtract(turns, a.nearest(turns));
  Value quarters = a.multiply(fraction, a.number(fraction, 4));
  Value quarter = a.nearest(quarters);
  Value x = tiles.convert(a.subtract(quarters, quarter), element);
  quarter = tiles.convert(quarter, element); // -2 to 2
  Value square = a.multiply(x, x);
  unsigned terms = element.isF64() ? 9 : 5;
  Value sine = a.multiply(x, a.polynomial(square, taylor(true, terms)));
  Value cosine = a.polynomial(square, taylor(false, terms + 1));
  // Odd quarters swap sine and cosine; the sine of a turn by 2 or -1 quarters
  // and the cosine of one by 1 or 2 change their sign.
  auto is = [&](double value) -> Value {
    return arith::CmpFOp::create(b, loc, arith::CmpFPredicate::OEQ, quarter,
                                 a.number(quarter, value));
  };
  auto either = [&](Value p, Value q) -> Value {
    return arith::OrIOp::create(b, loc, p, q);
  };
  Value ahead = is(1), behind = is(-1), opposite = either(is(2), is(-2)),
        odd = either(ahead, behind);
  auto negateIf = [&](Value condition, Value value) {
    return a.select(condition, arith::NegFOp::create(b, loc, value), value);
  };
  return {negateIf(either(opposite, behind), a.select(odd, cosine, sine)),
          negateIf(either(opposite, ahead), a.select(odd, sine, cosine))};
}

} // namespace attention
