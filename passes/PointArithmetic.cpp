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

/// The sum of each row, in every column of it. A product with a column of ones
/// keeps the rank, and is what kernels do well.
Value PointArithmetic::rowSums(Value points) {
  RankedTensorType type = typeOf(points);
  int64_t rank = type.getRank(), width = type.getShape().back();
  Value ones =
      constant(RankedTensorType::get({1, width}, type.getElementType()), 1);
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = 1;
  Value sums = ProjectOp::create(builder, loc, type.clone(shape), points, ones,
                                 /*bias=*/Value());
  SmallVector<ReassociationIndices> groups;
  for (int64_t dim = 0; dim + 1 < rank; ++dim)
    groups.push_back({dim});
  if (rank > 1) // else the one sum has no dimension
    groups.back().push_back(rank - 1);
  auto rows =
      RankedTensorType::get(type.getShape().drop_back(), type.getElementType());
  Value perRow =
      tensor::CollapseShapeOp::create(builder, loc, rows, sums, groups);
  Value empty = tensor::EmptyOp::create(builder, loc, type.getShape(),
                                        type.getElementType(),
                                        dynamicSizes(builder, loc, points));
  return linalg::BroadcastOp::create(builder, loc, perRow, empty,
                                     ArrayRef<int64_t>{rank - 1})
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
