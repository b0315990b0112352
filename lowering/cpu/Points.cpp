#include "lowering/cpu/Points.h"

#include "lowering/Tiles.h"
#include "lowering/cpu/LinearCompare.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace attention {

Points::Loop::Loop(Points &points, int64_t from, Value to, int64_t step,
                   ValueRange carried)
    : Loop(points,
           scf::ForOp::create(points.b, indexConstant(points.b, from), to,
                              indexConstant(points.b, step), carried)) {}

Points::Loop::Loop(Points &points, scf::ForOp loop)
    : op(loop), points(points), guard(points.b) {
  points.loops.push_back(loop);
  points.known.emplace_back();
  ++points.depth;
  Block *body = loop.getBody();
  if (body->mightHaveTerminator())
    points.b.setInsertionPoint(body->getTerminator());
  else
    points.b.setInsertionPointToEnd(body);
}

Points::Loop::~Loop() {
  points.loops.pop_back();
  points.known.pop_back();
  --points.depth;
}

unsigned Points::levelOf(ArrayRef<Bind> point) const {
  unsigned level = 0;
  for (const Bind &bind : point) {
    if (!bind.index)
      continue;
    Value index = bind.index;
    Operation *parent = index.getParentBlock()->getParentOp();
    for (unsigned i = level; i < depth; ++i)
      if (loops[i]->isAncestor(parent))
        level = i + 1;
  }
  return level;
}

Value Points::find(Value tile, ArrayRef<Bind> point) const {
  for (unsigned level = 0; level <= depth; ++level)
    for (const auto &[key, value] : known[level])
      if (key.first == tile && ArrayRef<Bind>(key.second) == point)
        return value;
  return {};
}

void Points::moveTo(unsigned level) {
  if (level < depth)
    b.setInsertionPoint(loops[level]);
  depth = level;
}

/// `point` without indices along dimensions of size 1.
static Point properPoint(Value tile, Point point) {
  for (auto [dim, size] : llvm::enumerate(tileType(tile).getShape()))
    if (size == 1)
      point[dim] = Bind::unit();
  return point;
}

void Points::know(Value tile, Point point, Value value) {
  point = properPoint(tile, point);
  known[levelOf(point)].push_back({{tile, point}, value});
}

const TileMemory &Points::memoryOf(vector::TransferReadOp read) {
  auto found = memories.find(read);
  if (found != memories.end())
    return found->second;
  OpBuilder::InsertionGuard guard(b);
  unsigned outer = depth;
  moveTo(0);
  TileMemory memory = TileMemory::of(b, read);
  depth = outer;
  return memories.try_emplace(read, memory).first->second;
}

Value Points::at(Value tile, Point point) {
  point = properPoint(tile, point);
  if (Value value = find(tile, point))
    return value;
  unsigned outer = depth, level = levelOf(point);
  OpBuilder::InsertionGuard guard(b);
  moveTo(level);
  Value value = compute(tile, point);
  depth = outer;
  known[level].push_back({{tile, point}, value});
  return value;
}

Value Points::compute(Value tile, Point point) {
  Type element = tileType(tile).getElementType();
  if (Value memory = buffers.lookup(tile))
    return TileMemory::scratch(memory, tileType(tile))
        .load(b, point, element, /*padding=*/{});
  Operation *op = tile.getDefiningOp();
  if (auto constant = dyn_cast<arith::ConstantOp>(op))
    return computeConstant(
        cast<SplatElementsAttr>(constant.getValue()).getSplatValue<Attribute>(),
        point, element);
  if (isa<vector::StepOp>(op))
    return computeStep(point);
  if (auto broadcast = dyn_cast<vector::BroadcastOp>(op))
    return computeBroadcast(broadcast, point);
  if (auto cast = dyn_cast<vector::ShapeCastOp>(op))
    return computeShapeCast(cast, point);
  if (auto read = dyn_cast<vector::TransferReadOp>(op))
    return memoryOf(read).load(b, point, element, read.getPadding());
  if (auto gather = dyn_cast<vector::GatherOp>(op))
    return computeGather(gather, point);
  return computeElementwise(op, point);
}

Value Points::computeConstant(Attribute splatted, Point point, Type element) {
  auto value = cast<TypedAttr>(splatted);
  if (auto vector = dyn_cast<VectorType>(typeAt(element, point)))
    value = DenseElementsAttr::get(vector, splatted);
  return arith::ConstantOp::create(b, value);
}

Value Points::computeStep(Point point) {
  Value first = point[0].index ? point[0].index : indexConstant(b, 0);
  if (!point[0].lanes)
    return first;
  auto type = VectorType::get({point[0].lanes}, b.getIndexType());
  return arith::AddIOp::create(b, splat(b, first, point[0].lanes),
                               vector::StepOp::create(b, type));
}

Value Points::computeBroadcast(vector::BroadcastOp op, Point point) {
  Value source = op.getSource(), value = source;
  if (isTile(source))
    value = at(source,
               Point(ArrayRef(point).take_back(tileType(source).getRank())));
  if (lanesOf(point) && !isa<VectorType>(value.getType()))
    value = splat(b, value, lanesOf(point));
  return value;
}

Value Points::computeShapeCast(vector::ShapeCastOp op, Point point) {
  SmallVector<Bind> proper;
  for (int64_t dim : properDims(op.getResultVectorType()))
    proper.push_back(point[dim]);
  Point sourcePoint;
  unsigned next = 0;
  for (int64_t size : op.getSourceVectorType().getShape())
    sourcePoint.push_back(size == 1 ? Bind::unit() : proper[next++]);
  return at(op.getSource(), sourcePoint);
}

Value Points::computeGather(vector::GatherOp op, Point point) {
  Value index = at(op.getIndices(), point), mask = at(op.getMask(), point),
        pass = at(op.getPassThru(), point);
  Type type = typeAt(op.getVectorType().getElementType(), point);
  SmallVector<Value> indices(op.getOffsets());
  if (auto vector = dyn_cast<VectorType>(type))
    return vector::GatherOp::create(b, vector, op.getBase(), indices, index,
                                    mask, pass);
  auto choice = scf::IfOp::create(b, TypeRange{type}, mask, true, true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(choice.thenBlock());
  if (!isa<IndexType>(index.getType()))
    index = arith::IndexCastOp::create(b, b.getIndexType(), index);
  indices.back() = addIndex(b, indices.back(), index);
  Value loaded = memref::LoadOp::create(b, op.getBase(), indices);
  scf::YieldOp::create(b, ValueRange{loaded});
  b.setInsertionPointToStart(choice.elseBlock());
  scf::YieldOp::create(b, ValueRange{pass});
  return choice.getResult(0);
}

/// Lets a product and a sum become one fused operation: one rounding less.
static void allowContraction(Operation *op) {
  if (!isa<arith::AddFOp, arith::SubFOp, arith::MulFOp>(op))
    return;
  auto fast = cast<arith::ArithFastMathInterface>(op);
  auto flags = fast.getFastMathFlagsAttr().getValue();
  op->setAttr(fast.getFastMathAttrName(),
              arith::FastMathFlagsAttr::get(
                  op->getContext(), flags | arith::FastMathFlags::contract));
}

Value Points::computeElementwise(Operation *op, Point point) {
  if (auto compare = dyn_cast<arith::CmpIOp>(op))
    if (Value result = linearCompare(*this, compare, point))
      return result;
  IRMapping mapping;
  for (Value operand : op->getOperands())
    if (isTile(operand))
      mapping.map(operand, at(operand, point));
  // As `vmaxps` has it: no code that mends NaN.
  if (isa<arith::MaximumFOp, arith::MinimumFOp>(op)) {
    auto predicate = isa<arith::MaximumFOp>(op) ? arith::CmpFPredicate::OGT
                                                : arith::CmpFPredicate::OLT;
    Value left = mapping.lookup(op->getOperand(0)),
          right = mapping.lookup(op->getOperand(1));
    Value first = arith::CmpFOp::create(b, predicate, left, right);
    return arith::SelectOp::create(b, first, left, right);
  }
  Operation *copy = b.clone(*op, mapping);
  copy->getResult(0).setType(
      typeAt(tileType(op->getResult(0)).getElementType(), point));
  allowContraction(copy);
  return copy->getResult(0);
}

} // namespace attention
