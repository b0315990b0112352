#include "lowering/cpu/RowDemand.h"

#include "dialect/Attention.h"
#include "lowering/Tiles.h"
#include "lowering/cpu/TileMemory.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention {

bool RowDemand::Demand::include(const Demand &other) {
  if (all)
    return false;
  if (other.all) {
    *this = everything();
    return true;
  }
  bool grew = false;
  for (const Limit &limit : other.limits)
    if (!llvm::is_contained(limits, limit)) {
      limits.push_back(limit);
      grew = true;
    }
  return grew;
}

RowDemand::Demand RowDemand::everything() {
  Demand demand;
  demand.all = true;
  return demand;
}

RowDemand::RowDemand(Operation *function) {
  SmallVector<Operation *> ops;
  function->walk([&](Operation *op) { ops.push_back(op); });
  // Backwards, until nothing changes: loops carry demand around.
  for (bool changed = true; changed;) {
    changed = false;
    for (Operation *op : llvm::reverse(ops))
      changed |= propagate(op);
  }
}

bool RowDemand::demand(Value tile, const Demand &what) {
  return isTile(tile) && demands[tile].include(what);
}

std::optional<RowDemand::Limit>
RowDemand::limitOf(vector::TransferWriteOp write) {
  if (write.isDimInBounds(0))
    return std::nullopt;
  int64_t dim =
      write.getShapedType().getRank() - write.getVectorType().getRank();
  return Limit{write.getBase(), dim, write.getIndices()[dim]};
}

bool RowDemand::propagateControl(Operation *op) {
  bool changed = false;
  if (auto loop = dyn_cast<scf::ForOp>(op)) {
    for (auto [init, argument, yielded, result] :
         llvm::zip_equal(loop.getInitArgs(), loop.getRegionIterArgs(),
                         loop.getYieldedValues(), loop.getResults())) {
      Demand either = demands.lookup(argument);
      either.include(demands.lookup(result));
      changed |= demand(init, either);
      changed |= demand(yielded, either);
    }
  } else if (auto branch = dyn_cast<scf::IfOp>(op)) {
    for (auto [index, result] : llvm::enumerate(branch.getResults())) {
      Demand wanted = demands.lookup(result);
      changed |= demand(branch.thenYield().getOperand(index), wanted);
      changed |= demand(branch.elseYield().getOperand(index), wanted);
    }
  }
  return changed;
}

bool RowDemand::propagate(Operation *op) {
  if (isa<scf::ForOp, scf::IfOp>(op))
    return propagateControl(op);
  if (isa<scf::YieldOp>(op))
    return false;
  if (auto write = dyn_cast<vector::TransferWriteOp>(op)) {
    Demand wanted = everything();
    if (std::optional<Limit> limit = limitOf(write)) {
      wanted.all = false;
      wanted.limits.push_back(*limit);
    }
    return demand(write.getVector(), wanted);
  }
  Demand wanted = everything();
  if (op->getNumResults() == 1)
    wanted = demands.lookup(op->getResult(0));
  // Rows of these operands are not rows of the result.
  auto crosses = [&](Value operand) {
    if (isColumnReduction(op))
      return operand == op->getOperand(0);
    if (isa<vector::GatherOp, SplitPairsOp>(op))
      return true;
    if (auto contraction = dyn_cast<vector::ContractionOp>(op)) {
      auto shape = ContractionShape::of(contraction);
      if (failed(shape))
        return true;
      return operand == shape->right ||
             (operand == shape->left && shape->leftByK);
    }
    if (isView(op))
      return tileType(operand).getDimSize(0) !=
                 tileType(op->getResult(0)).getDimSize(0) ||
             (isa<vector::BroadcastOp>(op) &&
              tileType(operand).getRank() !=
                  tileType(op->getResult(0)).getRank());
    return !isPointwise(op);
  };
  bool changed = false;
  for (Value operand : op->getOperands())
    if (isTile(operand))
      changed |= demand(operand, crosses(operand) ? everything() : wanted);
  return changed;
}

RowDemand::Demand RowDemand::of(ArrayRef<Value> tiles) const {
  Demand demand;
  for (Value tile : tiles) {
    Demand one = demands.lookup(tile);
    // Of a tile that nothing uses, all rows are as good as none.
    demand.include(one.limits.empty() ? everything() : one);
  }
  return demand;
}

bool RowDemand::isBoundOf(vector::TransferWriteOp write,
                          ArrayRef<Value> tiles) const {
  Demand demand = of(tiles);
  std::optional<Limit> limit = limitOf(write);
  return limit && !demand.all && demand.limits.size() == 1 &&
         demand.limits[0] == *limit;
}

Value RowDemand::rowsOf(ImplicitLocOpBuilder &b, ArrayRef<Value> tiles) const {
  Demand demand = of(tiles);
  if (demand.all)
    return {};
  Value rows;
  for (const Limit &limit : demand.limits) {
    if (!isKnownAt(b, limit.memref) || !isKnownAt(b, limit.index))
      return {};
    Value left = arith::SubIOp::create(
        b, memref::DimOp::create(b, limit.memref, limit.dim), limit.index);
    rows = rows ? Value(arith::MaxSIOp::create(b, rows, left)) : left;
  }
  return arith::MinSIOp::create(
      b, rows, indexConstant(b, tileType(tiles.front()).getDimSize(0)));
}

} // namespace attention
