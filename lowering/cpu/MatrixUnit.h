/// Instructions of a unit that multiplies tiles of bf16 (AMX): eight registers
/// of 16 rows of 64 bytes each, which code names by number.
#ifndef ATTENTION_LOWERING_CPU_MATRIXUNIT_H
#define ATTENTION_LOWERING_CPU_MATRIXUNIT_H

#include "lowering/cpu/VectorUnit.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/IR/ImplicitLocOpBuilder.h"

namespace attention {

/// Rows of a register, columns of one that holds sums, and how many numbers of
/// 16 bits a row of the left operand has: the right one has pairs of them in
/// each row.
static constexpr int64_t kTileRows = 16, kTileColumns = 16, kTileDepth = 32;
/// Registers of the unit.
static constexpr int64_t kTileRegisters = 8;
/// Registers of sums of a block, along either dimension: with one register for
/// each row and column of them, all eight are in use.
static constexpr int64_t kTilesOfBlock = 2;

/// What 16 rows of 64 bytes are loaded from or stored to.
struct TilePlace {
  mlir::Value address; // a number of bytes, of type index
  mlir::Value stride;  // bytes from one row to the next
};

/// The place of an element of a memref of two or more dimensions, and of the
/// rows behind it.
TilePlace tilePlace(mlir::ImplicitLocOpBuilder &b, mlir::Value memref,
                    mlir::ValueRange indices);

/// Emits the instructions. Registers are numbers, not values: who spreads work
/// over them sees what lives where, and nothing is spilled unseen.
class MatrixUnit {
public:
  explicit MatrixUnit(mlir::ImplicitLocOpBuilder &builder) : b(builder) {}

  /// All registers get their full size; `scratch` has the 64 bytes that say so
  /// (`configurationType`).
  void configure(mlir::Value scratch);
  static mlir::MemRefType configurationType(mlir::MLIRContext *context);
  /// Registers are given back: the system need not save them any more.
  void release();

  void clear(int64_t tile);
  void load(int64_t tile, const TilePlace &place);
  void store(int64_t tile, const TilePlace &place);
  /// Adds products of rows of `left` and pairs of rows of `right` to `sums`.
  void multiply(int64_t sums, int64_t left, int64_t right);

private:
  void call(llvm::StringRef name, llvm::ArrayRef<int64_t> tiles,
            mlir::ValueRange others = {});
  mlir::Value pointer(mlir::Value address);

  mlir::ImplicitLocOpBuilder &b;
};

/// Whether any contraction of `function` is multiplied by tiles.
bool usesMatrixUnit(mlir::func::FuncOp function, const VectorUnit &unit);

/// Configures the registers once where a task starts that uses them, and gives
/// them back where it ends. Tasks within tasks find them ready.
void configureTasks(mlir::func::FuncOp function, const VectorUnit &unit);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_MATRIXUNIT_H
