/// One function of a model, run as the command line says.
#ifndef ATTENTION_TOOLS_INTERPRET_RUN_H
#define ATTENTION_TOOLS_INTERPRET_RUN_H

#include "runtime/files/RunOptions.h"
#include "tools/attention-interpret/Model.h"

namespace attention {

/// Reads inputs and weights, runs, writes outputs and times. Outputs are
/// written when all is computed, so that a failure leaves none behind.
MaybeFailure runModel(mlir::ModuleOp module, const RunOptions &options,
                      const FirstError &errors);

} // namespace attention

#endif // ATTENTION_TOOLS_INTERPRET_RUN_H
