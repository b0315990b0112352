/// A model text, and what its functions take and give.
#ifndef ATTENTION_TOOLS_INTERPRET_MODEL_H
#define ATTENTION_TOOLS_INTERPRET_MODEL_H

#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "runtime/files/ElementType.h"
#include "runtime/files/Result.h"
#include "llvm/Support/SourceMgr.h"

namespace attention {

/// Keeps the first error of the context as one line with its place.
class FirstError {
public:
  explicit FirstError(mlir::MLIRContext *context);
  Failure failure() const { return {text.empty() ? "failed" : text}; }

private:
  std::string text;
  mlir::ScopedDiagnosticHandler handler;
};

/// One argument or result.
struct Port {
  std::string name;   ///< attention.name, else "argN" or "resultN"
  std::string weight; ///< attention.weight, or empty
  ElementType type;
  std::vector<int64_t> shape; ///< negative where dynamic
};

Result<mlir::OwningOpRef<mlir::ModuleOp>> parseModel(const std::string &path,
                                                     mlir::MLIRContext *context,
                                                     const FirstError &errors);

/// The function of this name, or the only public one if the name is empty.
Result<mlir::FunctionOpInterface> findFunction(mlir::ModuleOp module,
                                               const std::string &name);

/// Functions with a body that others may call.
std::vector<mlir::FunctionOpInterface> publicFunctions(mlir::ModuleOp module);

Result<std::vector<Port>> argumentPorts(mlir::FunctionOpInterface function);
Result<std::vector<Port>> resultPorts(mlir::FunctionOpInterface function);

/// What --list prints.
Result<std::string> listModel(mlir::ModuleOp module);

} // namespace attention

#endif // ATTENTION_TOOLS_INTERPRET_MODEL_H
