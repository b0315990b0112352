#include "passes/ResolveSizes.h"
#include "passes/LoopSizes.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/Transforms/Transforms.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Transforms/GreedyPatternRewriteDriver.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_RESOLVESIZES
#include "passes/Passes.h.inc"

namespace {

/// The sizes of what is computed element by element are those of an operand:
/// of the one whose size is known, if there is one.
struct SizeOfElementwise : OpRewritePattern<tensor::DimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::DimOp dim,
                                PatternRewriter &rewriter) const override {
    Operation *op = dim.getSource().getDefiningOp();
    std::optional<int64_t> index = dim.getConstantIndex();
    if (!op || !index || !OpTrait::hasElementwiseMappableTraits(op))
      return failure();
    Value source;
    for (Value operand : op->getOperands()) {
      auto type = dyn_cast<RankedTensorType>(operand.getType());
      if (type && (!source || !type.isDynamicDim(*index)))
        source = operand;
    }
    if (!source)
      return failure();
    rewriter.replaceOpWithNewOp<tensor::DimOp>(dim, source, *index);
    return success();
  }
};

/// Parallel loops give tensors the sizes of those that they write into.
struct SizeOfParallel : OpRewritePattern<tensor::DimOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(tensor::DimOp dim,
                                PatternRewriter &rewriter) const override {
    auto loop = dim.getSource().getDefiningOp<scf::ForallOp>();
    if (!loop)
      return failure();
    Value output =
        loop.getOutputs()[cast<OpResult>(dim.getSource()).getResultNumber()];
    rewriter.modifyOpInPlace(dim,
                             [&] { dim.getSourceMutable().assign(output); });
    return success();
  }
};

} // namespace

void populateResolveSizesPatterns(RewritePatternSet &patterns) {
  patterns.add<SizeOfElementwise, SizeOfParallel>(patterns.getContext());
  memref::populateResolveRankedShapedTypeResultDimsPatterns(patterns);
  memref::populateResolveShapedTypeResultDimsPatterns(patterns);
  tensor::DimOp::getCanonicalizationPatterns(patterns, patterns.getContext());
}

bool isSameSize(Value a, Value b) {
  if (a == b)
    return true;
  std::optional<int64_t> left = getConstantIntValue(a),
                         right = getConstantIntValue(b);
  if (left && right)
    return *left == *right;
  auto first = a.getDefiningOp<tensor::DimOp>(),
       second = b.getDefiningOp<tensor::DimOp>();
  return first && second && first.getSource() == second.getSource() &&
         first.getConstantIndex() &&
         first.getConstantIndex() == second.getConstantIndex();
}

void resolveDims(Operation *root) {
  RewritePatternSet patterns(root->getContext());
  populateResolveSizesPatterns(patterns);
  SmallVector<Operation *> dims;
  root->walk([&](tensor::DimOp dim) { dims.push_back(dim); });
  GreedyRewriteConfig config;
  config.setStrictness(GreedyRewriteStrictness::ExistingAndNewOps);
  (void)applyOpPatternsGreedily(dims, std::move(patterns), config);
}

namespace {

/// Whether nobody reads `result`, nor the tensor that a parallel loop around
/// makes it a part of.
bool isUnread(OpResult result) {
  if (result.use_empty())
    return true;
  auto insert = dyn_cast<tensor::ParallelInsertSliceOp>(*result.user_begin());
  if (!insert || !result.hasOneUse())
    return false;
  auto loop = insert->getParentOfType<scf::ForallOp>();
  auto output = dyn_cast<BlockArgument>(insert.getDest());
  return output && output.getOwner() == loop.getBody() &&
         loop.getTiedOpResult(loop.getTiedOpOperand(output)).use_empty();
}

/// A loop that computes anew what nobody reads, as a tensor whose sizes alone
/// were asked for, hands it on as it is. What else it does, it does.
struct UnreadStaysAsItIs : OpRewritePattern<scf::ForOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(scf::ForOp loop,
                                PatternRewriter &rewriter) const override {
    bool changes = false;
    for (OpResult result : loop.getResults()) {
      BlockArgument carried = loop.getTiedLoopRegionIterArg(result);
      OpOperand *yielded = loop.getTiedLoopYieldedValue(carried);
      Operation *op = yielded->get().getDefiningOp();
      if (!isUnread(result) || !carried.hasOneUse() || !op ||
          op != *carried.user_begin() || !op->hasOneUse() ||
          !isMemoryEffectFree(op))
        continue;
      rewriter.modifyOpInPlace(yielded->getOwner(),
                               [&] { yielded->set(carried); });
      changes = true;
    }
    return success(changes);
  }
};

struct ResolveSizes : impl::ResolveSizesBase<ResolveSizes> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    populateResolveSizesPatterns(patterns);
    FrozenRewritePatternSet frozen(std::move(patterns));
    resolveSizesOfLoops(getOperation(), [&] {
      if (failed(applyPatternsGreedily(getOperation(), frozen)))
        signalPassFailure();
    });
    RewritePatternSet unread(&getContext());
    unread.add<UnreadStaysAsItIs>(&getContext());
    if (failed(applyPatternsGreedily(getOperation(), std::move(unread))))
      signalPassFailure();
    hoistSizeChecks(getOperation());
  }
};

} // namespace

} // namespace attention
