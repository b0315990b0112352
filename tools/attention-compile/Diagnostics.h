/// What a compilation reports: its first error, and remarks.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_DIAGNOSTICS_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

#include <string>

namespace attention {

/// Keeps the first error that is reported in a context: what follows it is
/// mostly its consequence. Prints remarks, if asked to.
class Diagnostics {
public:
  Diagnostics(mlir::MLIRContext &context, bool printRemarks);

  /// The error as "file:line:column: text", or `otherwise` where none came.
  llvm::Error take(const std::string &otherwise) const;

private:
  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_DIAGNOSTICS_H
