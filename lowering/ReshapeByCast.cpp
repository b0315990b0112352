#include "lowering/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_RESHAPEBYCAST
#include "lowering/Passes.h.inc"

namespace {

struct CastExpanded : OpRewritePattern<memref::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;
  LogicalResult matchAndRewrite(memref::ExpandShapeOp op, PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto source = memref::ExtractStridedMetadataOp::create(rewriter, loc, op.getSrc());
    SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
    SmallVector<OpFoldResult> strides(sizes.size());
    AffineExpr a, b;
    bindDims(rewriter.getContext(), a, b);
    AffineMap product = AffineMap::get(2, 0, a * b);
    for (auto [dim, group] : llvm::enumerate(op.getReassociationIndices())) {
      OpFoldResult stride = source.getConstifiedMixedStrides()[dim];
      for (int64_t inner : llvm::reverse(group)) {
        strides[inner] = stride;
        stride = affine::makeComposedFoldedAffineApply(rewriter, loc, product, {stride, sizes[inner]});
      }
    }
    rewriter.replaceOpWithNewOp<memref::ReinterpretCastOp>(op, op.getResultType(), op.getSrc(),
                                                           source.getConstifiedMixedOffset(), sizes, strides);
    return success();
  }
};

struct ReshapeByCast : impl::ReshapeByCastBase<ReshapeByCast> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<CastExpanded>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace

} // namespace attention
