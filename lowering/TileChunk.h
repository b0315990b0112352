/// A chunk of tokens of one head, in vector code for any target.
#ifndef ATTENTION_LOWERING_TILECHUNK_H
#define ATTENTION_LOWERING_TILECHUNK_H

#include "dialect/Attention.h"

namespace attention {

/// How large a chunk is at most.
struct ChunkLimits {
  int64_t tokens;
  int64_t bytes = 0;      ///< of a tile of keys, or 0: any number
  int64_t columns = 0;    ///< of values that one task sums, or 0: all
  bool loneTokens = true; ///< whether there are chunks of one token
  bool rounds = true; ///< whether leading keys go through the loops of others
};

/// What `attend` and `continue` have in common, for a variant with a memory.
struct TokenOperands {
  explicit TokenOperands(AttendOp op);
  explicit TokenOperands(ContinueOp op);

  /// Lets tasks have few of the columns of values: no column knows of another.
  /// Each part of a head then counts as a head of its own.
  void splitColumns(const ChunkLimits &limits);
  /// How many tokens a chunk has.
  int64_t tokensOf(const ChunkLimits &limits) const;
  int64_t columns() const { return output.getDimSize(3) / parts; }
  int64_t heads() const { return output.getDimSize(1) * parts; }

  mlir::Location loc;
  ChunkedVariantInterface variant;
  mlir::TypedValue<mlir::RankedTensorType> query, key, value;
  mlir::Value keys, decay, beta, remove, replace; ///< null if not given
  double scale;
  mlir::RankedTensorType output;
  int64_t parts = 1; ///< of the columns of a head's values
};

/// Where a chunk is, of which head (or part of one): queries from `row` on,
/// keys from `key` on, of which those before `end` take part: all of the chunk,
/// if it is whole.
struct ChunkPlace {
  mlir::Value batch, head, row, key, end;
  bool isWhole;
};

/// Implements `Chunk` for a part of the tokens.
class TileChunk : public Chunk {
public:
  TileChunk(mlir::OpBuilder &builder, const TokenOperands &op,
            const MemoryShape &shape, const ChunkPlace &place);

  mlir::Value query() override;
  mlir::Value key() override;
  mlir::Value value() override;
  mlir::Value exists() override;
  Decay decay() override;
  mlir::Value beta() override;
  mlir::Value remove() override;
  mlir::Value replace() override;
  mlir::Value whereFeature(mlir::Value tile, double otherwise) override;
  mlir::Value accumulate(mlir::Value weights, mlir::Value values,
                         mlir::Value accumulator) override;

private:
  /// Rows of `tensor` from `row` on; only of keys that exist, if `ofKeys`.
  mlir::Value rows(mlir::Value tensor, mlir::Value row, bool ofKeys);
  /// `tile`, or 0 where a key does not exist.
  mlir::Value ofKeys(mlir::Value tile);
  /// What `tensor`, whose sizes may be 1, has for each key: `(tokens)` or
  /// `(tokens, d)`.
  mlir::Value perKey(mlir::Value tensor);
  /// As it is given, 0 for keys that do not exist.
  mlir::Value logarithmOfDecay();
  mlir::Value index(int64_t value);

  const TokenOperands &op;
  ChunkPlace place;
  int64_t heads;
  mlir::Value part; ///< which part of its head's columns; null if that is one
  mlir::Value present; ///< the tile of `exists`
};

/// The sizes of chunks of `tokens`.
MemoryShape memoryShape(const TokenOperands &op, int64_t tokens);

} // namespace attention

#endif // ATTENTION_LOWERING_TILECHUNK_H
