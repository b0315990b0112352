/// How a reduction of a row gathers its elements, register by register.
#ifndef ATTENTION_LOWERING_CPU_ROWGATHER_H
#define ATTENTION_LOWERING_CPU_ROWGATHER_H

#include "lowering/cpu/Points.h"
#include "lowering/cpu/VectorUnit.h"

namespace attention {

/// Chooses the cheapest way that gives the same:
/// - sums of what was rounded to bf16, by products of pairs with 1;
/// - maxima of products with one positive number, as the product of the maximum
///   (rounding keeps order);
/// - whether any element differs from a number, which a maximum of one of two
///   constants asks, by the bits that differ;
/// - else the reduction of what the elements are.
class RowGather {
public:
  RowGather(const VectorUnit &unit, mlir::vector::MultiDimReductionOp op,
            int64_t lanes);

  /// What nothing has been gathered into yet.
  mlir::Value neutral(mlir::ImplicitLocOpBuilder &b);
  /// Adds the elements at `point` to what was gathered `before`.
  mlir::Value add(Points &points, mlir::Value before, const Point &point);
  /// The reduction of `row`, without what it starts from.
  mlir::Value finish(Points &points, mlir::Value row, mlir::Value gathered);

private:
  void findPairs(const VectorUnit &unit);
  void findFactor();
  void findDifference();

  mlir::vector::MultiDimReductionOp op;
  int64_t lanes;
  mlir::Value source;
  bool isPaired = false;
  mlir::Value factor; // that the maximum is multiplied by
  /// The number that elements differ from, as bits, and the maximum where any
  /// does, or none.
  mlir::IntegerAttr number;
  mlir::TypedAttr some, none;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_ROWGATHER_H
