#include "lowering/PairRegions.h"
#include "dialect/Attention.h"
#include "lowering/Extremes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/IRMapping.h"
#include "passes/SourcePlace.h"

using namespace mlir;

namespace attention {

namespace {
class PairInliner {
public:
  PairInliner(OpBuilder &builder, ArrayRef<int64_t> shape,
              const KnownPairs &known)
      : builder(builder), shape(shape), known(known) {}

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
  void readOne(tensor::ExtractOp op);
  void reportOutside(tensor::ExtractOp op, Value inside, ValueRange sizes);

  OpBuilder &builder;
  ArrayRef<int64_t> shape;
  const KnownPairs &known;
  IRMapping mapping;
};
} // namespace

/// Before the tasks that the code at `builder` is part of and `tensor` is not.
static OpBuilder beforeTasks(const OpBuilder &builder, Value tensor) {
  OpBuilder before(builder);
  Operation *origin = tensor.getParentBlock()->getParentOp();
  for (Operation *parent = builder.getInsertionBlock()->getParentOp(); parent;
       parent = parent->getParentOp())
    if (isa<scf::ForallOp>(parent) && !parent->isAncestor(origin))
      before.setInsertionPoint(parent);
  return before;
}

static void report(OpBuilder &b, tensor::ExtractOp op, Value bad,
                   const Twine &message, ValueRange values) {
  Location loc = op.getLoc();
  Value first = arith::ConstantIndexOp::create(b, loc, 0);
  FailIfOp::create(b, loc, bad, first,
                   sourcePlace(loc) + ("'tensor.extract' " + message).str(),
                   values);
}

/// An element for all pairs: one out of bounds is reported, and the first one
/// read in its place.
void PairInliner::readOne(tensor::ExtractOp op) {
  Location loc = op.getLoc();
  Value tensor = mapping.lookupOrDefault(op.getTensor());
  SmallVector<Value> indices;
  for (auto [dim, operand] : llvm::enumerate(op.getIndices())) {
    Value index = mapping.lookupOrDefault(operand);
    int64_t extent = op.getTensor().getType().getDimSize(dim);
    if (index == known.head && extent >= known.heads) {
      indices.push_back(index);
      continue;
    }
    Value size = builder.createOrFold<tensor::DimOp>(loc, tensor, dim);
    Value bad = builder.createOrFold<arith::CmpIOp>(
        loc, arith::CmpIPredicate::uge, index, size);
    report(builder, op, bad,
           "expects an index within size {0} of dimension " + Twine(dim) +
               ", but got {1}",
           {size, index});
    Value zero = arith::ConstantIndexOp::create(builder, loc, 0);
    indices.push_back(
        builder.createOrFold<arith::SelectOp>(loc, bad, zero, index));
  }
  mapping.map(op.getResult(),
              tensor::ExtractOp::create(builder, loc, tensor, indices));
}

/// States that pairs which are seen are `inside`.
void PairInliner::reportOutside(tensor::ExtractOp op, Value inside,
                                ValueRange sizes) {
  if (!known.seen)
    return;
  Location loc = op.getLoc();
  auto type = cast<VectorType>(inside.getType());
  auto fill = [&](VectorType like, bool value) -> Value {
    return arith::ConstantOp::create(builder, loc,
                                     DenseElementsAttr::get(like, value));
  };
  Value outside = arith::XOrIOp::create(builder, loc, inside, fill(type, true));
  Value bad = arith::AndIOp::create(builder, loc, outside, known.seen);
  auto perColumn = VectorType::get({type.getDimSize(1)}, builder.getI1Type());
  Value columns = vector::MultiDimReductionOp::create(
      builder, loc, bad, fill(perColumn, false), {true, false},
      vector::CombiningKind::OR);
  Value any = vector::ReductionOp::create(builder, loc,
                                          vector::CombiningKind::OR, columns);
  std::string text = "expects indices within the sizes ";
  for (size_t dim = 0; dim < sizes.size(); ++dim)
    text += (dim ? "x{" : "{") + std::to_string(dim) + "}";
  report(builder, op, any, text + " of its tensor for all pairs that are seen",
         sizes);
}

/// Reads an element per pair. Pairs whose index is out of bounds, as those are
/// which do not exist, read zero.
LogicalResult PairInliner::gather(tensor::ExtractOp op) {
  Location loc = op.getLoc();
  Value tensor = mapping.lookupOrDefault(op.getTensor());
  auto type = cast<RankedTensorType>(tensor.getType());
  auto indexType = VectorType::get(shape, builder.getIndexType());
  Value linear, inside;
  SmallVector<Value> sizes;
  for (auto [dim, index] : llvm::enumerate(op.getIndices())) {
    Value at = asTile(loc, mapping.lookupOrDefault(index));
    sizes.push_back(tensor::DimOp::create(builder, loc, tensor, dim));
    Value size =
        vector::BroadcastOp::create(builder, loc, indexType, sizes.back());
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
  reportOutside(op, inside, sizes);
  if (type.getRank() > 1) {
    SmallVector<ReassociationIndices> all(
        1, llvm::to_vector(llvm::seq<int64_t>(0, type.getRank())));
    // A kernel takes it as it takes any other tensor.
    OpBuilder before = beforeTasks(builder, tensor);
    tensor = tensor::CollapseShapeOp::create(before, loc, tensor, all);
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
  bool isOne = op.getNumRegions() == 0 &&
               llvm::none_of(operands, [&](Value v) { return varies(v); });
  if (auto extract = dyn_cast<tensor::ExtractOp>(op)) {
    if (!isOne)
      return gather(extract);
    readOne(extract);
    return success();
  }
  if (isOne) {
    builder.clone(op, mapping);
    return success();
  }
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
                                ValueRange arguments, ArrayRef<int64_t> shape,
                                const KnownPairs &known) {
  return PairInliner(builder, shape, known).run(region, arguments);
}

} // namespace attention
