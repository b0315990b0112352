#include "dialect/Attention.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
#include "passes/EntryFunctions.h"
#include "passes/Passes.h"
#include "passes/SettledValues.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_PREPAREWEIGHTS
#include "passes/Passes.h.inc"

//===----------------------------------------------------------------------===//
// What is worth it
//===----------------------------------------------------------------------===//

/// Whether `op` computes nothing: its result holds elements of its operands,
/// which cost no more to find where they are read.
static bool onlyRenamesOrRepeats(Operation *op) {
  // Panels are rounded to be read so.
  if (auto widen = dyn_cast<arith::ExtFOp>(op))
    return widen.getIn().getDefiningOp<linalg::UnPackOp>();
  return isa<tensor::CastOp, tensor::CollapseShapeOp, tensor::EmptyOp,
             tensor::ExpandShapeOp, tensor::ExtractSliceOp, tensor::ReshapeOp,
             tensor::SplatOp, linalg::BroadcastOp, linalg::FillOp,
             linalg::UnPackOp, SplitHeadsOp, MergeHeadsOp, BroadcastRowsOp>(op);
}

/// Whether the runtime can hand such a tensor to a function.
static bool crossesBorder(Type type) {
  auto tensor = dyn_cast<RankedTensorType>(type);
  if (!tensor)
    return false;
  Type element = tensor.getElementType();
  return element.isF32() || element.isF64() || element.isF16() ||
         element.isBF16() || element.isInteger(64) || element.isInteger(32) ||
         element.isInteger(1);
}

static int64_t elementsOf(Value value) {
  auto tensor = dyn_cast<RankedTensorType>(value.getType());
  return tensor ? tensor.getNumElements() : 1;
}

static bool isWorthIt(Value value, const SettledValues &settled) {
  if (!crossesBorder(value.getType()) ||
      onlyRenamesOrRepeats(value.getDefiningOp()))
    return false;
  SetVector<Value> weights = settled.originOf(value).weights;
  int64_t read = 0;
  for (Value weight : weights)
    read += elementsOf(weight);
  return !weights.empty() && elementsOf(value) <= read + read / 2;
}

/// What to prepare: of what runs read, all that is worth it, or the nearest
/// before it that is.
static SetVector<Value> choose(func::FuncOp function,
                               const SettledValues &settled) {
  SmallVector<Value> wanted;
  for (Operation &op : function.front())
    for (Value result : op.getResults())
      if (settled.contains(result) && settled.isReadByRuns(result))
        wanted.push_back(result);
  SetVector<Value> prepared;
  DenseSet<Value> seen;
  // In the order of the function: arguments are numbered as it reads them.
  std::reverse(wanted.begin(), wanted.end());
  while (!wanted.empty()) {
    Value value = wanted.pop_back_val();
    if (!value.getDefiningOp() || !seen.insert(value).second)
      continue;
    if (isWorthIt(value, settled))
      prepared.insert(value);
    else
      llvm::append_range(wanted, readsOf(value.getDefiningOp()));
  }
  return prepared;
}

//===----------------------------------------------------------------------===//
// Moving it
//===----------------------------------------------------------------------===//

/// Lets every argument say the name that its place gives it: the preparation
/// has them at other places.
static void nameArguments(func::FuncOp function) {
  Builder builder(function.getContext());
  for (unsigned i = 0; i < function.getNumArguments(); ++i)
    if (!function.getArgAttr(i, nameAttr))
      function.setArgAttr(i, nameAttr, builder.getStringAttr("arg" + Twine(i)));
}

/// Creates the function that computes `prepared` from `origin.weights`.
static func::FuncOp createPreparation(func::FuncOp function,
                                      ArrayRef<Value> prepared,
                                      const Origin &origin) {
  OpBuilder builder(function.getContext());
  auto type = builder.getFunctionType(TypeRange(origin.weights.getArrayRef()),
                                      TypeRange(prepared));
  auto preparation =
      func::FuncOp::create(builder, function.getLoc(),
                           (function.getName() + ".prepare").str(), type);
  preparation.setPrivate();
  preparation->setAttr(preparesAttr, builder.getUnitAttr());
  Block *body = preparation.addEntryBlock();
  IRMapping mapping;
  for (auto [i, weight] : llvm::enumerate(origin.weights)) {
    auto argument = cast<BlockArgument>(weight);
    preparation.setArgAttrs(i,
                            function.getArgAttrDict(argument.getArgNumber()));
    mapping.map(weight, body->getArgument(i));
  }
  builder.setInsertionPointToStart(body);
  for (Operation &op : function.front())
    if (origin.ops.contains(&op))
      builder.clone(op, mapping);
  SmallVector<Value> results = llvm::map_to_vector(
      prepared, [&](Value value) { return mapping.lookup(value); });
  func::ReturnOp::create(builder, function.getLoc(), results);
  return preparation;
}

/// Another preparation of the same weights to the same tensors.
static func::FuncOp findEqual(func::FuncOp preparation, SymbolTable &symbols) {
  auto module = cast<ModuleOp>(symbols.getOp());
  for (auto other : module.getOps<func::FuncOp>())
    if (isPreparation(other) &&
        other.getFunctionType() == preparation.getFunctionType() &&
        other.getAllArgAttrs() == preparation.getAllArgAttrs() &&
        OperationEquivalence::isRegionEquivalentTo(
            &other.getBody(), &preparation.getBody(),
            OperationEquivalence::IgnoreLocations))
      return other;
  return {};
}

/// Makes the prepared tensors arguments of the function.
static LogicalResult takePrepared(func::FuncOp function,
                                  ArrayRef<Value> prepared) {
  Builder builder(function.getContext());
  for (auto [i, value] : llvm::enumerate(prepared)) {
    auto attributes = builder.getDictionaryAttr(builder.getNamedAttr(
        preparedAttr, builder.getI64IntegerAttr(static_cast<int64_t>(i))));
    if (failed(function.insertArgument(function.getNumArguments(),
                                       value.getType(), attributes,
                                       value.getLoc())))
      return failure();
    Value(value).replaceAllUsesWith(function.getArguments().back());
  }
  return success();
}

static bool isCalled(func::FuncOp function) {
  auto uses = SymbolTable::getSymbolUses(function, function->getParentOp());
  return !uses || llvm::any_of(*uses, [](const SymbolTable::SymbolUse &use) {
    return !isa<func::FuncOp>(use.getUser());
  });
}

static LogicalResult prepare(func::FuncOp function, SymbolTable &symbols) {
  SettledValues settled(function);
  SetVector<Value> prepared = choose(function, settled);
  if (prepared.empty())
    return success();
  Origin all;
  for (Value value : prepared) {
    Origin origin = settled.originOf(value);
    all.ops.insert(origin.ops.begin(), origin.ops.end());
    all.weights.insert(origin.weights.begin(), origin.weights.end());
  }
  nameArguments(function);
  func::FuncOp preparation =
      createPreparation(function, prepared.getArrayRef(), all);
  StringAttr name;
  if (func::FuncOp known = findEqual(preparation, symbols)) {
    name = known.getSymNameAttr();
    preparation.erase();
  } else {
    name = symbols.insert(preparation, function->getIterator());
  }
  function->setAttr(preparationAttr, FlatSymbolRefAttr::get(name));
  if (failed(takePrepared(function, prepared.getArrayRef())))
    return failure();
  for (Operation &op :
       llvm::make_early_inc_range(llvm::reverse(function.front())))
    if (all.ops.contains(&op) && op.use_empty())
      op.erase();
  return success();
}

namespace {
struct PrepareWeights : impl::PrepareWeightsBase<PrepareWeights> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SymbolTable symbols(module);
    SmallVector<func::FuncOp> functions(module.getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      // What is called, as recursion leaves it, keeps its arguments.
      if (isEntryFunction(function) && !isPreparation(function) &&
          !isCalled(function) && failed(prepare(function, symbols)))
        return signalPassFailure();
  }
};
} // namespace

} // namespace attention
