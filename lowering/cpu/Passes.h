/// The passes that turn tiles into code for CPUs.
#ifndef ATTENTION_LOWERING_CPU_PASSES_H
#define ATTENTION_LOWERING_CPU_PASSES_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Pass/Pass.h"

namespace mlir {
class ModuleOp;
namespace arith {
class ArithDialect;
}
namespace func {
class FuncDialect;
}
namespace LLVM {
class LLVMDialect;
}
namespace memref {
class MemRefDialect;
}
namespace scf {
class SCFDialect;
}
} // namespace mlir

namespace attention {

#define GEN_PASS_DECL
#define GEN_PASS_REGISTRATION
#include "lowering/cpu/Passes.h.inc"

/// Registers the passes and pipelines of the CPU target by name.
void registerCpuPasses();

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PASSES_H
