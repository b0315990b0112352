/// What a size is computed from: copies of size computations at another place.
#ifndef ATTENTION_PASSES_SIZESLICE_H
#define ATTENTION_PASSES_SIZESLICE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"

namespace attention {

/// Copies computations of sizes out of a function to the builder's place, which
/// may be the start of the same function or another function. Sizes may follow
/// from sizes of the function's arguments and constants, by arithmetic.
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

  /// The value that does not follow from sizes, after `copy` returned null.
  mlir::Value culprit() const { return stoppedAt; }

private:
  mlir::Value copyDim(mlir::Value shaped, int64_t dimension);
  mlir::Value copyDimOfOp(mlir::Operation *op, mlir::Value shaped,
                          int64_t dimension);
  mlir::Value copySize(mlir::OpFoldResult size);
  mlir::Value copyArithmetic(mlir::OpResult result);
  mlir::Value stop(mlir::Value value);

  mlir::OpBuilder &builder;
  mlir::IRMapping mapping;
  mlir::Value stoppedAt;
};

} // namespace attention

#endif // ATTENTION_PASSES_SIZESLICE_H
