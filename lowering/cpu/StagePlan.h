/// What a run of pointwise work between two cuts keeps, and in which order it
/// is computed.
#ifndef ATTENTION_LOWERING_CPU_STAGEPLAN_H
#define ATTENTION_LOWERING_CPU_STAGEPLAN_H

#include "lowering/cpu/Buffers.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <set>
#include <string>
#include <tuple>

namespace attention {

/// A loop nest of a stage: over rows and, inside, columns; or over the elements
/// of rank-1 tiles, as vectors.
struct Nest {
  bool hasRows = false;
  int64_t extent = 0; // of the outer loop
  bool operator<(const Nest &other) const {
    return std::tie(hasRows, extent) < std::tie(other.hasRows, other.extent);
  }
  bool operator==(const Nest &other) const {
    return hasRows == other.hasRows && extent == other.extent;
  }
};

/// A group of pointwise ops, of whose tiles only the *roots* are stored; the
/// others exist at points only. Tiles of rows and columns are computed by a
/// loop over rows, in which each *phase* is one loop over columns: a row
/// reduction ends a phase.
class StagePlan {
public:
  /// A tile to store, in scratch or by a write.
  struct Root {
    mlir::Value tile;
    mlir::Value scratch;
    mlir::vector::TransferWriteOp write;
  };

  explicit StagePlan(Buffers &buffers) : buffers(&buffers) {}

  void add(mlir::Operation *op);
  llvm::ArrayRef<mlir::Operation *> ops() const { return opList; }
  bool contains(mlir::Operation *op) const { return opSet.contains(op); }
  /// Takes ops out again, which will be computed elsewhere.
  void remove(const llvm::DenseSet<mlir::Operation *> &removed);

  void addRoot(mlir::Value tile);
  /// Asks for a copy of a tile, wherever it lies.
  void addCopy(mlir::Value tile, mlir::Value scratch);
  void addWrite(mlir::vector::TransferWriteOp write);
  bool isRoot(mlir::Value tile) const;
  llvm::MutableArrayRef<Root> roots() { return rootList; }

  /// How many row reductions of the group lie one behind another before `tile`.
  int phase(mlir::Value tile);
  /// The mask of the loop over columns that stores a root or gathers a row
  /// reduction: outside of it there is nothing to do. Null if there is none.
  mlir::Value maskOf(const Root &root);
  mlir::Value maskOf(mlir::Operation *rowReduction);
  /// The place of that loop among those of a row: by phases, and in a phase
  /// each mask has its own.
  int loopOf(const Root &root);
  int loopOf(mlir::Operation *rowReduction);
  /// The nest that computes `tile`.
  Nest nestOf(mlir::Value tile);

  /// Whether computing `tile` takes functions, up to what is stored.
  bool isCostly(mlir::Value tile);
  /// Adds as roots what would otherwise be computed again at a price.
  void addExpensiveRoots();

  /// Finds out how the stage reads scratch, once all roots are known.
  void planAccesses();
  /// The scratch that the stage reads.
  llvm::SmallVector<mlir::Value> scratchRead() const;
  /// Whether `root` may be stored over what lies in `scratch` without harm to
  /// what this stage still reads from there.
  bool mayOverwrite(mlir::Value scratch, const Root &root);

private:
  /// One way in which the stage reads scratch: `pattern` holds for each
  /// dimension r (the row), l (lanes of columns) or u (of size 1).
  struct Access {
    mlir::Value scratch;
    Nest nest;
    int loop;
    std::string pattern;
  };

  int loopOf(int phase, mlir::Value mask);
  bool needsElements(mlir::Value tile);
  bool isCheaperFlat(mlir::Operation *op);
  std::string patternOf(mlir::Value tile, const Nest &nest) const;
  void collect(mlir::Value tile, std::string pattern, const Nest &nest,
               int loop);
  void collectOperands(mlir::Operation *op, const std::string &pattern,
                       const Nest &nest, int loop);

  Buffers *buffers;
  llvm::SmallVector<mlir::Operation *> opList;
  llvm::DenseSet<mlir::Operation *> opSet;
  llvm::SmallVector<Root> rootList;
  llvm::DenseMap<mlir::Value, int> phases;
  llvm::DenseMap<mlir::Value, bool> elementwise, costly;
  llvm::SmallVector<mlir::Value> masks;
  llvm::SmallVector<Access> accesses;
  std::set<std::tuple<void *, std::string, int, Nest>> visited;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_STAGEPLAN_H
