/// Tile arithmetic that variants share.
#ifndef ATTENTION_DIALECT_VARIANTS_TILES_H
#define ATTENTION_DIALECT_VARIANTS_TILES_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"

namespace attention {

/// `number` everywhere in a tile or scalar of this type.
mlir::Value splat(mlir::OpBuilder &builder, mlir::Location loc, mlir::Type type,
                  double number);

/// A value per row, repeated along the `columns`: `(rows)` to `(rows,
/// columns)`.
mlir::Value alongRows(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value perRow, int64_t columns);

/// A value per column, repeated for each of the rows: `(columns)` to `(rows,
/// columns)`.
mlir::Value alongColumns(mlir::OpBuilder &builder, mlir::Location loc,
                         mlir::Value perColumn, int64_t rows);

/// `tile` divided by a value per row, within two units in the last place of
/// each quotient: one division a row, and products.
mlir::Value divideRows(mlir::OpBuilder &builder, mlir::Location loc,
                       mlir::Value tile, mlir::Value perRow);

/// Sum and maximum of each row, with what came before. `(rows, columns)`,
/// `(rows)`
mlir::Value rowSum(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::Value tile, mlir::Value before);
mlir::Value rowMax(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::Value tile, mlir::Value before);

/// `tile` with floats of another type.
mlir::Value castTile(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value tile, mlir::Type element);

/// `tile` in its first `count` columns, `otherwise` beside them.
mlir::Value whereColumn(mlir::OpBuilder &builder, mlir::Location loc,
                        mlir::Value tile, int64_t count, double otherwise);

} // namespace attention

#endif // ATTENTION_DIALECT_VARIANTS_TILES_H
