/// Tiles of tensors, computed on demand: a kernel asks the op that makes its
/// result for a tile, which asks its operands for theirs; tensors in memory are
/// read.
#ifndef ATTENTION_LOWERING_TILEBUILDER_H
#define ATTENTION_LOWERING_TILEBUILDER_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/BuiltinTypes.h"
#include "passes/Elementwise.h"

namespace attention {

/// Which indices a tile covers along one dimension.
struct Extent {
  mlir::OpFoldResult first;
  int64_t size;
  /// Whether `first` is known to be a multiple of `size`.
  bool aligned = true;
  bool operator==(const Extent &other) const {
    return first == other.first && size == other.size &&
           aligned == other.aligned;
  }
};

/// Where a tile lies in a tensor: one index of each leading dimension, then an
/// extent of each of the last one or two. It may reach past the tensor's end.
struct TileRequest {
  llvm::SmallVector<mlir::OpFoldResult> leading;
  llvm::SmallVector<Extent> extents;

  bool hasRows() const { return extents.size() == 2; }
  Extent &rows() { return extents.front(); }
  const Extent &rows() const { return extents.front(); }
  Extent &columns() { return extents.back(); }
  const Extent &columns() const { return extents.back(); }
  /// First index of every dimension.
  llvm::SmallVector<mlir::OpFoldResult> first() const;
  llvm::SmallVector<int64_t> shape() const;
  bool operator==(const TileRequest &other) const {
    return leading == other.leading && extents == other.extents;
  }
};

/// `size` rounded up to what tiles are made of.
int64_t tileSize(int64_t size);

/// Emits the tiles of one kernel at the insertion point of `builder`; each tile
/// is computed once.
class TileBuilder {
public:
  TileBuilder(mlir::OpBuilder &builder, mlir::Location loc, int64_t rowTile)
      : builder(builder), loc(loc), rowTile(rowTile) {}

  /// The tile of `tensor`, in its `computeType`. Elements past the end of the
  /// tensor are of any value.
  mlir::Value tile(mlir::Value tensor, const TileRequest &request);
  /// The same, rounded to the tensor's own element type.
  mlir::Value rounded(mlir::Value tensor, const TileRequest &request);
  /// The tensor in memory that `tile` of `tensor` reads, which is a view of it,
  /// and in `request` where.
  mlir::Value memoryOf(mlir::Value tensor, TileRequest &request);
  /// Whether `tile` reads `tensor` from memory.
  static bool isInMemory(mlir::Value tensor);

  /// Notes that tiles made while this lives are computed inside of a loop.
  class Scope {
  public:
    explicit Scope(TileBuilder &tiles)
        : tiles(tiles), known(tiles.known.size()), guard(tiles.builder) {}
    ~Scope() { tiles.known.truncate(known); }

  private:
    TileBuilder &tiles;
    size_t known;
    mlir::OpBuilder::InsertionGuard guard;
  };

  mlir::VectorType typeOf(mlir::Value tensor, const TileRequest &request) const;
  mlir::Value constant(mlir::Type type, double number);
  mlir::Value index(int64_t value);
  mlir::Value index(mlir::OpFoldResult value);
  mlir::Value add(mlir::OpFoldResult a, mlir::OpFoldResult b);
  /// A scalar, a value per column or (`shape_cast` to `[R, 1]` before) per row,
  /// repeated.
  mlir::Value broadcast(mlir::Value value, llvm::ArrayRef<int64_t> shape);
  /// A value per row, repeated along `columns`.
  mlir::Value alongRows(mlir::Value perRow, int64_t columns);
  /// The indices that an extent covers, `vector<size x index>`.
  mlir::Value indices(const Extent &extent);
  /// `tile`, and `other` at columns from `end` on.
  mlir::Value beforeColumn(mlir::Value tile, const TileRequest &request,
                           mlir::OpFoldResult end, double other);
  /// `tile`, and `other` at rows from `end` on.
  mlir::Value beforeRow(mlir::Value tile, const TileRequest &request,
                        mlir::OpFoldResult end, double other);
  mlir::Value sumRows(mlir::Value tile);
  /// Converts between floating-point types of scalars or tiles.
  mlir::Value convert(mlir::Value value, mlir::Type element);

  mlir::OpBuilder &builder;
  mlir::Location loc;
  /// Rows of a tile where an op chooses.
  int64_t rowTile;

private:
  struct Known {
    mlir::Value tensor;
    TileRequest request;
    mlir::Value tile;
  };
  mlir::Value read(mlir::Value tensor, const TileRequest &request);

  llvm::SmallVector<Known> known;
};

/// How an op computes a tile of its result.
using EmitTile = mlir::Value (*)(TileBuilder &tiles, mlir::Operation *op,
                                 const TileRequest &request);

/// Null for ops whose results are not computed by tiles.
EmitTile emitterOf(mlir::Operation *op);

} // namespace attention

#endif // ATTENTION_LOWERING_TILEBUILDER_H
