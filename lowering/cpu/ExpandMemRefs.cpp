#include "lowering/cpu/Passes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Transforms/WalkPatternRewriteDriver.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_EXPANDMEMREFS
#include "lowering/cpu/Passes.h.inc"

static Value createIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

namespace {

/// Upstream's expansion of strided metadata fails where a group has two dynamic
/// sizes; those of the result are stated, so nothing needs to be divided.
struct ReinterpretExpandShape : OpRewritePattern<memref::ExpandShapeOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(memref::ExpandShapeOp op,
                                PatternRewriter &rewriter) const override {
    Location loc = op.getLoc();
    auto source =
        memref::ExtractStridedMetadataOp::create(rewriter, loc, op.getSrc());
    SmallVector<OpFoldResult> sizes = op.getMixedOutputShape();
    auto [typeStrides, typeOffset] = op.getResultType().getStridesAndOffset();
    // A lone element has no dimension whose stride tells.
    SmallVector<OpFoldResult> strides(sizes.size(), rewriter.getIndexAttr(1));
    for (auto [group, dimensions] :
         llvm::enumerate(op.getReassociationIndices())) {
      Value stride = source.getStrides()[group];
      for (int64_t dimension : llvm::reverse(dimensions)) {
        // The type may know more than the values say.
        bool known = !ShapedType::isDynamic(typeStrides[dimension]);
        strides[dimension] =
            known ? OpFoldResult(rewriter.getIndexAttr(typeStrides[dimension]))
                  : OpFoldResult(stride);
        Value size =
            getValueOrCreateConstantIndexOp(rewriter, loc, sizes[dimension]);
        stride = arith::MulIOp::create(rewriter, loc, stride, size);
      }
    }
    OpFoldResult offset = source.getOffset();
    if (!ShapedType::isDynamic(typeOffset))
      offset = rewriter.getIndexAttr(typeOffset);
    rewriter.replaceOpWithNewOp<memref::ReinterpretCastOp>(
        op, op.getResultType(), source.getBaseBuffer(), offset, sizes, strides);
    return success();
  }
};

/// Copies that are no copies of contiguous memory become loops.
struct LoopOverCopy : OpRewritePattern<memref::CopyOp> {
  using OpRewritePattern::OpRewritePattern;

  LogicalResult matchAndRewrite(memref::CopyOp op,
                                PatternRewriter &rewriter) const override {
    auto source = cast<MemRefType>(op.getSource().getType()),
         target = cast<MemRefType>(op.getTarget().getType());
    if (source.getLayout().isIdentity() && target.getLayout().isIdentity())
      return failure();
    Location loc = op.getLoc();
    Value zero = createIndex(rewriter, loc, 0),
          one = createIndex(rewriter, loc, 1);
    SmallVector<Value> indices;
    for (int64_t dimension = 0; dimension < source.getRank(); ++dimension) {
      Value size =
          memref::DimOp::create(rewriter, loc, op.getSource(), dimension);
      auto loop = scf::ForOp::create(rewriter, loc, zero, size, one);
      indices.push_back(loop.getInductionVar());
      rewriter.setInsertionPointToStart(loop.getBody());
    }
    Value element =
        memref::LoadOp::create(rewriter, loc, op.getSource(), indices);
    memref::StoreOp::create(rewriter, loc, element, op.getTarget(), indices);
    rewriter.eraseOp(op);
    return success();
  }
};

struct ExpandMemRefs : impl::ExpandMemRefsBase<ExpandMemRefs> {
  void runOnOperation() override {
    RewritePatternSet patterns(&getContext());
    patterns.add<ReinterpretExpandShape, LoopOverCopy>(&getContext());
    walkAndApplyPatterns(getOperation(), std::move(patterns));
  }
};

} // namespace

} // namespace attention
