#include "dialect/Attention.h"
#include "passes/AttendForms.h"
#include "passes/JoinedRows.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"
using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_UNFOLDATTEND
#include "passes/Passes.h.inc"

/// States have no form outside of compiled code: sessions keep tensors.
static LogicalResult refuseStatesAtBorder(func::FuncOp function) {
  auto refuse = [&](TypeRange types, StringRef what) -> LogicalResult {
    for (auto [index, type] : llvm::enumerate(types))
      if (isa<PartialType, CarryType>(type))
        return function.emitOpError(
                   "expects no states at the border of compiled code, but ")
               << what << " " << index << " is " << type;
    return success();
  };
  return success(succeeded(refuse(function.getArgumentTypes(), "argument")) &&
                 succeeded(refuse(function.getResultTypes(), "result")));
}

/// The position of the first query, as `attend` defines it.
static Value firstPosition(OpBuilder &builder, AttendOp op) {
  Location loc = op.getLoc();
  if (op.getOffset() || op.getDocuments())
    return arith::ConstantIndexOp::create(builder, loc, 0);
  Value queries = tensor::DimOp::create(builder, loc, op.getQuery(), 2);
  Value keys = tensor::DimOp::create(builder, loc, op.getKey(), 2);
  return arith::SubIOp::create(builder, loc, keys, queries);
}

/// Only variants that say what they make of tiles have compiled code. Those
/// with a memory have been compiled before, if their mask lets it.
static LogicalResult requireTiles(AttendOp op) {
  if (isa<TiledVariantInterface>(op.getVariant()) &&
      !op.getVariant().recurs(bool(op.getDecay())))
    return success();
  return op.emitOpError("expects a variant that has compiled code, but got ")
         << op.getVariant() << (op.getDecay() ? " with decay" : "")
         << " (the interpreter runs it)";
}

static void unfold(AttendOp op, TiledVariantInterface variant) {
  OpBuilder builder(op);
  Location loc = op.getLoc();
  Value first = firstPosition(builder, op);
  SmallVector<Value> spans;
  if (op.getDocuments()) {
    Value tokens = tensor::DimOp::create(builder, loc, op.getQuery(), 2);
    auto documents =
        DocumentSpansOp::create(builder, loc, op.getDocuments(), tokens);
    spans.assign(documents->result_begin(), documents->result_end());
  }
  FloatAttr scale = op.getScaleAttr();
  if (!scale && variant.scalesByHeadSize())
    scale = builder.getF64FloatAttr(
        1.0 / std::sqrt(double(op.getQuery().getType().getDimSize(3))));
  SmallVector<std::pair<Value, Value>> pieces = keyPieces(op);
  Value partial =
      EmptyPartialOp::create(builder, loc, variant, op.getQuery(),
                             pieces[0].first, pieces[0].second, IntegerAttr());
  Value position = arith::ConstantIndexOp::create(builder, loc, 0);
  for (auto [key, value] : pieces) {
    auto visit = VisitOp::create(
        builder, loc, partial.getType(), partial, op.getQuery(), key, value,
        /*carry=*/Value(), ValueRange{first, position}, op.getMaskAttr(),
        op.getKeys(), spans, op.getOffset(), scale, op.getBias(),
        /*window=*/ValueRange(), DenseI64ArrayAttr(), /*whole=*/UnitAttr());
    IRMapping mapping;
    op.getVisible().cloneInto(&visit.getVisible(), mapping);
    op.getScore().cloneInto(&visit.getScore(), mapping);
    partial = visit.getResult();
    Value rows = tensor::DimOp::create(builder, loc, key, 2);
    position = arith::AddIOp::create(builder, loc, position, rows);
  }
  auto finish = FinishOp::create(builder, loc, partial, op.getSink(),
                                 op.getLogSumExp(), Value(), ValueRange());
  op->replaceAllUsesWith(finish);
  op.erase();
}

namespace {
struct UnfoldAttend : impl::UnfoldAttendBase<UnfoldAttend> {
  void runOnOperation() override {
    if (failed(refuseStatesAtBorder(getOperation())))
      return signalPassFailure();
    SmallVector<AttendOp> ops;
    getOperation().walk([&](AttendOp op) { ops.push_back(op); });
    for (AttendOp op : ops) {
      if (failed(requireTiles(op)) || failed(requireStatic(op)))
        return signalPassFailure();
      FailureOr<TiledVariantInterface> variant =
          cast<TiledVariantInterface>(op.getVariant()).resolve(op);
      if (failed(variant))
        return signalPassFailure();
      unfold(op, *variant);
    }
  }
};
} // namespace

} // namespace attention
