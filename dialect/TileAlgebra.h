/// The nouns that masks and variants speak of: tiles of positions, states, and
/// the visit of one key tile by one query tile.
#ifndef ATTENTION_DIALECT_TILEALGEBRA_H
#define ATTENTION_DIALECT_TILEALGEBRA_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "llvm/ADT/SmallVector.h"

namespace attention {

/// Positions of the first and last query and key of a tile (index, inclusive).
struct TileSpan {
  mlir::Value firstQuery, lastQuery, firstKey, lastKey;
};

/// Key positions from `begin` up to, without, `end`; null where unbounded.
struct KeyRange {
  mlir::Value begin, end;
};

/// The tiles that make up a carry or a partial.
using State = llvm::SmallVector<mlir::Value>;

/// What `finish` reads out of a partial: `(rows, e)` and `(rows)` or null.
struct ReadOut {
  mlir::Value output, logSumExp;
};

/// Sizes of a query tile's partial; `type` is that of scores and sums.
struct PartialShape {
  int64_t rows;     ///< queries in the tile
  int64_t features; ///< d: columns of queries and keys
  int64_t columns;  ///< e: columns of values
  mlir::FloatType type;
};

/// Clauses that not every variant accepts.
enum class Clause {
  Visible,
  Scale,
  Score,
  Bias,
  Sink,
  LogSumExp,
  Decay,
  Beta,
  Remove,
  Replace
};

/// One key tile as one query tile sees it. A target's lowering implements it;
/// variants call it. Everything is computed on demand and at most once.
class Visit {
public:
  Visit(mlir::OpBuilder &builder, mlir::Location loc)
      : builder(builder), loc(loc) {}
  virtual ~Visit() = default;

  /// `factor` times the scores after scale, score map and bias; -inf where the
  /// query does not see the key. `(queries, keys)`
  virtual mlir::Value scores(double factor) = 0;
  /// `weights` where the query sees the key and the score, asked for before, is
  /// not -inf; else 0. `(queries, keys)`
  virtual mlir::Value whereSeen(mlir::Value weights) = 0;
  /// `accumulator + weights x values`; a pair that is not seen contributes
  /// nothing, whatever the value is. `(queries, e)`
  virtual mlir::Value accumulate(mlir::Value weights,
                                 mlir::Value accumulator) = 0;
  /// The tiles themselves, in the type of their tensors; rows that do not exist
  /// are zero. `(queries, d)`, `(keys, d)`, `(keys, e)`
  virtual mlir::Value query() = 0;
  virtual mlir::Value key() = 0;
  virtual mlir::Value value() = 0;

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

} // namespace attention

#endif // ATTENTION_DIALECT_TILEALGEBRA_H
