#include "lowering/cpu/LinearCompare.h"

#include "lowering/Tiles.h"

using namespace mlir;

namespace attention {

/// By how much `tile` grows from one column (the last dimension) to the next:
/// null if that is not the same everywhere. Tiles of one column do not grow.
static std::optional<int64_t> stepOf(Value tile) {
  if (!isTile(tile))
    return 0;
  Operation *op = tile.getDefiningOp();
  ArrayRef<int64_t> shape = tileType(tile).getShape();
  if (!op)
    return std::nullopt;
  if (isa<vector::StepOp>(op))
    return 1;
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<SplatElementsAttr>(constant.getValue())
               ? std::optional<int64_t>(0)
               : std::nullopt;
  if (shape.back() == 1)
    return 0;
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op)) {
    Value source = broadcast.getSource();
    bool isWide = isTile(source) && tileType(source).getShape().back() != 1;
    return isWide ? stepOf(source) : 0;
  }
  if (!isa<arith::AddIOp, arith::SubIOp>(op))
    return std::nullopt;
  std::optional<int64_t> left = stepOf(op->getOperand(0)),
                         right = stepOf(op->getOperand(1));
  if (!left || !right)
    return std::nullopt;
  return isa<arith::AddIOp>(op) ? *left + *right : *left - *right;
}

/// `a predicate b` as `-a other -b`.
static arith::CmpIPredicate mirrored(arith::CmpIPredicate predicate) {
  using P = arith::CmpIPredicate;
  switch (predicate) {
  case P::slt:
    return P::sgt;
  case P::sle:
    return P::sge;
  case P::sgt:
    return P::slt;
  case P::sge:
    return P::sle;
  default:
    return predicate;
  }
}

static bool hasSign(arith::CmpIPredicate predicate) {
  return mirrored(predicate) != predicate ||
         llvm::is_contained(
             {arith::CmpIPredicate::eq, arith::CmpIPredicate::ne}, predicate);
}

static Value firstColumns(ImplicitLocOpBuilder &b, int64_t lanes) {
  SmallVector<int32_t> columns(lanes);
  std::iota(columns.begin(), columns.end(), 0);
  return arith::ConstantOp::create(b, b.getI32VectorAttr(columns));
}

Value linearCompare(Points &points, arith::CmpIOp op, const Point &point) {
  VectorType type = tileType(op.getLhs());
  int64_t lanes = point.back().lanes;
  if (type.getRank() != 2 || !lanes || point.front().lanes ||
      !type.getElementType().isIndex() || !hasSign(op.getPredicate()))
    return {};
  std::optional<int64_t> left = stepOf(op.getLhs()),
                         right = stepOf(op.getRhs());
  if (!left || !right || std::abs(*left - *right) != 1)
    return {};
  // Both sides at the row's first column; what one has more than the other,
  // columns do not have where it is less than 0 or more than all.
  ImplicitLocOpBuilder &b = points.builder();
  Point start{point.front(), Bind::unit()};
  Value less = points.at(op.getLhs(), start),
        more = points.at(op.getRhs(), start);
  bool isFalling = *left < *right;
  if (isFalling)
    std::swap(less, more);
  Value bound = arith::SubIOp::create(b, more, less);
  bound = arith::MaxSIOp::create(b, bound, indexConstant(b, -1));
  bound =
      arith::MinSIOp::create(b, bound, indexConstant(b, type.getDimSize(1)));
  auto narrow = [&](Value index) {
    return splat(b, arith::IndexCastOp::create(b, b.getI32Type(), index),
                 lanes);
  };
  Value column = arith::AddIOp::create(b, narrow(point.back().index),
                                       firstColumns(b, lanes));
  return arith::CmpIOp::create(
      b, isFalling ? mirrored(op.getPredicate()) : op.getPredicate(), column,
      narrow(bound));
}

} // namespace attention
