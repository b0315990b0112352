/// The passes that lower, for all targets.
#ifndef ATTENTION_LOWERING_PASSES_H
#define ATTENTION_LOWERING_PASSES_H

#include "mlir/Pass/Pass.h"

namespace mlir {
class ModuleOp;
namespace LLVM {
class LLVMDialect;
}
namespace func {
class FuncDialect;
}
namespace memref {
class MemRefDialect;
}
} // namespace mlir

namespace attention {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lowering/Passes.h.inc"

} // namespace attention

#endif // ATTENTION_LOWERING_PASSES_H
