#include "dialect/variants/Sum.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

bool sumAccepts(Clause clause) {
  switch (clause) {
  case Clause::Visible:
  case Clause::Scale:
  case Clause::Score:
  case Clause::Bias:
    return true;
  default:
    return false;
  }
}

SmallVector<Type> sumTypes(const PartialShape &shape) {
  return {VectorType::get({shape.rows, shape.columns}, shape.type)};
}

State emptySum(OpBuilder &builder, Location loc, const PartialShape &shape) {
  return {splat(builder, loc, sumTypes(shape).front(), 0)};
}

State joinSums(OpBuilder &builder, Location loc, ValueRange first,
               ValueRange second) {
  return {arith::AddFOp::create(builder, loc, first.front(), second.front())};
}

} // namespace attention
