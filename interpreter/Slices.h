/// Strided boxes of arrays, as `tensor` and `scf.forall` cut and place them.
#ifndef ATTENTION_INTERPRETER_SLICES_H
#define ATTENTION_INTERPRETER_SLICES_H

#include "interpreter/Interpreter.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

namespace attention {

struct Box {
  Shape offsets, sizes, strides;
};

/// The box that the op names; fails unless it lies within an array of `shape`.
llvm::FailureOr<Box> boxOf(mlir::OffsetSizeAndStrideOpInterface op,
                           const Frame &frame, llvm::ArrayRef<int64_t> shape);

/// `target` with `source` in place of the box: its sizes must be those of the
/// box without the dropped dimensions.
llvm::LogicalResult placeSlice(mlir::Operation *op, const Box &box,
                               const llvm::SmallBitVector &dropped,
                               const Array &source, Array &target);

} // namespace attention

#endif // ATTENTION_INTERPRETER_SLICES_H
