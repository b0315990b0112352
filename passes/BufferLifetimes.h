/// When the buffers of a function are in use.
#ifndef ATTENTION_PASSES_BUFFERLIFETIMES_H
#define ATTENTION_PASSES_BUFFERLIFETIMES_H

#include "mlir/Dialect/Bufferization/Transforms/BufferViewFlowAnalysis.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

namespace attention {

/// A span of a function's operations, numbered in their order: both ends belong
/// to it.
struct Lifetime {
  int64_t first = 0;
  int64_t last = -1;

  bool overlaps(const Lifetime &other) const {
    return first <= other.last && other.first <= last;
  }
};

/// Numbers the operations of a function and answers when a buffer is in use. A
/// parallel loop counts as one operation; a buffer that is used in a loop which
/// does not contain it is in use during all of that loop.
class BufferLifetimes {
public:
  explicit BufferLifetimes(mlir::func::FuncOp function);

  /// The span from the first to the last use of `alloc`'s buffer through any of
  /// its views; empty where it is never used.
  Lifetime of(mlir::Operation *alloc) const;

  /// Whether the buffer outlives the iteration of a loop that allocates it.
  bool leavesItsLoop(mlir::Operation *alloc) const;

private:
  void number(mlir::Operation *op);
  Lifetime ofUse(mlir::Operation *user, mlir::Operation *alloc) const;

  mlir::func::FuncOp function;
  mlir::BufferViewFlowAnalysis views;
  llvm::DenseMap<mlir::Operation *, Lifetime> spans;
  int64_t next = 0;
};

} // namespace attention

#endif // ATTENTION_PASSES_BUFFERLIFETIMES_H
