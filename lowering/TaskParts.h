/// Which parts of tensors the tasks of a parallel loop read and fill.
#ifndef ATTENTION_LOWERING_TASKPARTS_H
#define ATTENTION_LOWERING_TASKPARTS_H

#include "lowering/TileChunk.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace attention {

/// A part of a tensor.
struct Place {
  llvm::SmallVector<mlir::OpFoldResult> offsets, sizes, strides;
};

/// What all heads yield: `[batch, heads, queries, e]`, or `[batch, queries,
/// heads * e]` if nothing but a `merge_heads` reads it.
class HeadOutput {
public:
  /// `output` is the result to replace.
  HeadOutput(mlir::OpBuilder &builder, const TokenOperands &op,
             mlir::Value output);

  mlir::Value empty();
  /// `count` rows of a head from `first` on.
  Place rows(mlir::Value batch, mlir::Value head, mlir::OpFoldResult first,
             mlir::OpFoldResult count);
  /// These rows of `shared`, as `[count, e]`.
  mlir::Value slice(mlir::Value shared, const Place &place);
  void replaceBy(mlir::Value whole);

  mlir::OpFoldResult batches, heads, queries; ///< heads with all their parts

private:
  mlir::OpBuilder &b;
  const TokenOperands &op;
  mlir::Value output;
  MergeHeadsOp merge;
};

/// All that belongs to one task of a tensor `[tasks..., sizes...]`.
Place placeOf(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value shared,
              mlir::ValueRange task);

/// The tile or scalar of one task in a tensor `[tasks..., sizes...]`, whose
/// last dimensions may be smaller than the tile. `padding` is a tile of one
/// number, or a scalar, of the same type.
mlir::Value readPart(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value shared, mlir::ValueRange task,
                     mlir::Value padding);

/// A part of a tensor that was filled: for the end of a parallel loop.
struct FilledPart {
  mlir::Value filled;
  Place place;
};

/// `tensor` with the tile or scalar of one task written into it.
mlir::Value put(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value part,
                mlir::Value tensor, mlir::ValueRange task);

/// Writes the tile or scalar of one task for the end of a parallel loop.
FilledPart writePart(mlir::OpBuilder &builder, mlir::Location loc,
                     mlir::Value part, mlir::Value shared,
                     mlir::ValueRange task);

/// Lets the tasks of `loop` leave these parts of its outputs.
void leaveParts(mlir::OpBuilder &builder, mlir::scf::ForallOp loop,
                llvm::ArrayRef<FilledPart> parts);

} // namespace attention

#endif // ATTENTION_LOWERING_TASKPARTS_H
