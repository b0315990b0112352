/// A chunk of tokens of one head, in vector code for any target.
#ifndef ATTENTION_LOWERING_TILECHUNK_H
#define ATTENTION_LOWERING_TILECHUNK_H

#include "dialect/Attention.h"

namespace attention {

/// What `attend` and `continue` have in common, for a variant with a memory.
struct TokenOperands {
  explicit TokenOperands(AttendOp op);
  explicit TokenOperands(ContinueOp op);

  mlir::Location loc;
  ChunkedVariantInterface variant;
  mlir::TypedValue<mlir::RankedTensorType> query, key, value;
  mlir::Value keys, decay, beta, remove, replace; ///< null if not given
  double scale;
  mlir::RankedTensorType output;
};

/// Where a chunk is: queries from `row` on, keys from `key` on, of which those
/// before `end` take part: all of the chunk, if it is whole.
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
  /// What `tensor`, whose sizes may be 1, has for each key: `(tokens)` or
  /// `(tokens, d)`.
  mlir::Value perKey(mlir::Value tensor);
  /// As it is given, 0 for keys that do not exist.
  mlir::Value logarithmOfDecay();
  mlir::Value index(int64_t value);

  const TokenOperands &op;
  ChunkPlace place;
  int64_t heads;
  mlir::Value present; ///< the tile of `exists`
};

/// The sizes of chunks of `tokens`.
MemoryShape memoryShape(const TokenOperands &op, int64_t tokens);

} // namespace attention

#endif // ATTENTION_LOWERING_TILECHUNK_H
