/// What a size is computed from: copies of size computations at another place.
#ifndef ATTENTION_PASSES_SIZESLICE_H
#define ATTENTION_PASSES_SIZESLICE_H

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace attention {

/// Copies computations of sizes out of a function to the builder's place, which
/// may be the start of the same function or another function. Sizes may follow
/// from sizes of the function's arguments and constants, by arithmetic, and by
/// loops that count with them.
class SizeSlice {
public:
  /// `arguments` maps the function's arguments to what stands for them at the
  /// builder's place.
  SizeSlice(mlir::OpBuilder &builder, const mlir::IRMapping &arguments)
      : builder(builder), mapping(arguments) {}

  /// Returns a copy of `size` (an index, integer or i1), or null where it does
  /// not follow from sizes alone; then `culprit()` says what stopped it.
  mlir::Value copy(mlir::Value size);

  /// Like `copy`, and reports the culprit as an error on its place.
  mlir::Value copyOrReport(mlir::Value size, llvm::StringRef what);

  /// Returns a copy of `size` or, where that varies in a loop, of the most that
  /// it can be, if a minimum tells; null otherwise. Sizes are never negative.
  mlir::Value bound(mlir::Value size);

  /// Like `bound`, and reports the culprit as an error on its place.
  mlir::Value boundOrReport(mlir::Value size, llvm::StringRef what);

  /// Copies a loop with the sizes that it carries, and lets `inside` copy more
  /// of its body; false, and no copy, where they do not follow from sizes
  /// alone.
  bool
  copyLoop(mlir::scf::ForOp loop,
           llvm::function_ref<void(mlir::OpBuilder &, SizeSlice &)> inside);

  /// The value that does not follow from sizes, after `copy` returned null.
  mlir::Value culprit() const { return stoppedAt; }

private:
  mlir::Value copyDim(mlir::Value shaped, int64_t dimension);
  mlir::Value copyDimOfOp(mlir::Operation *op, mlir::Value shaped,
                          int64_t dimension);
  mlir::Value copySize(mlir::OpFoldResult size);
  mlir::Value copyArithmetic(mlir::OpResult result);
  mlir::Value copyExactly(mlir::Value size);
  mlir::Value boundOperation(mlir::Operation *op);
  mlir::Value boundMinimum(mlir::affine::AffineMinOp op);
  mlir::Value boundDifference(mlir::arith::SubIOp op);
  mlir::Value boundGrowing(mlir::Operation *op,
                           llvm::function_ref<bool(unsigned)> grows);
  mlir::Value smallest(llvm::ArrayRef<mlir::Value> bounds, mlir::Operation *op);
  mlir::Value orReport(mlir::Value copied, llvm::StringRef what);
  mlir::Value stop(mlir::Value value);

  mlir::OpBuilder &builder;
  mlir::IRMapping mapping;
  mlir::Value stoppedAt;
  bool bounding = false; ///< whether the most that a size can be will do
};

} // namespace attention

#endif // ATTENTION_PASSES_SIZESLICE_H
