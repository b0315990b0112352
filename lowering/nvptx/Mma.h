/// The matrix instructions, one family for each type of operands.
#ifndef ATTENTION_LOWERING_NVPTX_MMA_H
#define ATTENTION_LOWERING_NVPTX_MMA_H

#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// 16 rows of the left operand by one step along k, as one thread holds them:
/// what `mma` takes as registers, made ready once for all columns.
using LeftStep = llvm::SmallVector<mlir::Value>;
/// One step along k by 8 columns of the right operand.
using RightStep = llvm::SmallVector<mlir::Value>;

/// A family of matrix instructions.
class MmaFamily {
public:
  /// The family for operands of type `element`, null if there is none.
  static std::unique_ptr<MmaFamily> get(mlir::Type element);
  virtual ~MmaFamily() = default;

  /// Columns of the left operand in one step.
  virtual int64_t step() const = 0;
  /// Step `k` of row block `block` of a fragment with `columns` columns.
  virtual LeftStep leftOfFragment(WarpBuilder &b, mlir::Value fragment,
                                  int64_t columns, int64_t block,
                                  int64_t k) const = 0;
  /// The same out of shared memory: rows from `row` on, `k` counts steps (i32).
  virtual LeftStep leftOfShared(WarpBuilder &b,
                                llvm::ArrayRef<LaneAddress> tile,
                                bool transposed, mlir::Value row,
                                mlir::Value k) const = 0;
  /// This lane's addresses of a left operand in shared memory, stored [m][k]
  /// or, if `transposed`, [k][m].
  virtual llvm::SmallVector<LaneAddress>
  leftAddresses(WarpBuilder &b, const SharedTile &tile,
                bool transposed) const = 0;
  /// This lane's addresses of a right operand, stored [n][k] or, if
  /// `transposed`, [k][n], from this warp's first column block on.
  virtual llvm::SmallVector<LaneAddress>
  rightAddresses(WarpBuilder &b, const SharedTile &tile,
                 bool transposed) const = 0;
  /// Step `k` of this warp's column blocks `n` and, if `count` is 2, `n` + 1.
  virtual llvm::SmallVector<RightStep>
  right(WarpBuilder &b, llvm::ArrayRef<LaneAddress> tile, bool transposed,
        mlir::Value k, int64_t n, int64_t count) const = 0;
  /// Four accumulators of a thread: 16 rows by 8 columns.
  virtual void multiply(WarpBuilder &b, const LeftStep &left,
                        const RightStep &right,
                        llvm::MutableArrayRef<mlir::Value> sums) const = 0;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_MMA_H
