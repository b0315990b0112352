/// Arithmetic on points, and on the sphere, as ops on tensors.
#ifndef ATTENTION_PASSES_POINTARITHMETIC_H
#define ATTENTION_PASSES_POINTARITHMETIC_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace attention {

/// Creates ops at the place of `builder`. Points and rates have one shape and
/// the type that is computed in; factors are f64 scalars.
class PointArithmetic {
public:
  PointArithmetic(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}

  /// `factor` everywhere, in the shape and type of `like`.
  mlir::Value everywhere(mlir::Value factor, mlir::Value like);
  mlir::Value times(mlir::Value factor, mlir::Value points);
  /// points + factor rate
  mlir::Value plus(mlir::Value points, mlir::Value factor, mlir::Value rate);
  /// `values`, a tensor or a number, as floats of type `element`.
  mlir::Value convert(mlir::Value values, mlir::Type element);

  /// What of `rate` is tangent to the sphere at `point`, row by row: u - p (p .
  /// u).
  mlir::Value tangent(mlir::Value rate, mlir::Value point);
  /// `points` with rows of length 1; rows of zeros stay. The mean of a row's
  /// squares must be above the smallest normal number.
  mlir::Value onSphere(mlir::Value points);

private:
  mlir::Value rowSums(mlir::Value points);
  mlir::Value constant(mlir::RankedTensorType type, double number);

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace attention

#endif // ATTENTION_PASSES_POINTARITHMETIC_H
