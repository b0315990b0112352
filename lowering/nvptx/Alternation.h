/// Two groups of four warps that take turns at the matrix units.
#ifndef ATTENTION_LOWERING_NVPTX_ALTERNATION_H
#define ATTENTION_LOWERING_NVPTX_ALTERNATION_H

#include "lowering/nvptx/WarpBuilder.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace attention::nvptx {

/// In each iteration of a loop a group takes its turn, starts products, and
/// passes the turn on: the other group's products run while this one does the
/// arithmetic between its own (FlashAttention-3, arXiv 2407.08608,
/// section 3.2). Both groups run the same iterations.
///
/// Each group waits at a barrier of its own, at which the other arrives. Group
/// 0 begins. A group that has its turn and waits for the other, which waits for
/// its own, would do so for ever: such loops must not alternate.
class Alternation {
public:
  explicit Alternation(WarpBuilder &b) : b(b) {}

  /// Before the loop, and behind it.
  void begin() { onlyGroup(1, /*arrives=*/true); }
  void end() { onlyGroup(0, /*arrives=*/false); }

  void take();
  void pass();

  /// How many barriers there are so far; erases those since `count`.
  size_t count() const { return barriers.size(); }
  void eraseSince(size_t count);

private:
  void onlyGroup(int64_t group, bool arrives);
  void barrier(mlir::Value ofGroup, bool arrives);
  mlir::Value group();

  WarpBuilder &b;
  llvm::SmallVector<mlir::Operation *> barriers;
};

/// Whether in a lowered loop a group that has its turn waits for the other.
bool waitsForAllInTurn(mlir::scf::ForOp loop);

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_ALTERNATION_H
