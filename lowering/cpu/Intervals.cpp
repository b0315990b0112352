#include "lowering/cpu/Intervals.h"

#include "lowering/Tiles.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

static bool isNot(Operation *op) {
  return isa<arith::XOrIOp>(op) && matchPattern(op->getOperand(1), m_One());
}

/// A tile of truths: what is not known of it is no more than that.
static bool isTruth(Value tile) {
  return tileType(tile).getElementType().isInteger(1);
}

/// Whether the sides are compared as numbers with a sign, or for equality.
static bool isOrdered(arith::CmpIPredicate predicate) {
  using P = arith::CmpIPredicate;
  return llvm::is_contained({P::eq, P::ne, P::slt, P::sle, P::sgt, P::sge},
                            predicate);
}

bool Intervals::isBounded(Value tile) {
  Operation *op = tile.getDefiningOp();
  if (!op || op->getNumResults() != 1)
    return false;
  auto isKnown = [](Value operand) {
    return !isTile(operand) || isBounded(operand);
  };
  // Of both, one that is known is enough; of either, both must be.
  if (isa<arith::AndIOp>(op) && isTruth(tile))
    return llvm::any_of(op->getOperands(), isKnown);
  if (auto read = dyn_cast<vector::TransferReadOp>(op))
    return read.getVectorType().getRank() == 1 &&
           isa<IntegerType>(read.getVectorType().getElementType()) &&
           readsConstantMemory(read);
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<DenseIntElementsAttr>(constant.getValue()) &&
           cast<DenseElementsAttr>(constant.getValue()).isSplat();
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    if (!isOrdered(compare.getPredicate()))
      return false;
  bool isLogic = isTruth(tile) && (isa<arith::OrIOp>(op) || isNot(op));
  if (!isLogic &&
      !isa<vector::StepOp, vector::BroadcastOp, vector::ShapeCastOp,
           arith::CmpIOp, arith::AddIOp, arith::SubIOp, arith::IndexCastOp>(op))
    return false;
  return llvm::all_of(op->getOperands(), isKnown);
}

void Intervals::collectLeaves(Value tile, SmallVectorImpl<Value> &leaves) {
  Operation *op = tile.getDefiningOp();
  for (Value operand : op->getOperands())
    if (!isTile(operand))
      leaves.push_back(operand);
    else if (isBounded(operand))
      collectLeaves(operand, leaves);
}

Value Intervals::truth(bool value) {
  return arith::ConstantIntOp::create(b, value, 1);
}

Intervals::Interval Intervals::of(Value tile, Point block) {
  for (auto [dim, size] : llvm::enumerate(tileType(tile).getShape()))
    if (size == 1)
      block[dim] = Bind::unit();
  if (!isBounded(tile))
    return {truth(false), truth(true)};
  return compute(tile.getDefiningOp(), block);
}

Intervals::Interval Intervals::compute(Operation *op, const Point &block) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    return ofCompare(compare, block);
  if (isa<arith::AndIOp, arith::OrIOp, arith::XOrIOp>(op))
    return ofLogic(op, block);
  if (auto read = dyn_cast<vector::TransferReadOp>(op))
    return ofRead(read, block);
  if (auto cast = dyn_cast<vector::ShapeCastOp>(op))
    return ofShapeCast(cast, block);
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op)) {
    Value source = broadcast.getSource();
    if (!isTile(source))
      return {source, source};
    return of(source,
              Point(ArrayRef(block).take_back(tileType(source).getRank())));
  }
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    Value value = arith::ConstantOp::create(
        b, cast<SplatElementsAttr>(constant.getValue())
               .getSplatValue<TypedAttr>());
    return {value, value};
  }
  if (isa<vector::StepOp>(op)) {
    Value first = block[0].index ? block[0].index : indexConstant(b, 0);
    int64_t count = std::max<int64_t>(block[0].lanes, 1);
    return {first, addIndex(b, first, indexConstant(b, count - 1))};
  }
  Interval left = of(op->getOperand(0), block);
  if (auto cast = dyn_cast<arith::IndexCastOp>(op)) {
    Type type = tileType(cast.getResult()).getElementType();
    return {arith::IndexCastOp::create(b, type, left.least),
            arith::IndexCastOp::create(b, type, left.most)};
  }
  Interval right = of(op->getOperand(1), block);
  if (isa<arith::SubIOp>(op))
    return {arith::SubIOp::create(b, left.least, right.most),
            arith::SubIOp::create(b, left.most, right.least)};
  return {arith::AddIOp::create(b, left.least, right.least),
          arith::AddIOp::create(b, left.most, right.most)};
}

Intervals::Interval Intervals::ofCompare(arith::CmpIOp op, const Point &block) {
  using P = arith::CmpIPredicate;
  Interval left = of(op.getLhs(), block), right = of(op.getRhs(), block);
  auto compare = [&](P predicate, Value x, Value y) -> Value {
    return arith::CmpIOp::create(b, predicate, x, y);
  };
  auto both = [&](Value x, Value y) -> Value {
    return arith::AndIOp::create(b, x, y);
  };
  P predicate = op.getPredicate();
  if (predicate == P::sgt || predicate == P::sge) {
    std::swap(left, right);
    predicate = predicate == P::sgt ? P::slt : P::sle;
  }
  if (predicate == P::slt || predicate == P::sle)
    return {compare(predicate, left.most, right.least),
            compare(predicate, left.least, right.most)};
  Interval equal{both(compare(P::eq, left.least, right.most),
                      compare(P::eq, left.most, right.least)),
                 both(compare(P::sle, left.least, right.most),
                      compare(P::sle, right.least, left.most))};
  if (predicate == P::eq)
    return equal;
  return {arith::XOrIOp::create(b, equal.most, truth(true)),
          arith::XOrIOp::create(b, equal.least, truth(true))};
}

Intervals::Interval Intervals::ofLogic(Operation *op, const Point &block) {
  Interval left = of(op->getOperand(0), block);
  if (isa<arith::XOrIOp>(op))
    return {arith::XOrIOp::create(b, left.most, truth(true)),
            arith::XOrIOp::create(b, left.least, truth(true))};
  Interval right = of(op->getOperand(1), block);
  if (isa<arith::AndIOp>(op))
    return {arith::AndIOp::create(b, left.least, right.least),
            arith::AndIOp::create(b, left.most, right.most)};
  return {arith::OrIOp::create(b, left.least, right.least),
          arith::OrIOp::create(b, left.most, right.most)};
}

Intervals::Interval Intervals::ofRead(vector::TransferReadOp op,
                                      const Point &block) {
  Value elements = points.at(op.getResult(), block);
  if (!isa<VectorType>(elements.getType()))
    return {elements, elements};
  bool isTruth = op.getVectorType().getElementType().isInteger(1);
  auto reduce = [&](vector::CombiningKind kind) -> Value {
    return vector::ReductionOp::create(b, kind, elements);
  };
  using K = vector::CombiningKind;
  return {reduce(isTruth ? K::AND : K::MINSI),
          reduce(isTruth ? K::OR : K::MAXSI)};
}

Intervals::Interval Intervals::ofShapeCast(vector::ShapeCastOp op,
                                           const Point &block) {
  SmallVector<Bind> proper;
  for (int64_t dim : properDims(op.getResultVectorType()))
    proper.push_back(block[dim]);
  Point source;
  unsigned next = 0;
  for (int64_t size : op.getSourceVectorType().getShape())
    source.push_back(size == 1 ? Bind::unit() : proper[next++]);
  return of(op.getSource(), source);
}

} // namespace attention
