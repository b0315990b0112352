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

/// The buffer of a tensor: contiguous.
static MemRefType bufferType(Type tensor) {
  auto type = cast<RankedTensorType>(tensor);
  return MemRefType::get(type.getShape(), type.getElementType());
}

/// Arguments that are states become the buffers that states stay in, by number.
static SmallVector<Value> openStates(func::FuncOp function) {
  SmallVector<Value> states;
  SmallVector<Type> types(function.getArgumentTypes());
  OpBuilder entry = OpBuilder::atBlockBegin(&function.front());
  for (BlockArgument argument : function.getArguments()) {
    unsigned index = argument.getArgNumber();
    if (!function.getArgAttr(index, stateAttr))
      continue;
    Type tensor = argument.getType();
    types[index] = bufferType(tensor);
    argument.setType(types[index]);
    auto opened = bufferization::ToTensorOp::create(
        entry, function.getLoc(), tensor, argument, /*restrict=*/true,
        /*writable=*/true);
    argument.replaceAllUsesExcept(opened, opened);
    states.push_back(argument);
  }
  function.setFunctionType(FunctionType::get(function.getContext(), types,
                                             function.getResultTypes()));
  return states;
}

/// What callers give is theirs: loops that carry it on start from a copy.
static void keepInputs(func::FuncOp function) {
  Builder builder(function.getContext());
  for (BlockArgument argument : function.getArguments())
    if (isa<TensorType>(argument.getType()))
      function.setArgAttr(
          argument.getArgNumber(),
          bufferization::BufferizationDialect::kWritableAttrName,
          builder.getBoolAttr(false));
}

/// A new argument for a result.
static FailureOr<Value> addDestination(func::FuncOp function, unsigned result) {
  Builder builder(function.getContext());
  Type type = function.getResultTypes()[result];
  if (!isa<RankedTensorType>(type)) {
    function.emitOpError("expects results that are tensors in compiled code, "
                         "but result ")
        << result << " is " << type;
    return failure();
  }
  SmallVector<NamedAttribute> attributes(function.getResultAttrs(result));
  attributes.push_back(builder.getNamedAttr(resultAttr, builder.getUnitAttr()));
  if (failed(function.insertArgument(
          function.getNumArguments(), bufferType(type),
          builder.getDictionaryAttr(attributes), function.getLoc())))
    return failure();
  return Value(function.getArguments().back());
}

/// One argument for each result, and what the function returns put into it;
/// states go back to where they were.
static LogicalResult addDestinations(func::FuncOp function) {
  if (function.isDeclaration() || function.getNumResults() == 0)
    return success();
  SmallVector<Value> states = openStates(function);
  keepInputs(function);
  SmallVector<Value> destinations;
  for (unsigned index = 0; index < function.getNumResults(); ++index) {
    if (auto state =
            function.getResultAttrOfType<IntegerAttr>(index, stateAttr)) {
      destinations.push_back(states[state.getInt()]);
      continue;
    }
    FailureOr<Value> destination = addDestination(function, index);
    if (failed(destination))
      return failure();
    destinations.push_back(*destination);
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
