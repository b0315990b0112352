//===- The passes that turn tiles into code for CPUs ---------------------===//

#ifndef ATTENTION_LOWERING_CPU_PASSES
#define ATTENTION_LOWERING_CPU_PASSES

include "mlir/Pass/PassBase.td"

#endif // ATTENTION_LOWERING_CPU_PASSES
