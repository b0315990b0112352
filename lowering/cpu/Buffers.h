/// Scratch memory that holds tiles which do not fit registers.
#ifndef ATTENTION_LOWERING_CPU_BUFFERS_H
#define ATTENTION_LOWERING_CPU_BUFFERS_H

#include "mlir/IR/Builders.h"
#include "llvm/ADT/DenseSet.h"

namespace attention {

/// Knows where each stored tile lies and which scratch is free. Scratch is
/// `memref.alloca` of static shape at the start of a task: the body of a
/// parallel loop, or the function outside of them. It has the tile's shape
/// without dimensions of size 1; i1 is kept as i8.
class Buffers {
public:
  /// With `spreadsRows`, rows of tiles never start a multiple of 512 bytes
  /// apart, which the first-level cache would keep in few of its sets.
  explicit Buffers(mlir::ImplicitLocOpBuilder &builder,
                   bool spreadsRows = false)
      : b(builder), spreadsRows(spreadsRows) {}

  /// The scratch that holds `tile`, or null.
  mlir::Value lookup(mlir::Value tile) const { return places.lookup(tile); }
  void place(mlir::Value tile, mlir::Value memory) { places[tile] = memory; }
  void forget(mlir::Value tile) { places.erase(tile); }
  /// The tiles that lie in `memory`.
  llvm::SmallVector<mlir::Value> residents(mlir::Value memory) const;

  /// The type of the scratch for a tile; `element` replaces its element type.
  mlir::MemRefType typeFor(mlir::VectorType tile, mlir::Type element = {});
  mlir::Value allocate(mlir::MemRefType type);
  /// Gives scratch back, unless a tile lies in it or it is pinned.
  void release(mlir::Value memory);

  /// Pinned scratch is the destination of a loop or branch that is being
  /// lowered: only the value it is meant for may be put there.
  void pin(mlir::Value memory) { ++pins[memory]; }
  void unpin(mlir::Value memory) { --pins[memory]; }
  bool isPinned(mlir::Value memory) const { return pins.lookup(memory) > 0; }

  /// Forgets what happened to places since `allPlaces()` was taken: of two
  /// branches, the second starts as the first did. Scratch that holds a tile
  /// again is no longer free.
  const llvm::DenseMap<mlir::Value, mlir::Value> &allPlaces() const {
    return places;
  }
  void restore(llvm::DenseMap<mlir::Value, mlir::Value> earlier);

  /// One task: allocations go to the start of `block`.
  class Scope {
  public:
    Scope(Buffers &buffers, mlir::Block *block);
    ~Scope();

  private:
    Buffers &buffers;
    mlir::Block *outerBlock;
    llvm::SmallVector<mlir::Value> outerFree;
  };

private:
  mlir::ImplicitLocOpBuilder &b;
  bool spreadsRows;
  mlir::Block *block = nullptr;
  llvm::SmallVector<mlir::Value> freeList;
  llvm::DenseMap<mlir::Value, mlir::Value> places;
  llvm::DenseMap<mlir::Value, int> pins;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_BUFFERS_H
