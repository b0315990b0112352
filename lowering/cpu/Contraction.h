/// Contractions as loops over blocks of accumulators that stay in registers.
#ifndef ATTENTION_LOWERING_CPU_CONTRACTION_H
#define ATTENTION_LOWERING_CPU_CONTRACTION_H

#include "lowering/Tiles.h"
#include "lowering/cpu/Context.h"
#include "lowering/cpu/MatrixUnit.h"
#include "lowering/cpu/PackedOperand.h"
#include "lowering/cpu/Points.h"

namespace attention {

/// Emits one contraction at the builder's place: for each block of columns, for
/// each block of rows, a loop over k. Both operands lie in scratch or can be
/// read where they are (`canReadInPlace`); the accumulator may be any tile
/// whose value is known at points.
class Contraction {
public:
  Contraction(Context &context, mlir::vector::ContractionOp op,
              ContractionShape shape);

  /// The type that operands have best in scratch: their own where `unit`
  /// multiplies it as it is, else that of the accumulators.
  static mlir::Type operandType(const VectorUnit &unit,
                                mlir::vector::ContractionOp op,
                                const ContractionShape &shape);
  /// Whether an operand that is not in scratch may stay in the memory it is
  /// read from; otherwise it has to be stored first.
  static bool canReadInPlace(const VectorUnit &unit,
                             mlir::vector::ContractionOp op,
                             const ContractionShape &shape,
                             mlir::Value operand);

  /// Whether a matrix unit multiplies the operands, tile by tile.
  static bool multipliesTiles(const VectorUnit &unit,
                              mlir::vector::ContractionOp op);

  /// How many blocks of accumulators a whole contraction has.
  static int64_t blocksOf(const VectorUnit &unit,
                          mlir::vector::ContractionOp op);

  /// Rows and columns of a block of accumulators.
  static std::pair<int64_t, int64_t> blockOf(const VectorUnit &unit,
                                             mlir::vector::ContractionOp op);
  /// Whether few rows take those of the right operand as they lie, one after
  /// the other.
  static bool readsRows(const VectorUnit &unit, mlir::vector::ContractionOp op);
  /// Whether it multiplies pairs of rows of the right operand, side by side,
  /// and so none as it lies.
  static bool packsPairs(const VectorUnit &unit,
                         mlir::vector::ContractionOp op);
  /// Whether the right operand is always laid out anew before it is multiplied.
  static bool isPacked(const VectorUnit &unit, mlir::vector::ContractionOp op,
                       const ContractionShape &shape);
  /// The read of the right operand, if that lies in memory as pairs are
  /// multiplied.
  static mlir::vector::TransferReadOp pairsOf(const VectorUnit &unit,
                                              mlir::vector::ContractionOp op,
                                              const ContractionShape &shape);
  /// How it is laid out if it is.
  static std::optional<PackedOperand> packingOf(const VectorUnit &unit,
                                                mlir::vector::ContractionOp op,
                                                const ContractionShape &shape);
  /// The read that an operand which stays in memory is, or is rounded from.
  static mlir::vector::TransferReadOp readOf(const VectorUnit &unit,
                                             mlir::vector::ContractionOp op,
                                             const ContractionShape &shape,
                                             mlir::Value operand);

  /// Of `number`, not above `most`.
  static int64_t largestDivisor(int64_t number, int64_t most);

  /// The memory of the result may be that of the accumulator.
  void emit(mlir::Value result);

private:
  /// Whether the operand is the right one alone, and converted on the way to
  /// where it is packed.
  static bool isConverted(const VectorUnit &unit,
                          mlir::vector::ContractionOp op,
                          const ContractionShape &shape, mlir::Value operand);
  static bool isWidened(const VectorUnit &unit, mlir::vector::ContractionOp op,
                        const ContractionShape &shape);
  /// Whether few rows take those of the right operand as they lie.
  static bool takesRows(const VectorUnit &unit, mlir::vector::ContractionOp op,
                        const ContractionShape &shape);
  /// Whether few rows take whole rows of the right operand.
  static bool streamsRows(const ContractionShape &shape) {
    return !shape.rightByN && shape.m <= VectorUnit::kFewRows;
  }
  struct Operand {
    TileMemory memory;
    /// Elements present along each dimension, at most the tile's size; null for
    /// all.
    llvm::SmallVector<mlir::Value, 2> present;
  };

  static bool multipliesTiles(const VectorUnit &unit,
                              mlir::vector::ContractionOp op,
                              const ContractionShape &shape);
  static bool multipliesPairs(const VectorUnit &unit,
                              mlir::vector::ContractionOp op,
                              const ContractionShape &shape);
  /// From so many rows on, a tile repays preparations, and longer code.
  static constexpr int64_t kManyRows = 64;
  /// Lanes of the registers that sums are added in.
  static int64_t lanesOf(const VectorUnit &unit, mlir::vector::ContractionOp op,
                         const ContractionShape &shape);
  static bool isCopied(const VectorUnit &unit, mlir::vector::ContractionOp op,
                       const ContractionShape &shape);
  /// Either: operands stay as narrow as they are.
  static bool multipliesNarrow(const VectorUnit &unit,
                               mlir::vector::ContractionOp op,
                               const ContractionShape &shape) {
    return multipliesTiles(unit, op, shape) || multipliesPairs(unit, op, shape);
  }
  Operand operandOf(mlir::Value tile);
  mlir::Value packHere(const PackedOperand &packing, mlir::Value columns,
                       mlir::Value packed);
  mlir::Value packRight(const PackedOperand &packing, mlir::Value columns,
                        mlir::Value &packed);
  bool leavesOddRows();
  mlir::Value columnsOfBlocks(mlir::Value end);
  mlir::Value prepareRight(mlir::Value columns);
  bool isReadAgain(mlir::Value columns);
  void releaseRight(mlir::Value columns, mlir::Value allocated);
  mlir::Value loadRight(mlir::Value k, mlir::Value column);
  mlir::Value atMost(mlir::Value extent, mlir::Value present);
  mlir::Value roundUp(mlir::Value extent, int64_t block, int64_t size);
  mlir::Value endOfBlocks(mlir::Value present, int64_t width);
  void emitColumns(mlir::Value result, mlir::Value from, mlir::Value to,
                   int64_t vectors, int64_t vectorsOfOddRow);
  void findMasks();
  /// Calls `emit` for all blocks of `height` rows, and for the rows behind:
  /// each of them where it is not known how many are there.
  void
  forRows(int64_t height,
          llvm::function_ref<void(mlir::Value, mlir::Value, int64_t)> emit);
  /// Whether blocks that are so high are rows behind whole ones, one by one.
  bool isOdd(int64_t height) const { return hasOddRows && height < blockRows; }
  void emitBlocks(mlir::Value result, mlir::Value from, mlir::Value to,
                  int64_t vectors, mlir::Value fromRow, mlir::Value toRow,
                  int64_t height);
  void emitAllColumns(mlir::Value result, mlir::Value end, int64_t width);
  void emitSeenBlocks(mlir::Value result, mlir::Value end, int64_t vectors,
                      mlir::Value fromRow, mlir::Value toRow, int64_t height);
  llvm::SmallVector<mlir::Value>
  multiplyPairs(Points &points, mlir::Value from, mlir::Value to, bool isHalf,
                llvm::ArrayRef<mlir::Value> rows,
                llvm::ArrayRef<mlir::Value> columns,
                llvm::ArrayRef<mlir::Value> accumulators);
  llvm::SmallVector<mlir::Value>
  multiply(Points &points, llvm::ArrayRef<mlir::Value> rows,
           llvm::ArrayRef<mlir::Value> columns,
           llvm::ArrayRef<mlir::Value> accumulators);
  /// One block, of `height` rows and `vectors` registers of columns.
  void emitBlock(Points &points, mlir::Value result, mlir::Value row,
                 mlir::Value column, int64_t height, int64_t vectors);
  SeenColumns::Range depthAt(mlir::Value row);
  void emitDots(mlir::Value result);
  void emitDotRows(mlir::Value result, mlir::Value from, mlir::Value to,
                   int64_t height, mlir::Value end);
  llvm::SmallVector<mlir::Value> dots(Points &points,
                                      llvm::ArrayRef<mlir::Value> rows,
                                      llvm::ArrayRef<mlir::Value> kept,
                                      llvm::ArrayRef<mlir::Value> columns);
  static int64_t stepOfDots(const VectorUnit &unit,
                            mlir::vector::ContractionOp op,
                            const ContractionShape &shape);
  int64_t stepOfDots();
  mlir::Value loadForDots(const TileMemory &memory, mlir::Value row,
                          mlir::Value k);
  llvm::SmallVector<mlir::Value> loadLeft(llvm::ArrayRef<mlir::Value> rows,
                                          mlir::Value k);
  llvm::SmallVector<mlir::Value> keepLeft(llvm::ArrayRef<mlir::Value> rows);
  void emitDotBlock(Points &points, mlir::Value result,
                    llvm::ArrayRef<mlir::Value> rows,
                    llvm::ArrayRef<mlir::Value> kept, mlir::Value column);
  static int64_t shareOfDots(int64_t lanes, int64_t rows);
  static int64_t columnsOfDots(int64_t lanes, int64_t rows,
                               const ContractionShape &shape) {
    return std::min(shareOfDots(lanes, rows), shape.n);
  }
  static int64_t rowsOfDots(const VectorUnit &unit,
                            mlir::vector::ContractionOp op,
                            const ContractionShape &shape, bool hasOddRows);
  void emitTiles(mlir::Value result);
  mlir::Value reachesPastLeft(mlir::Value tileRows);
  void padLeft(mlir::Value padded, mlir::Value tileRows);
  void prepareLeft(mlir::Value tileRows);
  TilePlace leftPlace(mlir::Value row, mlir::Value k);
  TilePlace rightPlace(mlir::Value column, mlir::Value pair);
  void emitTileBlocks(mlir::Value result, mlir::Value tileRows,
                      mlir::Value end);
  void emitTileBlock(Points &points, mlir::Value result, mlir::Value row,
                     mlir::Value column, int64_t height, int64_t width);
  void forTiles(Points &points, mlir::Value from, mlir::Value to, int64_t most,
                bool mayBeOdd,
                llvm::function_ref<void(mlir::Value, int64_t)> emit);
  void forTileRows(Points &points, mlir::Value tileRows, int64_t tiles,
                   llvm::function_ref<void(mlir::Value, int64_t)> emit);
  mlir::Value rowFactorOf(mlir::Value tile, mlir::Value memory);
  void emitStart(mlir::Value result);
  int64_t rowsKept();
  void emitKeptRows(mlir::Value result, mlir::Value tileRows, mlir::Value end,
                    int64_t most);
  void loadKeptRows(mlir::Value row, int64_t height);
  void multiplyKeptRows(mlir::Value result, mlir::Value row, mlir::Value column,
                        int64_t height);
  static int64_t blockHeight(const VectorUnit &unit,
                             mlir::vector::ContractionOp op,
                             const ContractionShape &shape);
  static int64_t vectorsBeside(const VectorUnit &unit, int64_t rows);
  static int64_t blockWidth(const VectorUnit &unit,
                            mlir::vector::ContractionOp op,
                            const ContractionShape &shape);
  mlir::Value blockNumber(mlir::Value column, mlir::Value row);
  void emitPrefetches(mlir::Value number);
  void fetchLeft(llvm::ArrayRef<mlir::Value> rows);
  void fetchNext(mlir::Value row, mlir::Value column, int64_t elements);
  void emitUntouched(mlir::Value result, mlir::Value fromRow, mlir::Value toRow,
                     mlir::Value fromColumn, mlir::Value toColumn);
  mlir::Value start(Points &points, mlir::Value row, mlir::Value column);

  Context &c;
  mlir::ImplicitLocOpBuilder &b;
  mlir::vector::ContractionOp op;
  ContractionShape shape;
  mlir::Type element;
  int64_t lanes, blockRows;
  bool startsAtZero, isPaired;
  Operand left, right;
  mlir::Value panels;          // of the right operand, if it lies in them
  mlir::Value rows, sumRows;   // of the result: to compute, and with a sum
  bool hasOddRows;             // the rows may be no whole blocks
  bool oddRowsInPlace = false; // which then read memory, not panels
  mlir::Value depth;           // along k
  SeenColumns::Table seenDepth, seenColumns; // what masks leave of a block
  /// For a matrix unit: a copy of the left operand with zeros around, and
  /// whether it is read; both null where it never is.
  mlir::Value paddedLeft, isLeftPadded;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_CONTRACTION_H
