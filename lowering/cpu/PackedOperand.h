/// How a right operand lies while the blocks of a contraction read it.
#ifndef ATTENTION_LOWERING_CPU_PACKEDOPERAND_H
#define ATTENTION_LOWERING_CPU_PACKEDOPERAND_H

#include "lowering/cpu/TileMemory.h"
#include <tuple>

namespace attention {

/// The right operand [k, n] of a contraction, laid out anew in the order in
/// which its blocks read it.
struct PackedOperand {
  enum class Layout {
    Panels, ///< [n / lanes, k, lanes] (`emitPack`)
    Rows,   ///< [k, n], as it is, but each vector in one line of the cache
    Pairs,  ///< [k / 2, 2 n] (`emitPackPairs`)
    Tiles   ///< pairs of a matrix unit: [n / 16, k / 2, 32], whole registers
  };
  Layout layout;
  bool byN; ///< whether it is packed from [n, k], not from [k, n]
  int64_t n, k, lanes;
  mlir::Type element;

  mlir::MemRefType type() const;
  /// Whether it may be read where it is, if rows lie well there
  /// (`mayCutLines`).
  bool mayStay() const { return layout == Layout::Rows; }
  /// Of a vector that is to lie in one line of the cache.
  int64_t vectorBytes() const {
    return lanes * element.getIntOrFloatBitWidth() / 8;
  }
  /// Rows of the tile that it is packed from.
  int64_t sourceRows() const { return byN ? n : k; }
  int64_t sourceColumns() const { return byN ? k : n; }

  /// Emits loops that pack `source` into `packed`, up to `columns` along n and
  /// `depth` along k.
  void emit(mlir::ImplicitLocOpBuilder &b, const TileMemory &source,
            mlir::Value packed, mlir::Value columns, mlir::Value depth) const;

  bool operator==(const PackedOperand &other) const {
    return std::tie(layout, byN, n, k, lanes, element) ==
           std::tie(other.layout, other.byN, other.n, other.k, other.lanes,
                    other.element);
  }

private:
  void emitTiles(mlir::ImplicitLocOpBuilder &b, const TileMemory &source,
                 mlir::Value packed, mlir::Value columns,
                 mlir::Value depth) const;
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PACKEDOPERAND_H
