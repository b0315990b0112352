/// Which columns of a masked tile count, block of rows by block of rows.
#ifndef ATTENTION_LOWERING_CPU_SEENCOLUMNS_H
#define ATTENTION_LOWERING_CPU_SEENCOLUMNS_H

#include "lowering/cpu/Buffers.h"
#include "lowering/cpu/VectorUnit.h"

namespace attention {

/// Tables, in scratch, of the columns outside of which no row of a block sees
/// anything: multiples of the lanes of elementwise work, or of what a matrix
/// unit multiplies at once, found by asking the mask for whole blocks
/// (`Intervals`). A tile at the border of what is seen then costs what it
/// shows.
class SeenColumns {
public:
  struct Range {
    mlir::Value from, to;
  };
  struct Table {
    mlir::Value memory;
    int64_t rows = 0; // of a block
    explicit operator bool() const { return bool(memory); }
  };

  SeenColumns(mlir::ImplicitLocOpBuilder &builder, const VectorUnit &unit,
              Buffers &buffers)
      : b(builder), unit(unit), buffers(buffers) {}

  /// The table of `mask`, a tile of i1, made at the builder's place unless it
  /// is known there; null if what bounds the mask is not.
  Table tableOf(mlir::Value mask);
  /// The columns that the block of rows around `row` sees, of those before
  /// `end`.
  Range rangeOf(const Table &table, mlir::Value row, mlir::Value end);

  /// Tables live as long as the block is lowered in which they were made.
  class Scope {
  public:
    explicit Scope(SeenColumns &tables)
        : tables(tables), outer(tables.known.size()) {}
    ~Scope();

  private:
    SeenColumns &tables;
    size_t outer;
  };

private:
  bool isKnownHere(mlir::Value mask) const;
  Table emitTable(mlir::Value mask);
  Range searchColumns(mlir::Value mask, mlir::Value row);
  int64_t rowsOf(mlir::VectorType mask) const;

  mlir::ImplicitLocOpBuilder &b;
  const VectorUnit &unit;
  Buffers &buffers;
  llvm::SmallVector<std::pair<mlir::Value, Table>> known; // by mask
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_SEENCOLUMNS_H
