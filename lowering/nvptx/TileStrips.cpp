#include "lowering/nvptx/TileStrips.h"
#include "lowering/MemoryRoots.h"

using namespace mlir;

namespace attention::nvptx {

/// Whether `read` gives the same where `user` stands, behind it in its block.
static bool isUnchanged(vector::TransferReadOp read, Operation *user) {
  Operation *last = read->getBlock()->findAncestorOpInBlock(*user);
  Value buffer = memoryRoot(read.getBase());
  for (Operation *op = read; op && op != last; op = op->getNextNode())
    if (mayWrite(op, buffer))
      return false;
  // Within the op that holds the user there may be loops.
  return last && (last == user || !mayWrite(last, buffer));
}

/// The dimension of a broadcast's source that is `dim` of its result, or -1 if
/// it is repeated along it.
static int64_t sourceDim(vector::BroadcastOp op, int64_t dim) {
  auto source = dyn_cast<VectorType>(op.getSourceType());
  if (!source)
    return -1;
  int64_t own = dim - (op.getResultVectorType().getRank() - source.getRank());
  return own >= 0 && source.getDimSize(own) ==
                         op.getResultVectorType().getDimSize(dim)
             ? own
             : -1;
}

bool TileStrips::canCut(Value tile, int64_t dim, Operation *user) {
  Operation *op = tile.getDefiningOp();
  if (!op)
    return false;
  if (auto read = dyn_cast<vector::TransferReadOp>(op))
    return !read.getMask() && read.getPermutationMap().isMinorIdentity() &&
           isUnchanged(read, user);
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op)) {
    int64_t own = sourceDim(broadcast, dim);
    return own < 0 || canCut(broadcast.getSource(), own, user);
  }
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return isa<SplatElementsAttr>(constant.getValue());
  if (isa<vector::StepOp>(op))
    return true;
  return OpTrait::hasElementwiseMappableTraits(op) &&
         op->getNumResults() == 1 &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return !isa<VectorType>(operand.getType()) ||
                  canCut(operand, dim, user);
         });
}

VectorType TileStrips::typeOf(Value tile, int64_t dim) const {
  auto type = cast<VectorType>(tile.getType());
  SmallVector<int64_t> shape(type.getShape());
  shape[dim] = size;
  return VectorType::get(shape, type.getElementType());
}

Value TileStrips::shifted(Value index) {
  return arith::AddIOp::create(b, loc, index, first);
}

Value TileStrips::cut(Value tile, int64_t dim) {
  Value &strip = known[{tile, dim}];
  if (!strip) {
    Value made = cutOp(tile.getDefiningOp(), dim);
    return known[{tile, dim}] = made;
  }
  return strip;
}

Value TileStrips::cutOp(Operation *op, int64_t dim) {
  Value tile = op->getResult(0);
  VectorType type = typeOf(tile, dim);
  if (auto read = dyn_cast<vector::TransferReadOp>(op)) {
    SmallVector<Value> indices(read.getIndices());
    Value &index = indices[indices.size() - type.getRank() + dim];
    index = shifted(index);
    return vector::TransferReadOp::create(b, loc, type, read.getBase(), indices,
                                          read.getPadding(),
                                          read.getInBoundsValues());
  }
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op)) {
    Value source = broadcast.getSource();
    if (int64_t own = sourceDim(broadcast, dim); own >= 0)
      source = cut(source, own);
    return vector::BroadcastOp::create(b, loc, type, source);
  }
  if (auto constant = dyn_cast<arith::ConstantOp>(op)) {
    auto splat = cast<SplatElementsAttr>(constant.getValue());
    return arith::ConstantOp::create(
        b, loc, SplatElementsAttr::get(type, splat.getSplatValue<Attribute>()));
  }
  if (isa<vector::StepOp>(op)) {
    Value steps = vector::StepOp::create(b, loc, type);
    return arith::AddIOp::create(
        b, loc, steps, vector::BroadcastOp::create(b, loc, type, first));
  }
  IRMapping mapping;
  for (Value operand : op->getOperands())
    if (isa<VectorType>(operand.getType()))
      mapping.map(operand, cut(operand, dim));
  Operation *copy = b.clone(*op, mapping);
  copy->getResult(0).setType(type);
  return copy->getResult(0);
}

} // namespace attention::nvptx
