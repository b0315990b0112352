/// Access to the elements of a tile in memory: loads and stores of one element
/// or of one register of neighbouring columns.
#ifndef ATTENTION_LOWERING_CPU_TILEMEMORY_H
#define ATTENTION_LOWERING_CPU_TILEMEMORY_H

#include "mlir/Dialect/Vector/IR/VectorOps.h"

namespace attention {

/// The binding of one dimension of a tile at a point: one element (`lanes` is
/// 0), `lanes` neighbouring elements from `index` on, or nothing for a
/// dimension of size 1 (`index` is null).
struct Bind {
  mlir::Value index;
  int64_t lanes = 0;

  static Bind unit() { return {}; }
  static Bind element(mlir::Value index) { return {index, 0}; }
  static Bind vector(mlir::Value index, int64_t lanes) {
    return {index, lanes};
  }
  /// The same, but one lane is an element.
  static Bind columns(mlir::Value index, int64_t lanes) {
    return {index, lanes == 1 ? 0 : lanes};
  }
  bool operator==(const Bind &other) const {
    return index == other.index && lanes == other.lanes;
  }
};
using Point = llvm::SmallVector<Bind, 2>;

/// The lanes that a point spans; 0 for a single element.
int64_t lanesOf(llvm::ArrayRef<Bind> point);

/// `type` at a point: a vector of its lanes, or the type itself.
mlir::Type typeAt(mlir::Type element, llvm::ArrayRef<Bind> point);

/// A tile in a memref, at some place of it.
struct TileMemory {
  /// A memref of the tile's rank that starts at the tile's first element, or
  /// scratch, which lacks the tile's dimensions of size 1.
  mlir::Value memory;
  /// For each dimension of the tile whether `memory` lacks it.
  llvm::SmallVector<bool, 2> lacks;
  /// For each dimension of the tile how many of its elements are inside of the
  /// memref (may be negative, or more than the tile's size); null where all
  /// are.
  llvm::SmallVector<mlir::Value, 2> limits;

  /// A tile of shape `tile` at `indices` of `memref`.
  static TileMemory in(mlir::ImplicitLocOpBuilder &b, mlir::Value memref,
                       mlir::ValueRange indices, mlir::VectorType tile,
                       llvm::ArrayRef<bool> inBounds);
  static TileMemory of(mlir::ImplicitLocOpBuilder &b,
                       mlir::vector::TransferReadOp read);
  static TileMemory of(mlir::ImplicitLocOpBuilder &b,
                       mlir::vector::TransferWriteOp write);
  static TileMemory scratch(mlir::Value memory, mlir::VectorType tile);

  /// Loads what `point` spans as `element`; `padding` (a scalar) stands for
  /// elements outside of the limits.
  mlir::Value load(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<Bind> point,
                   mlir::Type element, mlir::Value padding) const;
  /// Stores `value` at `point`, but for elements outside of the limits.
  void store(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<Bind> point,
             mlir::Value value) const;

private:
  mlir::Value loadInside(mlir::ImplicitLocOpBuilder &b,
                         llvm::ArrayRef<Bind> point, mlir::Type element,
                         mlir::Value padding) const;
  void storeInside(mlir::ImplicitLocOpBuilder &b, llvm::ArrayRef<Bind> point,
                   mlir::Value value) const;
  /// The indices of `point` into `memory`.
  llvm::SmallVector<mlir::Value> indicesOf(mlir::ImplicitLocOpBuilder &b,
                                           llvm::ArrayRef<Bind> point) const;
  /// Whether the elements (not lanes) of `point` are inside; null if known.
  mlir::Value isInside(mlir::ImplicitLocOpBuilder &b,
                       llvm::ArrayRef<Bind> point) const;
  /// Which lanes of `point` are inside; null if all are.
  mlir::Value laneMask(mlir::ImplicitLocOpBuilder &b,
                       llvm::ArrayRef<Bind> point) const;
};

/// Converts between the type of an element and the type it is stored as: i1 as
/// i8, 16-bit floating point perhaps as f32. Vectors alike.
mlir::Value convertElement(mlir::ImplicitLocOpBuilder &b, mlir::Value value,
                           mlir::Type element);

mlir::Value indexConstant(mlir::ImplicitLocOpBuilder &b, int64_t value);
/// a + c, without an op where one is the constant 0.
mlir::Value addIndex(mlir::ImplicitLocOpBuilder &b, mlir::Value a,
                     mlir::Value c);
/// All lanes of a vector equal to `scalar`.
mlir::Value splat(mlir::ImplicitLocOpBuilder &b, mlir::Value scalar,
                  int64_t lanes);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_TILEMEMORY_H
