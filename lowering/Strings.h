/// Zero-terminated texts as constants of a module.
#ifndef ATTENTION_LOWERING_STRINGS_H
#define ATTENTION_LOWERING_STRINGS_H

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/BuiltinOps.h"
#include "llvm/ADT/StringMap.h"

namespace attention {

/// Emits each text once, as an internal constant named after `prefix`.
class Strings {
public:
  Strings(mlir::ModuleOp module, llvm::StringRef prefix)
      : module(module), prefix(prefix) {}

  /// The address of `text`.
  mlir::Value address(mlir::OpBuilder &builder, mlir::Location loc,
                      llvm::StringRef text);

private:
  mlir::ModuleOp module;
  std::string prefix;
  llvm::StringMap<mlir::LLVM::GlobalOp> globals;
};

} // namespace attention

#endif // ATTENTION_LOWERING_STRINGS_H
