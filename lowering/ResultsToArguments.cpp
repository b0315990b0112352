#include "dialect/Attention.h"
#include "lowering/Passes.h"
#include "passes/EntryFunctions.h"

#include "mlir/Dialect/Bufferization/IR/Bufferization.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_RESULTSTOARGUMENTS
#include "lowering/Passes.h.inc"

/// Looks through a result that only renames the rows of another tensor, so that
/// this one is computed in the caller's buffer: `destination` becomes a view.
static Value matchShape(OpBuilder &entry, Value result, Value &destination) {
  while (auto expand = result.getDefiningOp<tensor::ExpandShapeOp>()) {
    // The type is given: inferred, 0 times a dynamic size would be static.
    RankedTensorType flat = expand.getSrcType();
    destination = memref::CollapseShapeOp::create(
        entry, expand.getLoc(),
        MemRefType::get(flat.getShape(), flat.getElementType()), destination,
        expand.getReassociationIndices());
    result = expand.getSrc();
  }
  return result;
}

/// One argument for each result, and what the function returns put into it.
static LogicalResult addDestinations(func::FuncOp function) {
  if (function.isDeclaration() || function.getNumResults() == 0)
    return success();
  Builder builder(function.getContext());
  SmallVector<Value> destinations;
  for (auto [index, type] : llvm::enumerate(function.getResultTypes())) {
    if (!isa<RankedTensorType>(type))
      return function.emitOpError("expects results that are tensors in "
                                  "compiled code, but result ")
             << index << " is " << type;
    SmallVector<NamedAttribute> attributes(function.getResultAttrs(index));
    attributes.push_back(
        builder.getNamedAttr(resultAttr, builder.getUnitAttr()));
    auto buffer =
        MemRefType::get(cast<RankedTensorType>(type).getShape(),
                        cast<RankedTensorType>(type).getElementType());
    if (failed(function.insertArgument(function.getNumArguments(), buffer,
                                       builder.getDictionaryAttr(attributes),
                                       function.getLoc())))
      return failure();
    destinations.push_back(function.getArguments().back());
  }
  auto terminator = cast<func::ReturnOp>(function.front().getTerminator());
  OpBuilder at(terminator), entry = OpBuilder::atBlockBegin(&function.front());
  for (auto [result, destination] :
       llvm::zip(terminator.getOperands(), destinations)) {
    Value shaped = matchShape(entry, result, destination);
    bufferization::MaterializeInDestinationOp::create(
        at, terminator.getLoc(), /*result=*/Type(), shaped, destination,
        /*restrict=*/true, /*writable=*/true);
  }
  terminator->setOperands({});
  return function.eraseResults(llvm::BitVector(function.getNumResults(), true));
}

namespace {
struct ResultsToArguments : impl::ResultsToArgumentsBase<ResultsToArguments> {
  void runOnOperation() override {
    if (isEntryFunction(getOperation()) &&
        failed(addDestinations(getOperation())))
      signalPassFailure();
  }
};
} // namespace

} // namespace attention
