#include "lowering/nvptx/ExactProducts.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention::nvptx {

/// Whether the numbers of a tile of f32 are numbers of type `half`, as its text
/// shows.
static bool isExact(Value tile, Type half) {
  if (auto widened = tile.getDefiningOp<arith::ExtFOp>())
    return getElementTypeOrSelf(widened.getIn()) == half;
  if (auto choice = tile.getDefiningOp<arith::SelectOp>())
    return isExact(choice.getTrueValue(), half) &&
           isExact(choice.getFalseValue(), half);
  DenseFPElementsAttr constant;
  if (!matchPattern(tile, m_Constant(&constant)) || !constant.isSplat())
    return false;
  bool losesInfo = false;
  constant.getSplatValue<APFloat>().convert(
      cast<FloatType>(half).getFloatSemantics(), APFloat::rmNearestTiesToEven,
      &losesInfo);
  return !losesInfo;
}

/// What `isExact` finds, as a tile of type `half`.
static Value exact(OpBuilder &b, Value tile, Type half) {
  if (auto widened = tile.getDefiningOp<arith::ExtFOp>())
    return widened.getIn();
  if (auto choice = tile.getDefiningOp<arith::SelectOp>()) {
    Value yes = exact(b, choice.getTrueValue(), half),
          no = exact(b, choice.getFalseValue(), half);
    return arith::SelectOp::create(b, tile.getLoc(), choice.getCondition(), yes,
                                   no);
  }
  auto type = cast<VectorType>(tile.getType()).clone(half);
  return b.createOrFold<arith::TruncFOp>(tile.getLoc(), type, tile);
}

/// Whether instructions for 16 bits, which sum 16 products, can multiply what
/// those for f32 do.
static bool fitsHalves(vector::ContractionOp op) {
  auto sums = dyn_cast<VectorType>(op.getResultType());
  auto isWhole = [](Type type) {
    auto tile = dyn_cast<VectorType>(type);
    return tile && tile.getRank() == 2 && tile.getElementType().isF32() &&
           llvm::all_of(tile.getShape(),
                        [](int64_t size) { return size % 16 == 0; });
  };
  return sums && sums.getElementType().isF32() &&
         isWhole(op.getLhs().getType()) && isWhole(op.getRhs().getType());
}

Type multipliedType(vector::ContractionOp op) {
  if (fitsHalves(op))
    for (Type half : {Type(BFloat16Type::get(op.getContext())),
                      Type(Float16Type::get(op.getContext()))})
      if (isExact(op.getLhs(), half) && isExact(op.getRhs(), half))
        return half;
  return op.getLhsType().getElementType();
}

void multiplyAsGiven(scf::ForallOp loop) {
  loop->walk([](vector::ContractionOp op) {
    Type type = multipliedType(op);
    if (type == op.getLhsType().getElementType())
      return;
    OpBuilder b(op);
    op.getLhsMutable().set(exact(b, op.getLhs(), type));
    op.getRhsMutable().set(exact(b, op.getRhs(), type));
  });
}

} // namespace attention::nvptx
