/// Where in a model's text an op stands.
#ifndef ATTENTION_PASSES_SOURCEPLACE_H
#define ATTENTION_PASSES_SOURCEPLACE_H

#include "mlir/IR/Location.h"
#include <string>

namespace attention {

/// "file.mlir:3: ", for what is said in a run; empty where it is not known.
std::string sourcePlace(mlir::Location loc);

} // namespace attention

#endif // ATTENTION_PASSES_SOURCEPLACE_H
