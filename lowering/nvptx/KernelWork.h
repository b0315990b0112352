/// What a kernel asks of a multiprocessor, counted on its tiles: an estimate
/// for people, on which no code depends.
#ifndef ATTENTION_LOWERING_NVPTX_KERNELWORK_H
#define ATTENTION_LOWERING_NVPTX_KERNELWORK_H

#include "lowering/nvptx/GpuPeaks.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include <string>

namespace attention::nvptx {

/// Of one pass through a block.
struct KernelWork {
  /// Shapes and type of contractions, and how often each is done.
  llvm::SmallVector<std::pair<std::string, int64_t>> contractions;
  /// Multiplied by tensor cores, which take a product of f32 for three of tf32.
  double halfProducts = 0, tf32Products = 0, doubleProducts = 0;
  double products = 0; ///< of the numbers of tiles
  double functions = 0, floats = 0, doubles = 0;
  /// Read or written by this task alone, and by others as well.
  double ownBytes = 0, sharedBytes = 0;
  double openReads = 0; ///< that may reach past the end of what they read

  /// Of an iteration of the loop of unknown length that multiplies most, whole
  /// tiles if there is such a one, or else takes longest. Of a whole task of
  /// `loop` where there is none, or only what is beside loops multiplies.
  static KernelWork of(mlir::scf::ForallOp loop, const GpuPeaks &peaks);

  double bytes() const { return ownBytes + sharedBytes; }
  /// Operations of products, each of which is two, for each byte.
  double intensity() const { return bytes() ? 2 * products / bytes() : 0; }

  /// Cycles in which each part of a multiprocessor is busy.
  double tensorCycles(const GpuPeaks &peaks) const;
  double functionCycles(const GpuPeaks &peaks) const;
  double arithmeticCycles(const GpuPeaks &peaks) const;
  double memoryCycles(const GpuPeaks &peaks) const;
  double mostCycles(const GpuPeaks &peaks) const;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_KERNELWORK_H
