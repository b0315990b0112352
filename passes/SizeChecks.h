/// What the sizes of tensors must be, stated before the op that needs it.
#ifndef ATTENTION_PASSES_SIZECHECKS_H
#define ATTENTION_PASSES_SIZECHECKS_H

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/Builders.h"

namespace attention {

/// A size of a tensor, as a message names it.
struct Size {
  llvm::StringRef name;
  mlir::Value tensor;
  int64_t dim;
  int64_t known() const;
  bool isKnown() const { return !mlir::ShapedType::isDynamic(known()); }
};

/// States before an operation what its sizes must be to agree.
class SizeChecks {
public:
  explicit SizeChecks(mlir::Operation *op) : op(op), builder(op) {}

  void equal(Size a, Size b);
  /// All sizes of two tensors of one rank.
  void same(llvm::StringRef what, mlir::Value a, mlir::Value b);
  void one(Size size);
  void multipleOf(Size size, int64_t factor);

  /// Values for checks of other kinds, and how one is stated: `{0}` in the
  /// message is the first of `values`.
  mlir::Value value(Size size);
  mlir::Value constant(int64_t number);
  mlir::Value compare(mlir::arith::CmpIPredicate predicate, mlir::Value a,
                      mlir::Value b);
  void report(mlir::Value bad, const llvm::Twine &message,
              mlir::ValueRange values);

private:
  mlir::Operation *op;
  mlir::OpBuilder builder;
};

/// Checks of an op of `tensor`, `linalg`, `arith` or `math`; nothing for
/// others.
void checkUpstream(mlir::Operation *op);

} // namespace attention

#endif // ATTENTION_PASSES_SIZECHECKS_H
