/// Comparisons of positions, which step by one from column to column.
#ifndef ATTENTION_LOWERING_CPU_LINEARCOMPARE_H
#define ATTENTION_LOWERING_CPU_LINEARCOMPARE_H

#include "lowering/cpu/Points.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

namespace attention {

/// `op` at a vector of columns, where its sides differ by the number of the
/// column and something of the row alone: one comparison of numbers of columns,
/// which fit 32 bits, with a bound that is computed once a row. Null if they do
/// not.
mlir::Value linearCompare(Points &points, mlir::arith::CmpIOp op,
                          const Point &point);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_LINEARCOMPARE_H
