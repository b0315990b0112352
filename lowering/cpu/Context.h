/// What all parts of the lowering from tiles to loops share.
#ifndef ATTENTION_LOWERING_CPU_CONTEXT_H
#define ATTENTION_LOWERING_CPU_CONTEXT_H

#include "lowering/cpu/Buffers.h"
#include "lowering/cpu/Lifetimes.h"
#include "lowering/cpu/Prefetches.h"
#include "lowering/cpu/RowDemand.h"
#include "lowering/cpu/SeenColumns.h"
#include "lowering/cpu/VectorUnit.h"

namespace attention {

class SharedPanels;

struct Context {
  mlir::ImplicitLocOpBuilder &b;
  const VectorUnit &unit;
  Buffers &buffers;
  const Lifetimes &lifetimes;
  const RowDemand &demand;
  SeenColumns &seen;
  /// Of the innermost loop; null outside of loops.
  const Prefetches *prefetches = nullptr;
  /// Of the parallel loop; null outside of it.
  const SharedPanels *shared = nullptr;
  /// Scratch with right operands as blocks read them, by type, for as long as
  /// there is a contraction to come that reads them so, too.
  llvm::DenseMap<std::pair<mlir::Value, mlir::Type>, mlir::Value> packed{0};
};

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_CONTEXT_H
