/// Scalar code, such as that of `attention.variant`, applied to tiles element
/// by element.
#ifndef ATTENTION_DIALECT_VARIANTS_SCALARCODE_H
#define ATTENTION_DIALECT_VARIANTS_SCALARCODE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/IRMapping.h"

namespace attention {

/// Emits what scalars depend on, on demand and once, for tiles of one shape.
class ScalarCode {
public:
  ScalarCode(mlir::OpBuilder &builder, mlir::Location loc,
             llvm::ArrayRef<int64_t> shape)
      : builder(builder), loc(loc), shape(shape) {}

  /// Says which tile stands for a scalar.
  void bind(mlir::Value scalar, mlir::Value tile) { mapping.map(scalar, tile); }
  void bind(mlir::ValueRange scalars, mlir::ValueRange tiles) {
    mapping.map(scalars, tiles);
  }
  /// The tile that a scalar is. All that it depends on is bound, or code for
  /// which `hasTileForm`.
  mlir::Value tile(mlir::Value scalar);

private:
  mlir::Value evaluate(mlir::Value scalar);
  mlir::Value asTile(mlir::Value value);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  llvm::SmallVector<int64_t, 2> shape;
  mlir::IRMapping mapping;
};

/// Whether an op of scalar code can be applied to tiles.
bool hasTileForm(mlir::Operation &op);

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_SCALARCODE_H
