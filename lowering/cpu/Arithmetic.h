/// Arithmetic on scalars and vectors alike.
#ifndef ATTENTION_LOWERING_CPU_ARITHMETIC_H
#define ATTENTION_LOWERING_CPU_ARITHMETIC_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"

namespace attention {

/// Emits arithmetic on values of one type, scalar or vector.
class Arithmetic {
public:
  Arithmetic(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type)
      : b(loc, builder), type(type),
        fused(mlir::arith::FastMathFlagsAttr::get(
            builder.getContext(), mlir::arith::FastMathFlags::contract)) {}

  mlir::Value constant(double value) {
    auto attr = b.getFloatAttr(mlir::getElementTypeOrSelf(type), value);
    return splatConstant(attr, type);
  }
  mlir::Value add(mlir::Value x, mlir::Value y) {
    return mlir::arith::AddFOp::create(b, x, y, fused);
  }
  /// These two must round: what they compute is the rounding.
  mlir::Value addRounded(mlir::Value x, double y) {
    return mlir::arith::AddFOp::create(b, x, constant(y));
  }
  mlir::Value subtract(mlir::Value x, mlir::Value y) {
    return mlir::arith::SubFOp::create(b, x, y);
  }
  mlir::Value multiply(mlir::Value x, mlir::Value y) {
    return mlir::arith::MulFOp::create(b, x, y, fused);
  }
  /// x y + z, in one instruction where there is one.
  mlir::Value multiplyAdd(mlir::Value x, mlir::Value y, mlir::Value z) {
    return add(multiply(x, y), z);
  }
  /// x within [low, high]; NaN stays.
  mlir::Value clamp(mlir::Value x, double low, double high) {
    auto limit = [&](double bound, mlir::arith::CmpFPredicate isBeyond) {
      mlir::Value c = constant(bound);
      x = mlir::arith::SelectOp::create(
          b, mlir::arith::CmpFOp::create(b, isBeyond, c, x), c, x);
    };
    limit(low, mlir::arith::CmpFPredicate::OGT);
    limit(high, mlir::arith::CmpFPredicate::OLT);
    return x;
  }
  /// The bits of x, moved up by `count`, as a number.
  mlir::Value shiftBits(mlir::Value x, int64_t count) {
    mlir::Type integer = b.getIntegerType(
        mlir::getElementTypeOrSelf(type).getIntOrFloatBitWidth());
    mlir::Type bits = integer;
    if (auto shaped = llvm::dyn_cast<mlir::VectorType>(type))
      bits = mlir::VectorType::get(shaped.getShape(), integer);
    mlir::Value by = splatConstant(b.getIntegerAttr(integer, count), bits);
    mlir::Value moved = mlir::arith::ShLIOp::create(
        b, mlir::arith::BitcastOp::create(b, bits, x), by);
    return mlir::arith::BitcastOp::create(b, type, moved);
  }

  mlir::ImplicitLocOpBuilder &builder() { return b; }

private:
  mlir::Value splatConstant(mlir::TypedAttr attr, mlir::Type of) {
    if (auto shaped = llvm::dyn_cast<mlir::VectorType>(of))
      attr = mlir::DenseElementsAttr::get(shaped, mlir::Attribute(attr));
    return mlir::arith::ConstantOp::create(b, attr);
  }

  mlir::ImplicitLocOpBuilder b;
  mlir::Type type;
  mlir::arith::FastMathFlagsAttr fused;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_ARITHMETIC_H
