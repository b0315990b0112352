/// Functions of numbers, each lane by itself.
#include "test/emulator/Warp.h"
#include <cmath>

using namespace llvm;

namespace attention::emulator {

static double maximum(double x, double y) {
  return std::isnan(x) || std::isnan(y) ? NAN : std::max(x, y);
}

/// A function of numbers; null-ary on what is not known.
static bool evaluateMath(Intrinsic::ID id, ArrayRef<Bits> a, Type *type,
                         Bits &result) {
  auto real = [&](unsigned i) { return toDouble(a[i], type); };
  auto whole = [&](unsigned i) { return toSigned(a[i], widthOf(type)); };
  auto is = [&](double value) {
    result = fromDouble(value, type);
    return true;
  };
  auto isWhole = [&](int64_t value) {
    result = truncated(value, widthOf(type));
    return true;
  };
  switch (id) {
  case Intrinsic::fma:
    if (type->isFloatTy())
      return is(std::fma(float(real(0)), float(real(1)), float(real(2))));
    return is(std::fma(real(0), real(1), real(2)));
  case Intrinsic::fabs:
    result = a[0] & ~(Bits(1) << (widthOf(type) - 1));
    return true;
  case Intrinsic::floor:
    return is(std::floor(real(0)));
  case Intrinsic::ceil:
    return is(std::ceil(real(0)));
  case Intrinsic::trunc:
    return is(std::trunc(real(0)));
  case Intrinsic::roundeven:
  case Intrinsic::rint:
    return is(std::nearbyint(real(0)));
  case Intrinsic::sqrt:
    return is(std::sqrt(real(0)));
  case Intrinsic::copysign:
    return is(std::copysign(real(0), real(1)));
  case Intrinsic::maximum:
    return is(maximum(real(0), real(1)));
  case Intrinsic::minimum:
    return is(-maximum(-real(0), -real(1)));
  case Intrinsic::maxnum:
    return is(std::fmax(real(0), real(1)));
  case Intrinsic::minnum:
    return is(std::fmin(real(0), real(1)));
  case Intrinsic::smax:
    return isWhole(std::max(whole(0), whole(1)));
  case Intrinsic::smin:
    return isWhole(std::min(whole(0), whole(1)));
  case Intrinsic::umax:
    return isWhole(std::max(a[0], a[1]));
  case Intrinsic::umin:
    return isWhole(std::min(a[0], a[1]));
  case Intrinsic::usub_sat:
    return isWhole(a[0] > a[1] ? a[0] - a[1] : 0);
  case Intrinsic::abs:
    return isWhole(std::abs(whole(0)));
  default:
    return false;
  }
}

LaneValues Warp::mathFunction(IntrinsicInst &call) {
  SmallVector<Type *> types = elementsOf(call.getType());
  LaneValues result = zeros(types.size());
  SmallVector<const LaneValues *> arguments;
  for (llvm::Value *argument : call.args())
    arguments.push_back(&get(argument));
  SmallVector<Bits> operands(arguments.size());
  for (size_t i = 0; i < types.size(); ++i)
    for (unsigned lane = 0; lane < laneCount; ++lane) {
      for (auto [operand, value] : zip(operands, arguments))
        operand = (*value)[std::min(i, value->size() - 1)][lane];
      if (!evaluateMath(call.getIntrinsicID(), operands, types[i],
                        result[i][lane]))
        fail("has an unknown function");
    }
  return result;
}

} // namespace attention::emulator
