#include "lowering/PairRegions.h"
#include "lowering/Extremes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace attention {

namespace {
class PairInliner {
public:
  PairInliner(OpBuilder &builder, ArrayRef<int64_t> shape)
      : builder(builder), shape(shape) {}

  FailureOr<Value> run(Region &region, ValueRange arguments);

private:
  bool varies(Value value) { return isa<VectorType>(value.getType()); }
  Value asTile(Location loc, Value value) {
    return varies(value) ? value
                         : Value(vector::BroadcastOp::create(
                               builder, loc,
                               VectorType::get(shape, value.getType()), value));
  }
  LogicalResult inlineOp(Operation &op);
  LogicalResult gather(tensor::ExtractOp op);

  OpBuilder &builder;
  ArrayRef<int64_t> shape;
  IRMapping mapping;
};
} // namespace

/// Reads an element per pair. Pairs whose index is out of bounds, as those are
/// which do not exist, read zero.
LogicalResult PairInliner::gather(tensor::ExtractOp op) {
  Location loc = op.getLoc();
  Value tensor = mapping.lookupOrDefault(op.getTensor());
  auto type = cast<RankedTensorType>(tensor.getType());
  auto indexType = VectorType::get(shape, builder.getIndexType());
  Value linear, inside;
  for (auto [dim, index] : llvm::enumerate(op.getIndices())) {
    Value at = asTile(loc, mapping.lookupOrDefault(index));
    Value size = vector::BroadcastOp::create(
        builder, loc, indexType,
        tensor::DimOp::create(builder, loc, tensor, dim));
    Value ok = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ult,
                                     at, size);
    inside =
        inside ? Value(arith::AndIOp::create(builder, loc, inside, ok)) : ok;
    linear = linear
                 ? Value(arith::AddIOp::create(
                       builder, loc,
                       arith::MulIOp::create(builder, loc, linear, size), at))
                 : at;
  }
  if (type.getRank() > 1) {
    SmallVector<ReassociationIndices> all(
        1, llvm::to_vector(llvm::seq<int64_t>(0, type.getRank())));
    tensor = tensor::CollapseShapeOp::create(builder, loc, tensor, all);
  }
  auto result = VectorType::get(shape, type.getElementType());
  Value zero =
      arith::ConstantOp::create(builder, loc, builder.getZeroAttr(result));
  Value first = arith::ConstantIndexOp::create(builder, loc, 0);
  mapping.map(op.getResult(),
              vector::GatherOp::create(builder, loc, result, tensor, first,
                                       linear, inside, zero));
  return success();
}

LogicalResult PairInliner::inlineOp(Operation &op) {
  SmallVector<Value> operands = llvm::map_to_vector(
      op.getOperands(), [&](Value v) { return mapping.lookupOrDefault(v); });
  if (op.getNumRegions() == 0 &&
      llvm::none_of(operands, [&](Value v) { return varies(v); })) {
    builder.clone(op, mapping);
    return success();
  }
  if (auto extract = dyn_cast<tensor::ExtractOp>(op))
    return gather(extract);
  if (!OpTrait::hasElementwiseMappableTraits(&op))
    return op.emitOpError("has no form for a tile of pairs: score and visible "
                          "regions of compiled code may use elementwise "
                          "arith and math operations and tensor.extract");
  OperationState state(op.getLoc(), op.getName());
  for (Value operand : operands)
    state.addOperands(asTile(op.getLoc(), operand));
  for (Type type : op.getResultTypes())
    state.addTypes(VectorType::get(shape, type));
  state.addAttributes(op.getAttrs());
  if (auto properties = op.getPropertiesAsAttribute())
    state.propertiesAttr = properties;
  Operation *onTiles = builder.create(state);
  mapping.map(op.getResults(), onTiles->getResults());
  if (op.getNumResults() == 1)
    mapping.map(op.getResult(0), withNaN(builder, onTiles));
  return success();
}

FailureOr<Value> PairInliner::run(Region &region, ValueRange arguments) {
  mapping.map(region.getArguments(), arguments);
  Block &block = region.front();
  for (Operation &op : block.without_terminator())
    if (failed(inlineOp(op)))
      return failure();
  Value yielded = mapping.lookupOrDefault(block.getTerminator()->getOperand(0));
  return asTile(region.getLoc(), yielded);
}

FailureOr<Value> inlineForPairs(OpBuilder &builder, Region &region,
                                ValueRange arguments, ArrayRef<int64_t> shape) {
  return PairInliner(builder, shape).run(region, arguments);
}

} // namespace attention
