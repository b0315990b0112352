#include "dialect/variants/Tiles.h"
#include "lowering/DocumentSpans.h"
#include "lowering/Passes.h"
#include "lowering/StateTypes.h"
#include "lowering/TileReads.h"
#include "lowering/TileVisit.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/SCF/Transforms/Patterns.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_ATTENTIONTOTILES
#include "lowering/Passes.h.inc"

namespace {

struct LowerEmptyPartial : OpConversionPattern<EmptyPartialOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(EmptyPartialOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    PartialType type = op.getPartial().getType();
    State state = type.getVariant().emptyPartial(rewriter, op.getLoc(),
                                                 partialShape(type));
    rewriter.replaceOpWithMultiple(op, {state});
    return success();
  }
};

struct LowerEmptyCarry : OpConversionPattern<EmptyCarryOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(EmptyCarryOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    CarryType type = op.getCarry().getType();
    rewriter.replaceOpWithMultiple(
        op, {type.getVariant().emptyCarry(rewriter, op.getLoc(),
                                          carryShape(type))});
    return success();
  }
};

struct LowerVisit : OpConversionPattern<VisitOp> {
  LowerVisit(const TypeConverter &converter, MLIRContext *context,
             TileOptions options)
      : OpConversionPattern(converter, context), options(options) {}
  LogicalResult
  matchAndRewrite(VisitOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!op.getTile() || (*op.getTile())[1] == 0)
      return rewriter.notifyMatchFailure(op, "the visit is not of one tile");
    TileVisit visit(rewriter, op, options);
    ValueRange carry = op.getCarry() ? adaptor.getCarry() : ValueRange();
    State state = op.getPartial().getType().getVariant().visit(
        visit, carry, adaptor.getPartial());
    if (visit.failed())
      return failure();
    rewriter.replaceOpWithMultiple(op, {state});
    return success();
  }
  TileOptions options;
};

struct LowerJoin : OpConversionPattern<JoinOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(JoinOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    TiledVariantInterface variant = op.getResult().getType().getVariant();
    rewriter.replaceOpWithMultiple(
        op, {variant.join(rewriter, op.getLoc(), adaptor.getFirst(),
                          adaptor.getSecond())});
    return success();
  }
};

/// Carries that hold nothing advance to nothing.
struct LowerAdvance : OpConversionPattern<AdvanceOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(AdvanceOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (!adaptor.getCarry().empty())
      return rewriter.notifyMatchFailure(op, "the carry is not empty");
    rewriter.replaceOpWithMultiple(op, {State()});
    return success();
  }
};

struct LowerFinish : OpConversionPattern<FinishOp> {
  using OpConversionPattern::OpConversionPattern;

  LogicalResult
  matchAndRewrite(FinishOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    if (op.getInto().empty())
      return rewriter.notifyMatchFailure(op, "the finish is not of one tile");
    Location loc = op.getLoc();
    PartialType type = op.getPartial().getType();
    Value sink;
    if (op.getSink()) {
      sink =
          tensor::ExtractOp::create(rewriter, loc, op.getSink(), op.getHead());
      sink = castTile(rewriter, loc, sink,
                      scoreType(type.getOutput().getElementType()));
    }
    ReadOut readOut =
        type.getVariant().finish(rewriter, loc, adaptor.getPartial(), sink);
    SmallVector<Value> results{
        write(rewriter, loc, readOut.output, op.getInto()[0])};
    if (op.getLogSumExp())
      results.push_back(
          write(rewriter, loc, readOut.logSumExp, op.getInto()[1]));
    rewriter.replaceOp(op, results);
    return success();
  }

  /// Writes what exists of a tile over the whole of `place`.
  static Value write(OpBuilder &builder, Location loc, Value tile,
                     Value place) {
    auto type = cast<RankedTensorType>(place.getType());
    auto vector = cast<VectorType>(tile.getType());
    tile = castTile(builder, loc, tile, type.getElementType());
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    SmallVector<bool> inBounds{false};
    if (type.getRank() == 2)
      inBounds.push_back(vector.getDimSize(1) == type.getDimSize(1));
    return vector::TransferWriteOp::create(
               builder, loc, tile, place,
               SmallVector<Value>(type.getRank(), zero),
               ArrayRef<bool>(inBounds))
        .getResult();
  }
};

struct LowerPackPartial : OpConversionPattern<PackPartialOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(PackPartialOp op, OneToNOpAdaptor adaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value zero = arith::ConstantIndexOp::create(rewriter, op.getLoc(), 0);
    SmallVector<Value> results;
    for (auto [tile, place] : llvm::zip(adaptor.getPartial(), op.getInto())) {
      int64_t rank = cast<VectorType>(tile.getType()).getRank();
      results.push_back(vector::TransferWriteOp::create(
                            rewriter, op.getLoc(), tile, place,
                            SmallVector<Value>(rank, zero),
                            ArrayRef<bool>(SmallVector<bool>(rank, true)))
                            .getResult());
    }
    rewriter.replaceOp(op, results);
    return success();
  }
};

struct LowerUnpackPartial : OpConversionPattern<UnpackPartialOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(UnpackPartialOp op, OneToNOpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    Value zero = arith::ConstantIndexOp::create(rewriter, op.getLoc(), 0);
    State state;
    for (Value part : op.getParts()) {
      auto type = cast<RankedTensorType>(part.getType());
      Value padding = arith::ConstantOp::create(
          rewriter, op.getLoc(), rewriter.getZeroAttr(type.getElementType()));
      state.push_back(vector::TransferReadOp::create(
          rewriter, op.getLoc(),
          VectorType::get(type.getShape(), type.getElementType()), part,
          SmallVector<Value>(type.getRank(), zero), padding,
          ArrayRef<bool>(SmallVector<bool>(type.getRank(), true))));
    }
    rewriter.replaceOpWithMultiple(op, {state});
    return success();
  }
};

struct LowerDocumentSpans : OpConversionPattern<DocumentSpansOp> {
  using OpConversionPattern::OpConversionPattern;
  LogicalResult
  matchAndRewrite(DocumentSpansOp op, OpAdaptor,
                  ConversionPatternRewriter &rewriter) const override {
    rewriter.replaceOp(op, documentSpans(rewriter, op));
    return success();
  }
};

struct AttentionToTiles : impl::AttentionToTilesBase<AttentionToTiles> {
  using AttentionToTilesBase::AttentionToTilesBase;
  void runOnOperation() override {
    MLIRContext *context = &getContext();
    StateTypeConverter converter;
    RewritePatternSet patterns(context);
    ConversionTarget target(*context);
    target.markUnknownOpDynamicallyLegal([](Operation *) { return true; });
    target.addIllegalOp<EmptyPartialOp, EmptyCarryOp, VisitOp, JoinOp,
                        AdvanceOp, FinishOp, DocumentSpansOp, PackPartialOp,
                        UnpackPartialOp>();
    TileOptions options{narrowWeights, branchOnFinite};
    patterns.add<LowerEmptyPartial, LowerEmptyCarry, LowerJoin, LowerAdvance,
                 LowerFinish, LowerDocumentSpans, LowerPackPartial,
                 LowerUnpackPartial>(converter, context);
    patterns.add<LowerVisit>(converter, context, options);
    scf::populateSCFStructuralTypeConversionsAndLegality(converter, patterns,
                                                         target);
    if (failed(applyPartialConversion(getOperation(), target,
                                      std::move(patterns))))
      signalPassFailure();
  }
};

} // namespace

} // namespace attention
