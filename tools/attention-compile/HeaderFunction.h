/// What a C header says about one function of a model.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_HEADERFUNCTION_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_HEADERFUNCTION_H

#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <string>

namespace attention {

/// An input or a result, in words of C.
struct HeaderTensor {
  std::string name;       ///< as the model has it
  std::string identifier; ///< unique among the parameters
  llvm::StringRef cType;  ///< "float"
  llvm::StringRef enumerator;
  llvm::SmallVector<int64_t> shape; ///< -1 where dynamic

  bool isStatic() const { return !llvm::is_contained(shape, -1); }
  /// "f32 [?, 8, ?, 64]"
  std::string describe() const;
};

struct HeaderFunction {
  std::string name, identifier;
  llvm::SmallVector<HeaderTensor> inputs, results;
  int64_t weightCount = 0;
};

/// `text` with all that C does not allow in identifiers replaced by '_'.
std::string toIdentifier(llvm::StringRef text);

/// Reports types that the border of compiled code does not know.
mlir::FailureOr<HeaderFunction> describeForHeader(mlir::func::FuncOp function);

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_HEADERFUNCTION_H
