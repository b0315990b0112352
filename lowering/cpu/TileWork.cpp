#include "lowering/cpu/TileWork.h"

#include "lowering/cpu/Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace attention {

/// Instructions of the expansions in Exponentials.cpp, ExpandMath.cpp and
/// MLIR's approximations, about.
static constexpr int64_t kFunction = 14;
/// A division holds its unit as long as so many others.
static constexpr int64_t kDivision = 8;

static int64_t bytesOf(VectorType type) {
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

static bool isAlike(const ContractionWork &a, const ContractionWork &b) {
  return std::tie(a.m, a.n, a.k, a.operand, a.isPacked, a.isTiled) ==
         std::tie(b.m, b.n, b.k, b.operand, b.isPacked, b.isTiled);
}

void TileWork::add(vector::ContractionOp op, const VectorUnit &unit) {
  FailureOr<ContractionShape> shape = ContractionShape::of(op);
  auto result = dyn_cast<VectorType>(op.getResultType());
  if (failed(shape) || !result)
    return;
  ContractionWork work{shape->m, shape->n, shape->k,
                       Contraction::operandType(unit, op, *shape)};
  std::tie(work.blockRows, work.blockColumns) = Contraction::blockOf(unit, op);
  work.isPacked = Contraction::isPacked(unit, op, *shape);
  work.isTiled = Contraction::multipliesTiles(unit, op);
  int64_t lanes = unit.lanes(result.getElementType());
  bool inPairs = unit.multipliesPairs(work.operand, result.getElementType());
  if (work.isTiled) {
    int64_t tiles = work.m / kTileRows * (work.n / kTileColumns) *
                    llvm::divideCeil(work.k, kTileDepth);
    tileProducts += tiles;
    products += tiles * kTileProduct;
  } else {
    products += work.m * work.n * work.k / lanes / (inPairs ? 2 : 1);
  }
  // A load, a store, and the rounds of a transposition.
  if (work.isPacked)
    packing += work.n * work.k / lanes * (shape->rightByN ? 6 : 3);
  for (Value tile : {shape->left, shape->right})
    bytes += bytesOf(tileType(tile));
  bytes += bytesOf(result);
  for (ContractionWork &known : contractions)
    if (isAlike(known, work)) {
      ++known.times;
      return;
    }
  contractions.push_back(work);
}

/// Whether the op costs about as much as exp2.
static bool isFunction(Operation *op) {
  return isa_and_nonnull<math::MathDialect>(op->getDialect()) &&
         !isa<math::AbsFOp, math::FmaOp, math::CopySignOp, math::FloorOp,
              math::CeilOp, math::IsNaNOp>(op);
}

void TileWork::add(Operation *op, const VectorUnit &unit) {
  if (auto reduction = dyn_cast<vector::MultiDimReductionOp>(op)) {
    VectorType type = reduction.getSourceVectorType();
    reductions += type.getNumElements() / unit.lanes(type.getElementType());
    return;
  }
  if (!isPointwise(op) || isView(op) || isa<vector::TransferReadOp>(op))
    return;
  VectorType type = tileType(op->getResult(0));
  if (!type.getElementType().isIntOrFloat() ||
      op->hasTrait<OpTrait::ConstantLike>())
    return;
  // Masks are bits beside what they select.
  int64_t bits = std::max<int64_t>(type.getElementTypeBitWidth(), 16);
  int64_t count =
      llvm::divideCeil(type.getNumElements() * bits, unit.vectorBits);
  if (isFunction(op))
    functions += kFunction * count;
  else
    elementwise += isa<arith::DivFOp>(op) ? kDivision * count : count;
}

TileWork TileWork::of(Block &block, const VectorUnit &unit) {
  TileWork work;
  for (Operation &op : block)
    if (auto contraction = dyn_cast<vector::ContractionOp>(op))
      work.add(contraction, unit);
    else
      work.add(&op, unit);
  return work;
}

SmallVector<std::pair<StringRef, int64_t>> TileWork::rest() const {
  SmallVector<std::pair<StringRef, int64_t>> parts{
      {"compute functions", functions},
      {"work on elements", elementwise},
      {"pack", packing},
      {"reduce", reductions}};
  llvm::erase_if(parts, [](auto &part) { return part.second == 0; });
  llvm::sort(parts, [](auto &a, auto &b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  return parts;
}

double TileWork::bestRatio() const {
  return products / (products + 0.5 * (total() - products));
}

bool TileWork::isLimitedByMemory() const {
  return llvm::all_of(contractions,
                      [](const ContractionWork &work) { return work.m < 8; });
}

} // namespace attention
