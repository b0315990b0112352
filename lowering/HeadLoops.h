/// The loops over chunks of tokens of one head, of a variant with a memory.
#ifndef ATTENTION_LOWERING_HEADLOOPS_H
#define ATTENTION_LOWERING_HEADLOOPS_H

#include "lowering/TileChunk.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

namespace attention {

/// A stretch of tokens that knows no other: all there are, or a document.
struct Stretch {
  mlir::Value firstRow, lastRow; ///< of queries; the last is behind them
  mlir::Value firstKey, lastKey;
  /// From the number of a query to that of the key at its position.
  mlir::Value shift;
};

/// Which queries of a stretch are at keys.
struct QuerySpan {
  mlir::Value lead; ///< where keys end that come before all queries, if any do
  mlir::Value from, inside; ///< the first query at a key, and behind the last
};

/// The number of query 0's key: the last query is at the last key, or query 0
/// is at the offset.
mlir::Value shiftOf(mlir::OpBuilder &builder, AttendOp op, mlir::Value batch,
                    mlir::Value queries, mlir::Value keys);

class HeadLoops {
public:
  HeadLoops(mlir::OpBuilder &builder, const TokenOperands &op, int64_t tokens,
            mlir::Value batch, mlir::Value head)
      : b(builder), loc(op.loc), op(op), shape(memoryShape(op, tokens)),
        batch(batch), head(head) {}

  /// Writes what the queries of a stretch yield into `output` `[rows, e]`:
  /// they see what left `memory`, and of the stretch their past, or all keys.
  mlir::Value emit(const Stretch &stretch, bool isCausal, mlir::Value output,
                   mlir::ValueRange memory);

  /// The summary of these keys.
  State summarize(ScannedVariantInterface variant, mlir::Value from,
                  mlir::Value to);

  /// The same for `rows` tokens behind those that left the memory: the output
  /// and the memory after them.
  llvm::SmallVector<mlir::Value> goOn(mlir::Value rows, mlir::Value output,
                                      mlir::ValueRange memory);

  State emptyMemory() { return op.variant.emptyMemory(b, loc, shape); }

  mlir::Value origin;     ///< the first row that outputs have; null for 0
  bool loneTokens = true; ///< whether a token alone is a chunk of its own
  bool rounds = true; ///< whether leading keys go through the loops of others

  mlir::Value index(int64_t value) {
    return mlir::arith::ConstantIndexOp::create(b, loc, value);
  }
  mlir::Value add(mlir::Value x, mlir::Value y) {
    return b.createOrFold<mlir::arith::AddIOp>(loc, x, y);
  }

private:
  mlir::Value sub(mlir::Value x, mlir::Value y) {
    return b.createOrFold<mlir::arith::SubIOp>(loc, x, y);
  }
  mlir::Value smaller(mlir::Value x, mlir::Value y) {
    return b.createOrFold<mlir::arith::MinSIOp>(loc, x, y);
  }
  mlir::Value clamp(mlir::Value x, mlir::Value least, mlir::Value most) {
    if (x == least) // which is no more than `most`
      return x;
    return smaller(b.createOrFold<mlir::arith::MaxSIOp>(loc, x, least), most);
  }
  mlir::Value choose(mlir::Value condition, mlir::Value yes, mlir::Value no) {
    return mlir::arith::SelectOp::create(b, loc, condition, yes, no);
  }
  mlir::Value chunks(mlir::Value count);
  mlir::Value chunksInside(const QuerySpan &span) {
    return chunks(sub(span.inside, span.from));
  }
  mlir::Value rowOf(mlir::Value first, mlir::Value chunk) {
    return add(first, b.createOrFold<mlir::arith::MulIOp>(loc, chunk,
                                                          index(shape.tokens)));
  }
  Step step(const ChunkPlace &place, mlir::ValueRange memory);
  llvm::SmallVector<mlir::Value>
  advance(const ChunkPlace &place, mlir::Value end, mlir::ValueRange state);
  mlir::tensor::ExtractSliceOp outputRows(mlir::Value output, mlir::Value row,
                                          mlir::Value end);
  mlir::Value write(mlir::Value tile, mlir::tensor::ExtractSliceOp rows,
                    bool isWhole);
  mlir::Value emitUnseeing(mlir::Value from, mlir::Value to,
                           mlir::Value output);
  State emitKeys(mlir::Value from, mlir::Value to, mlir::ValueRange memory);
  llvm::SmallVector<mlir::Value> emitToken(mlir::Value output,
                                           mlir::ValueRange memory);
  llvm::SmallVector<mlir::Value> emitWholeChunks(const Stretch &stretch,
                                                 mlir::Value from,
                                                 mlir::Value count,
                                                 mlir::ValueRange state);
  llvm::SmallVector<mlir::Value>
  emitRaggedChunks(const Stretch &stretch, const QuerySpan &span,
                   mlir::Value isLead, mlir::Value from, mlir::Value to,
                   mlir::ValueRange state);
  llvm::SmallVector<mlir::Value> emitQueries(const Stretch &stretch,
                                             const QuerySpan &span,
                                             mlir::Value output,
                                             mlir::ValueRange memory);

  mlir::OpBuilder &b;
  mlir::Location loc;
  const TokenOperands &op;
  MemoryShape shape;
  mlir::Value batch, head;
};

} // namespace attention

#endif // ATTENTION_LOWERING_HEADLOOPS_H
