/// What computes some scalars within an operation.
#ifndef ATTENTION_LOWERING_NVPTX_SLICE_H
#define ATTENTION_LOWERING_NVPTX_SLICE_H

#include "mlir/IR/Builders.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Operation.h"
#include "llvm/ADT/SetVector.h"

namespace attention::nvptx {

/// Collects the pure operations on scalars that compute values, and the places
/// of views, within `scope`, down to values from outside and `known` ones.
class Slice {
public:
  Slice(mlir::Operation *scope, mlir::ValueRange known)
      : scope(scope), known(known.begin(), known.end()) {}

  /// Adds what computes `value`; false if that takes more than the above.
  bool add(mlir::Value value);
  bool add(mlir::ValueRange values);

  /// Whether something that was added takes one of the known values.
  bool usesKnown() const { return uses; }
  /// Operands first.
  llvm::ArrayRef<mlir::Operation *> operations() const {
    return ops.getArrayRef();
  }

private:
  mlir::Operation *scope;
  llvm::SmallVector<mlir::Value> known;
  llvm::SetVector<mlir::Operation *> ops;
  bool uses = false;
};

/// Gives values of the source other values in the kernel for a while.
class MappingScope {
public:
  explicit MappingScope(mlir::IRMapping &mapping) : mapping(mapping) {}
  ~MappingScope();
  MappingScope(const MappingScope &) = delete;

  void map(mlir::Value source, mlir::Value inside);
  void clone(mlir::OpBuilder &b, mlir::Operation *op);

private:
  mlir::IRMapping &mapping;
  llvm::SmallVector<std::pair<mlir::Value, mlir::Value>> saved;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_SLICE_H
