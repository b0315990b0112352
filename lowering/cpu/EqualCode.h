/// Code that is the same.
#ifndef ATTENTION_LOWERING_CPU_EQUALCODE_H
#define ATTENTION_LOWERING_CPU_EQUALCODE_H

#include "mlir/IR/Operation.h"

namespace attention {

/// Equal for equal regions; which operand is which does not count.
llvm::hash_code hashCode(llvm::MutableArrayRef<mlir::Region> regions);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_EQUALCODE_H
