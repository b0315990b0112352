/// Two groups of four warps that take turns at the matrix units.
#ifndef ATTENTION_LOWERING_NVPTX_ALTERNATION_H
#define ATTENTION_LOWERING_NVPTX_ALTERNATION_H

#include "lowering/nvptx/WarpBuilder.h"

namespace attention::nvptx {

/// In each iteration of a loop a group takes its turn, starts products, and
/// passes the turn on: the other group's products run while this one does the
/// arithmetic between its own (FlashAttention-3, arXiv 2407.08608,
/// section 3.2). Both groups run the same iterations.
///
/// Each group waits at a barrier of its own, at which the other arrives. Group
/// 0 begins.
class Alternation {
public:
  explicit Alternation(WarpBuilder &b) : b(b) {}

  /// Before the loop, and behind it.
  void begin() { onlyGroup(1, /*arrives=*/true); }
  void end() { onlyGroup(0, /*arrives=*/false); }

  void take();
  void pass();

private:
  void onlyGroup(int64_t group, bool arrives);
  void barrier(mlir::Value ofGroup, bool arrives);
  mlir::Value group();

  WarpBuilder &b;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_ALTERNATION_H
