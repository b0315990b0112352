#include "passes/RowReduction.h"

#include "mlir/Dialect/Linalg/Transforms/Transforms.h"

using namespace mlir;

namespace attention {

std::optional<vector::CombiningKind> rowReduction(Operation *op) {
  auto reduce = dyn_cast_or_null<linalg::ReduceOp>(op);
  if (!reduce || reduce.getInputs().size() != 1 ||
      !reduce.hasPureTensorSemantics())
    return std::nullopt;
  auto type = cast<RankedTensorType>(reduce.getInputs()[0].getType());
  Block &body = reduce.getCombiner().front();
  Operation &combiner = body.front();
  if (!isa<FloatType>(type.getElementType()) || type.getRank() < 2 ||
      reduce.getDimensions() != ArrayRef<int64_t>{type.getRank() - 1} ||
      &combiner != body.getTerminator()->getPrevNode() ||
      combiner.getNumResults() != 1 || combiner.getNumOperands() != 2 ||
      body.getTerminator()->getOperand(0) != combiner.getResult(0))
    return std::nullopt;
  bool combinesBoth = llvm::all_of(body.getArguments(), [&](Value argument) {
    return llvm::is_contained(combiner.getOperands(), argument);
  });
  return combinesBoth ? linalg::getCombinerOpKind(&combiner) : std::nullopt;
}

linalg::ReduceOp repeatedReduction(Operation *op) {
  auto broadcast = dyn_cast_or_null<linalg::BroadcastOp>(op);
  if (!broadcast || !broadcast.hasPureTensorSemantics())
    return {};
  auto type = cast<RankedTensorType>(broadcast->getResult(0).getType());
  auto reduce = broadcast.getInput().getDefiningOp<linalg::ReduceOp>();
  if (!rowReduction(reduce) ||
      broadcast.getDimensions() != ArrayRef<int64_t>{type.getRank() - 1})
    return {};
  return reduce;
}

} // namespace attention
