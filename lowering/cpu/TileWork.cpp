#include "lowering/cpu/TileWork.h"

#include "lowering/TileCost.h"
#include "lowering/cpu/Contraction.h"

using namespace mlir;

namespace attention {

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

void TileWork::add(Operation *op, const VectorUnit &unit) {
  TileCost cost = costOf(op);
  if (cost == TileCost::Nothing)
    return;
  if (cost == TileCost::Product)
    return add(cast<vector::ContractionOp>(op), unit);
  if (cost == TileCost::Reduction) {
    VectorType type =
        cast<vector::MultiDimReductionOp>(op).getSourceVectorType();
    reductions += type.getNumElements() / unit.lanes(type.getElementType());
    return;
  }
  VectorType type = tileType(op->getResult(0));
  // Masks are bits beside what they select.
  int64_t bits = std::max<int64_t>(type.getElementTypeBitWidth(), 16);
  int64_t count =
      llvm::divideCeil(type.getNumElements() * bits, unit.vectorBits);
  if (cost == TileCost::Function)
    functions += kFunctionInstructions * count;
  else
    elementwise +=
        cost == TileCost::Division ? kDivisionInstructions * count : count;
}

TileWork TileWork::of(Block &block, const VectorUnit &unit) {
  TileWork work;
  for (Operation &op : block)
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
