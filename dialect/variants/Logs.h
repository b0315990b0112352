/// Tile arithmetic on logarithms.
#ifndef ATTENTION_DIALECT_VARIANTS_LOGS_H
#define ATTENTION_DIALECT_VARIANTS_LOGS_H

#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

#include <limits>

namespace attention {

struct Logs {
  using Value = mlir::Value;

  mlir::OpBuilder &b;
  mlir::Location loc;
  static constexpr double infinity = std::numeric_limits<double>::infinity();

  Value sub(Value x, Value y) {
    return mlir::arith::SubFOp::create(b, loc, x, y);
  }
  Value add(Value x, Value y) {
    return mlir::arith::AddFOp::create(b, loc, x, y);
  }
  Value mul(Value x, Value y) {
    return mlir::arith::MulFOp::create(b, loc, x, y);
  }
  Value exp(Value x) { return mlir::math::ExpOp::create(b, loc, x); }
  Value log(Value x) { return mlir::math::LogOp::create(b, loc, x); }
  Value larger(Value x, Value y) {
    return mlir::arith::MaximumFOp::create(b, loc, x, y);
  }
  Value fill(Value like, double number) {
    return splat(b, loc, like.getType(), number);
  }
  Value is(Value x, double number) {
    return mlir::arith::CmpFOp::create(b, loc, mlir::arith::CmpFPredicate::OEQ,
                                       x, fill(x, number));
  }
  Value select(Value condition, Value yes, Value no) {
    return mlir::arith::SelectOp::create(b, loc, condition, yes, no);
  }
  /// 0 in place of -inf, which nothing can be relative to.
  Value reference(Value x) { return select(is(x, -infinity), fill(x, 0), x); }
  /// exp(x - reference)
  Value relative(Value x, Value ref) { return exp(sub(x, ref)); }
  Value rowMaximum(Value tile) {
    auto type = mlir::cast<mlir::VectorType>(tile.getType());
    auto perRow =
        mlir::VectorType::get({type.getDimSize(0)}, type.getElementType());
    return rowMax(b, loc, tile, splat(b, loc, perRow, -infinity));
  }
  /// With what came before. `(rows, columns)`, `(columns)`
  Value columnMaximum(Value tile, Value before) {
    return mlir::vector::MultiDimReductionOp::create(
        b, loc, tile, before, {true, false},
        mlir::vector::CombiningKind::MAXIMUMF);
  }
  Value columnMaximum(Value tile) {
    return columnMaximum(tile, splat(b, loc, perColumn(tile), -infinity));
  }
  Value columnMinimum(Value tile, Value before) {
    return mlir::vector::MultiDimReductionOp::create(
        b, loc, tile, before, {true, false},
        mlir::vector::CombiningKind::MINIMUMF);
  }
  /// Whether all elements of a tile of one dimension are below `limit`; what is
  /// not a number is not (i1).
  Value isBelow(Value tile, double limit) {
    Value below = mlir::arith::CmpFOp::create(
        b, loc, mlir::arith::CmpFPredicate::OLT, tile, fill(tile, limit));
    Value others = mlir::vector::ReductionOp::create(
        b, loc, mlir::vector::CombiningKind::ADD,
        select(below, fill(tile, 0), fill(tile, 1)));
    return is(others, 0);
  }
  /// Whether the elements of each column are less than `farthest` apart; what
  /// is not a number counts as far, or is left out (i1).
  Value columnsAreWithin(Value tile, double farthest) {
    Value smallest =
        columnMinimum(tile, splat(b, loc, perColumn(tile), infinity));
    return isBelow(sub(columnMaximum(tile), smallest), farthest);
  }
  Value across(Value perRow, Value like) {
    return alongRows(
        b, loc, perRow,
        mlir::cast<mlir::VectorType>(like.getType()).getDimSize(1));
  }
  Value down(Value perColumn, Value like) {
    return alongColumns(
        b, loc, perColumn,
        mlir::cast<mlir::VectorType>(like.getType()).getDimSize(0));
  }
  /// Rows of sums divided by the sum of their weights; 0 where there is none.
  Value quotient(Value sums, Value weight) {
    Value divisor = select(is(weight, 0), fill(weight, 1), weight);
    return divideRows(b, loc, sums, divisor);
  }

private:
  mlir::VectorType perColumn(Value tile) {
    auto type = mlir::cast<mlir::VectorType>(tile.getType());
    return mlir::VectorType::get({type.getDimSize(1)}, type.getElementType());
  }
};

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_LOGS_H
