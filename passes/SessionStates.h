/// The state of a session, as arguments and results of the function that goes
/// on with it.
#ifndef ATTENTION_PASSES_SESSIONSTATES_H
#define ATTENTION_PASSES_SESSIONSTATES_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include <optional>

namespace attention {

/// What stands in loops has a part of the state for each of their iterations:
/// the loops carry all of them, and an iteration reads and writes its own.
class SessionStates {
public:
  explicit SessionStates(mlir::func::FuncOp step) : step(step) {}

  /// Adds the argument whose size is the number of tokens so far.
  void open();
  /// How many tokens there have been.
  mlir::Value past();

  /// A part of the state for `op`, of as many sequences side by side as
  /// `tokens` belong to; yields its number.
  unsigned add(mlir::Operation *op, mlir::RankedTensorType type,
               mlir::Value tokens);
  /// What a part was before.
  mlir::Value read(mlir::Operation *op, unsigned part);
  /// States what a part is after.
  void write(mlir::OpBuilder &builder, unsigned part, mlir::Value after);
  /// A part that `tokens` are written behind, along `axis`; yields all of them,
  /// or those that a query may still see, where `reach` says how far.
  mlir::Value remember(mlir::Operation *op, mlir::Value tokens, int64_t axis,
                       std::optional<int64_t> reach);

  /// What is added until `leave` is inside of `loop`.
  void enter(mlir::scf::ForOp loop) { loops.push_back({loop, parts.size()}); }
  /// Yields the loop in place of the one entered last, which carries the parts
  /// that were added inside on, behind all else.
  mlir::scf::ForOp leave();
  /// Whether something was added since a loop was entered.
  bool hasOwnPart() const { return parts.size() > loops.back().firstPart; }
  /// Whether one of those has no elements: iterations cannot have slices of it.
  bool hasEmptyPart() const;

  /// The parts become results, behind the others.
  void close();

private:
  struct Part {
    mlir::Value all;             ///< of all iterations, before
    mlir::Value after;           ///< as far as it is written
    mlir::RankedTensorType type; ///< of one iteration's
  };
  struct Loop {
    mlir::scf::ForOp op;
    size_t firstPart;
  };
  using Sizes = llvm::SmallVector<mlir::OpFoldResult>;
  Sizes ofIteration(mlir::OpBuilder &builder,
                    mlir::ArrayRef<mlir::OpFoldResult> own);
  Sizes ofOne(mlir::OpBuilder &builder, mlir::ArrayRef<mlir::OpFoldResult> own);
  mlir::Value slice(mlir::OpBuilder &builder, mlir::RankedTensorType type,
                    mlir::Value all, mlir::ArrayRef<mlir::OpFoldResult> sizes);
  mlir::Value insert(mlir::OpBuilder &builder, mlir::Value rows,
                     mlir::Value all,
                     mlir::ArrayRef<mlir::OpFoldResult> offsets);

  mlir::func::FuncOp step;
  mlir::Value pastArgument, count;
  llvm::SmallVector<Part> parts;
  llvm::SmallVector<Loop> loops; ///< around what is added, outermost first
};

} // namespace attention

#endif // ATTENTION_PASSES_SESSIONSTATES_H
