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
  /// Which pairs are seen: `(queries, keys)` of i1; null if all are.
  virtual mlir::Value seen() = 0;
  /// `weights` where the query sees the key and the score, if it was asked for
  /// before, is not -inf; else 0. `(queries, keys)`
  virtual mlir::Value whereSeen(mlir::Value weights) = 0;
  /// `weights` as `accumulate` multiplies them, perhaps of fewer bits: who
  /// divides by their sum sums these. `(queries, keys)`
  virtual mlir::Value rounded(mlir::Value weights) { return weights; }
  /// `accumulator + weights x values`; a pair that is not seen contributes
  /// nothing, whatever the value is. `(queries, e)`
  virtual mlir::Value accumulate(mlir::Value weights,
                                 mlir::Value accumulator) = 0;
  /// The tiles themselves, in the type of their tensors; rows that do not exist
  /// are zero. `(queries, d)`, `(keys, d)`, `(keys, e)`
  virtual mlir::Value query() = 0;
  virtual mlir::Value key() = 0;
  virtual mlir::Value value() = 0;
  /// The clause `scale`: 1 unless given.
  virtual double scale() = 0;
  /// `tile` in the columns that features have, `otherwise` beside them.
  virtual mlir::Value whereFeature(mlir::Value tile, double otherwise) = 0;

  mlir::OpBuilder &builder;
  mlir::Location loc;
};

/// What remains of a memory from one token to the next, as logarithms.
struct Decay {
  enum Kind { None, PerToken, PerFeature } kind = None;
  mlir::Value tile; ///< `(tokens)` or `(tokens, d)`; 0 for no step at all
  /// Where a decay per token is no number: NaN, else 0. `(tokens)`
  mlir::Value spoilt;
};

/// Sizes of a memory and of the chunks of tokens that it goes through.
struct MemoryShape {
  int64_t tokens;   ///< in a chunk
  int64_t features; ///< d: columns of queries and keys, as tiles have them
  int64_t columns;  ///< e: columns of values, as tiles have them
  mlir::FloatType type;
};

/// Tokens that follow one another, each a query and a key at one position. All
/// tiles are of the type of sums; rows of tokens that do not exist are zero.
/// Everything is computed on demand.
class Chunk {
public:
  Chunk(mlir::OpBuilder &builder, mlir::Location loc, const MemoryShape &shape)
      : builder(builder), loc(loc), shape(shape) {}
  virtual ~Chunk() = default;

  /// Times the clause `scale`. `(tokens, d)`
  virtual mlir::Value query() = 0;
  /// `(tokens, d)`, `(tokens, e)`
  virtual mlir::Value key() = 0;
  virtual mlir::Value value() = 0;
  /// Which tokens are keys that exist: others are no step. `(tokens)` of i1
  virtual mlir::Value exists() = 0;
  virtual Decay decay() = 0;
  /// `(tokens)`; 1 unless given.
  virtual mlir::Value beta() = 0;
  /// `(tokens, d)`
  virtual mlir::Value remove() = 0;
  virtual mlir::Value replace() = 0;
  /// `tile` in the columns that features have, `otherwise` beside them.
  virtual mlir::Value whereFeature(mlir::Value tile, double otherwise) = 0;
  /// `accumulator + weights x values` over the keys that each query sees: its
  /// own and those before. Others contribute nothing, whatever values hold.
  /// `(tokens, tokens)`, `(tokens, e)`, `(tokens, e)`
  virtual mlir::Value accumulate(mlir::Value weights, mlir::Value values,
                                 mlir::Value accumulator) = 0;

  mlir::OpBuilder &builder;
  mlir::Location loc;
  const MemoryShape shape;
};

/// What a chunk yields, `(tokens, e)`, and the memory after it.
struct Step {
  mlir::Value output;
  State memory;
};

} // namespace attention

#endif // ATTENTION_DIALECT_TILEALGEBRA_H
