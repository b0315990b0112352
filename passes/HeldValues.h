/// Values that patterns may replace while somebody waits for what becomes of
/// them.
#ifndef ATTENTION_PASSES_HELDVALUES_H
#define ATTENTION_PASSES_HELDVALUES_H

#include "dialect/Attention.h"

namespace attention {

/// Keeps indices alive at the builder's place, and knows what they are by now.
/// Whoever holds them releases them: as an op, they would stay in the code.
class HeldValues {
public:
  HeldValues() = default;
  HeldValues(mlir::OpBuilder &builder, mlir::Location loc,
             mlir::ValueRange values);

  mlir::ValueRange get() { return op.getValues(); }
  void release() { op.erase(); }

private:
  FailIfOp op; ///< never fails
};

} // namespace attention

#endif // ATTENTION_PASSES_HELDVALUES_H
