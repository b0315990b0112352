/// The C header of a compiled model.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_HEADER_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_HEADER_H

#include "mlir/IR/BuiltinOps.h"
#include "llvm/Support/raw_ostream.h"

namespace attention {

/// Prints a C header for the public functions of `module`, a model as it was
/// parsed: the declaration of PREFIX_artifact, and for each function a typed
/// PREFIX_function over runtime/attention.h and a PREFIX_function_plan that
/// asks for its sizes. Fails, with an error at the argument, on element types
/// that C has no word for.
mlir::LogicalResult printHeader(mlir::ModuleOp module, llvm::StringRef prefix,
                                llvm::raw_ostream &out);

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_HEADER_H
