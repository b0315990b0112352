/// Reductions that are loops of their own: of columns, and of tiles of rank 1.
#include "lowering/Tiles.h"
#include "lowering/cpu/Reductions.h"
#include "lowering/cpu/StageLoops.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

/// Columns are reduced in blocks of so many vectors: their sums do not wait for
/// each other.
static constexpr int64_t kBlockVectors = 4;

void emitColumnReduction(Context &c, vector::MultiDimReductionOp op,
                         Value scratch) {
  ImplicitLocOpBuilder &b = c.b;
  VectorType type = op.getSourceVectorType();
  Type element = type.getElementType();
  int64_t columns = type.getDimSize(1);
  int64_t lanes = c.unit.elementwiseLanes(columns);
  int64_t vectors = std::gcd(columns / lanes, kBlockVectors);
  Points points(b, c.buffers);
  Points::Loop blocks(points, 0, indexConstant(b, columns), lanes * vectors);
  SmallVector<Bind> block;
  for (int64_t i = 0; i < vectors; ++i)
    block.push_back(Bind::columns(
        addIndex(b, blocks.index(), indexConstant(b, i * lanes)), lanes));
  SmallVector<Value> neutral(
      vectors, neutralElement(b, op.getKind(), reductionType(element), lanes));
  SmallVector<Value> reduced;
  {
    Points::Loop rows(points, 0, indexConstant(b, type.getDimSize(0)), 1,
                      neutral);
    for (auto [column, before] :
         llvm::zip_equal(block, rows.op.getRegionIterArgs())) {
      Value value =
          points.at(op.getSource(), {Bind::element(rows.index()), column});
      value = convertElement(b, value, reductionType(element));
      reduced.push_back(combine(b, op.getKind(), before, value));
    }
    scf::YieldOp::create(b, reduced);
    reduced.assign(rows.op.getResults().begin(), rows.op.getResults().end());
  }
  for (auto [column, value] : llvm::zip_equal(block, reduced))
    TileMemory::scratch(scratch, cast<VectorType>(op.getDestType()))
        .store(b, {column},
               withStart(b, op.getKind(), points.at(op.getAcc(), {column}),
                         value, element));
}

Value emitFullReduction(Context &c, Operation *op) {
  ImplicitLocOpBuilder &b = c.b;
  Value source = op->getOperand(0);
  if (isa<vector::ExtractOp>(op))
    return Points(b, c.buffers)
        .at(source, Point(tileType(source).getRank(), Bind::unit()));
  Value start = op->getNumOperands() > 1 ? op->getOperand(1) : Value();
  auto reduction = dyn_cast<vector::ReductionOp>(op);
  vector::CombiningKind kind =
      reduction ? reduction.getKind()
                : cast<vector::MultiDimReductionOp>(op).getKind();
  int64_t extent = tileType(source).getDimSize(0);
  Type element = tileType(source).getElementType();
  int64_t lanes = c.unit.elementwiseLanes(extent);
  Value reduced;
  {
    Points points(b, c.buffers);
    Points::Loop loop(points, 0, indexConstant(b, extent), lanes,
                      neutralElement(b, kind, reductionType(element), lanes));
    Value value = points.at(source, {Bind::columns(loop.index(), lanes)});
    value = convertElement(b, value, reductionType(element));
    scf::YieldOp::create(
        b, ValueRange{combine(b, kind, loop.op.getRegionIterArgs()[0], value)});
    reduced = loop.op.getResult(0);
  }
  reduced = reduceLanes(b, kind, reduced);
  return start ? withStart(b, kind, start, reduced, element)
               : convertElement(b, reduced, element);
}

} // namespace attention
