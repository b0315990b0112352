#include "dialect/Attention.h"
#include "lowering/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/EntryFunctions.h"
#include "passes/LoopSizes.h"
#include "passes/ResolveSizes.h"
#include "passes/SizeSlice.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_OUTLINESIZES
#include "lowering/Passes.h.inc"

/// Lets the function return, for the time being, all dynamic sizes of its
/// results as well: what patterns make of them is found there. States have the
/// sizes that they had.
static void appendResultSizes(func::ReturnOp terminator) {
  OpBuilder builder(terminator);
  auto function = cast<func::FuncOp>(terminator->getParentOp());
  SmallVector<Value> sizes;
  for (auto [index, result] : llvm::enumerate(terminator.getOperands())) {
    if (function.getResultAttr(index, stateAttr))
      continue;
    auto type = dyn_cast<RankedTensorType>(result.getType());
    for (int64_t dimension = 0; type && dimension < type.getRank(); ++dimension)
      if (type.isDynamicDim(dimension))
        sizes.push_back(
            tensor::DimOp::create(builder, result.getLoc(), result, dimension));
  }
  terminator->insertOperands(terminator->getNumOperands(), sizes);
}

static void copyCheck(FailIfOp check, OpBuilder &builder, SizeSlice &slice) {
  SmallVector<Value> operands;
  for (Value operand : check->getOperands()) {
    Value copied = slice.copy(operand);
    if (!copied)
      return;
    operands.push_back(copied);
  }
  Operation *copied = builder.clone(*check);
  copied->setOperands(operands);
}

/// Copies the checks that look at sizes alone, those of sizes that vary in a
/// loop with the loop.
static void copyChecks(Block &block, OpBuilder &builder, SizeSlice &slice) {
  for (Operation &op : block) {
    if (auto check = dyn_cast<FailIfOp>(op))
      copyCheck(check, builder, slice);
    auto loop = dyn_cast<scf::ForOp>(op);
    bool hasChecks =
        loop && loop.walk([](FailIfOp) { return WalkResult::interrupt(); })
                    .wasInterrupted();
    if (hasChecks)
      slice.copyLoop(loop, [&](OpBuilder &inside, SizeSlice &within) {
        copyChecks(*loop.getBody(), inside, within);
      });
  }
}

static LogicalResult outline(func::FuncOp function) {
  auto terminator = cast<func::ReturnOp>(function.front().getTerminator());
  unsigned resultCount = terminator->getNumOperands();
  appendResultSizes(terminator);
  resolveSizesOfLoops(function, [&] { resolveDims(function); });
  SmallVector<Value> resultSizes(
      terminator.getOperands().drop_front(resultCount));
  terminator->eraseOperands(resultCount, resultSizes.size());

  OpBuilder builder(function);
  builder.setInsertionPointAfter(function);
  auto type = builder.getFunctionType(
      function.getArgumentTypes(),
      SmallVector<Type>(resultSizes.size(), builder.getIndexType()));
  auto sizes = func::FuncOp::create(
      builder, function.getLoc(), (function.getName() + ".sizes").str(), type);
  sizes.setPrivate();
  Block *body = sizes.addEntryBlock();
  builder.setInsertionPointToStart(body);
  IRMapping arguments;
  for (auto [from, to] :
       llvm::zip(function.getArguments(), body->getArguments()))
    arguments.map(from, to);
  SizeSlice slice(builder, arguments);
  copyChecks(function.front(), builder, slice);
  SmallVector<Value> results;
  for (Value size : resultSizes) {
    results.push_back(slice.copyOrReport(size, "the sizes of results"));
    if (!results.back())
      return failure();
  }
  func::ReturnOp::create(builder, function.getLoc(), results);
  function->setAttr(resultSizesAttr, FlatSymbolRefAttr::get(sizes));
  return success();
}

namespace {
struct OutlineSizes : impl::OutlineSizesBase<OutlineSizes> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if ((function.isPublic() || isStep(function)) &&
          !function.isDeclaration() && function.getNumResults() != 0 &&
          failed(outline(function)))
        return signalPassFailure();
  }
};
} // namespace

} // namespace attention
