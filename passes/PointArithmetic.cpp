#include "passes/PointArithmetic.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/TypeUtilities.h"

#include <cmath>

using namespace mlir;

namespace attention {

static RankedTensorType typeOf(Value tensor) {
  return cast<RankedTensorType>(tensor.getType());
}

/// The dynamic sizes of `like`.
static SmallVector<Value> dynamicSizes(OpBuilder &builder, Location loc,
                                       Value like) {
  SmallVector<Value> sizes;
  for (int64_t dim = 0; dim < typeOf(like).getRank(); ++dim)
    if (typeOf(like).isDynamicDim(dim))
      sizes.push_back(tensor::DimOp::create(builder, loc, like, dim));
  return sizes;
}

Value PointArithmetic::convert(Value values, Type element) {
  auto from = cast<FloatType>(getElementTypeOrSelf(values.getType())),
       to = cast<FloatType>(element);
  if (from == to)
    return values;
  Type type = to;
  if (auto tensor = dyn_cast<RankedTensorType>(values.getType()))
    type = tensor.clone(to);
  if (to.getWidth() > from.getWidth())
    return arith::ExtFOp::create(builder, loc, type, values);
  return arith::TruncFOp::create(builder, loc, type, values);
}

Value PointArithmetic::everywhere(Value factor, Value like) {
  return tensor::SplatOp::create(
      builder, loc, convert(factor, typeOf(like).getElementType()),
      typeOf(like), dynamicSizes(builder, loc, like));
}

Value PointArithmetic::times(Value factor, Value points) {
  return arith::MulFOp::create(builder, loc, points,
                               everywhere(factor, points));
}

Value PointArithmetic::plus(Value points, Value factor, Value rate) {
  return arith::AddFOp::create(builder, loc, points, times(factor, rate));
}

Value PointArithmetic::constant(RankedTensorType type, double number) {
  auto value = builder.getFloatAttr(type.getElementType(), number);
  return arith::ConstantOp::create(
      builder, loc, DenseElementsAttr::get(type, Attribute(value)));
}

/// The sum of each row, in every column of it.
Value PointArithmetic::rowSums(Value points) {
  RankedTensorType type = typeOf(points);
  SmallVector<Value> sizes = dynamicSizes(builder, loc, points);
  int64_t last = type.getRank() - 1;
  Value none = tensor::EmptyOp::create(
      builder, loc, type.getShape().drop_back(), type.getElementType(),
      ArrayRef(sizes).take_front(type.getNumDynamicDims() -
                                 type.isDynamicDim(last)));
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(type.getElementType()));
  Value zeros = linalg::FillOp::create(builder, loc, zero, none).getResult(0);
  auto sums = linalg::ReduceOp::create(
      builder, loc, points, zeros, last,
      [](OpBuilder &b, Location l, ValueRange both) {
        linalg::YieldOp::create(
            b, l, arith::AddFOp::create(b, l, both[0], both[1]).getResult());
      });
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        type.getElementType(), sizes);
  return linalg::BroadcastOp::create(builder, loc, sums->getResult(0), empty,
                                     ArrayRef<int64_t>{last})
      ->getResult(0);
}

Value PointArithmetic::tangent(Value rate, Value point) {
  Value along = rowSums(arith::MulFOp::create(builder, loc, rate, point));
  Value radial = arith::MulFOp::create(builder, loc, point, along);
  return arith::SubFOp::create(builder, loc, rate, radial);
}

Value PointArithmetic::onSphere(Value points) {
  RankedTensorType type = typeOf(points);
  int64_t width = type.getShape().back();
  Value gain = constant(RankedTensorType::get({width}, type.getElementType()),
                        1 / std::sqrt(double(std::max<int64_t>(width, 1))));
  // Just enough that a row of zeros has a divisor.
  const llvm::fltSemantics &format =
      cast<FloatType>(type.getElementType()).getFloatSemantics();
  llvm::APFloat least = llvm::APFloat::getSmallestNormalized(format);
  return RmsNormOp::create(builder, loc, type, points, gain,
                           builder.getF64FloatAttr(least.convertToDouble()));
}

} // namespace attention
