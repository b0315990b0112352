#include "lowering/Passes.h"

#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_NARROWPRODUCTS
#include "lowering/Passes.h.inc"

static VectorType typeOf(Value tile) {
  return dyn_cast<VectorType>(tile.getType());
}

/// Whether `tile` follows from places alone: a contraction with it sums the
/// other operand, as a product with ones and zeros.
static bool isOfPlaces(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!op || !isPure(op) || op->getNumRegions() ||
      isa<vector::ContractionOp>(op))
    return false;
  return llvm::all_of(op->getOperands(), [](Value operand) {
    return !isa<FloatType>(getElementTypeOrSelf(operand.getType())) ||
           isOfPlaces(operand);
  });
}

namespace {
struct NarrowProducts : impl::NarrowProductsBase<NarrowProducts> {
  using NarrowProductsBase::NarrowProductsBase;

  void runOnOperation() override {
    SmallVector<vector::ContractionOp> products;
    getOperation().walk([&](vector::ContractionOp op) {
      if (isProduct(op))
        products.push_back(op);
    });
    for (vector::ContractionOp op : products)
      narrow(op);
    if (!products.empty())
      getOperation().emitRemark()
          << "multiplies in bf16, as asked: " << products.size()
          << " products of tiles of f32";
  }

private:
  bool isProduct(vector::ContractionOp op) const {
    VectorType left = typeOf(op.getLhs()), right = typeOf(op.getRhs()),
               result = dyn_cast<VectorType>(op.getResultType());
    if (!left || !right || !result || !left.getElementType().isF32() ||
        !right.getElementType().isF32() || result.getRank() != 2)
      return false;
    // Rows in pairs are for nothing else.
    if (liesInPairs(op.getRhs()))
      return true;
    // Fewer rows wait for memory, not for products.
    if (result.getDimSize(0) < 16)
      return false;
    return !(leftByRows && isLeftByColumns(op)) && !isOfPlaces(op.getLhs()) &&
           !isOfPlaces(op.getRhs());
  }

  static bool liesInPairs(Value tile) {
    auto widened = tile.getDefiningOp<arith::ExtFOp>();
    return widened && widened.getIn().getDefiningOp<SplitPairsOp>();
  }

  /// Whether the summed dimension is the first of the left operand.
  static bool isLeftByColumns(vector::ContractionOp op) {
    AffineMap left = op.getIndexingMapsArray()[0];
    unsigned first = cast<AffineDimExpr>(left.getResult(0)).getPosition();
    return vector::isReductionIterator(op.getIteratorTypes()[first]);
  }

  static void narrow(vector::ContractionOp op) {
    OpBuilder b(op);
    for (OpOperand *operand : {&op.getLhsMutable(), &op.getRhsMutable()}) {
      Value tile = operand->get();
      // What was widened is as narrow as it was.
      auto widened = tile.getDefiningOp<arith::ExtFOp>();
      if (widened && typeOf(widened.getIn()).getElementType().isBF16()) {
        operand->set(widened.getIn());
        continue;
      }
      auto type = typeOf(tile).clone(b.getBF16Type());
      operand->set(arith::TruncFOp::create(b, op.getLoc(), type, tile));
    }
  }
};
} // namespace

} // namespace attention
