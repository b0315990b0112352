/// What a compilation reports: its first error, and remarks.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_DIAGNOSTICS_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_DIAGNOSTICS_H

#include "mlir/IR/Diagnostics.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace attention {

/// Keeps the first error that is reported in a context: what follows it is
/// mostly its consequence. Keeps all remarks.
class Diagnostics {
public:
  explicit Diagnostics(mlir::MLIRContext &context);

  /// The error as "file:line:column: text", or `otherwise` where none came.
  llvm::Error take(const std::string &otherwise) const;

  /// As "file:line:column: text".
  llvm::ArrayRef<std::string> remarks() const { return remarked; }

private:
  std::string text;
  std::vector<std::string> remarked;
  mlir::ScopedDiagnosticHandler handler;
};

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_DIAGNOSTICS_H
