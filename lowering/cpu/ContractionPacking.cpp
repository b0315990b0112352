/// Where the right operand of a contraction lies while blocks read it.
#include "dialect/Names.h"
#include "lowering/MemoryRoots.h"
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/Lines.h"
#include "lowering/cpu/Packing.h"
#include "lowering/cpu/SharedPanels.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention {

bool Contraction::isPacked(const VectorUnit &unit, vector::ContractionOp op,
                           const ContractionShape &shape) {
  std::optional<PackedOperand> packing = packingOf(unit, op, shape);
  return packing && !packing->mayStay();
}

/// The argument that an operand is read from, and its function; null for
/// others.
static std::pair<BlockArgument, func::FuncOp>
argumentOf(vector::TransferReadOp read) {
  auto argument = read ? dyn_cast<BlockArgument>(memoryRoot(read.getBase()))
                       : BlockArgument();
  auto function =
      argument ? dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp())
               : func::FuncOp();
  return {argument, function};
}

/// Whether it was laid out for products when it was bound.
static bool isPrepared(vector::TransferReadOp read) {
  auto [argument, function] = argumentOf(read);
  return function && function.getArgAttr(argument.getArgNumber(), preparedAttr);
}

/// Whether rows may begin in the middle of a line: where callers place a
/// tensor, is theirs to say.
static bool isPlacedByCallers(vector::TransferReadOp read) {
  return argumentOf(read).second && !isPrepared(read);
}

/// A tile of many rows repays a copy of the right operand, in one piece, where
/// blocks of few rows read it often, for the lines of a block's columns fall
/// into few sets of the first cache, and where a register takes two lines.
bool Contraction::isCopied(const VectorUnit &unit, vector::ContractionOp op,
                           const ContractionShape &shape) {
  constexpr int64_t longRow = 256;
  Type element = cast<VectorType>(op.getResultType()).getElementType();
  return !shape.rightByN && !multipliesNarrow(unit, op, shape) &&
         shape.m >= kManyRows &&
         shape.n * element.getIntOrFloatBitWidth() / 8 >= longRow &&
         (unit.blockRows() < 8 ||
          isPlacedByCallers(readOf(unit, op, shape, shape.right)));
}

std::optional<PackedOperand>
Contraction::packingOf(const VectorUnit &unit, vector::ContractionOp op,
                       const ContractionShape &shape) {
  using Layout = PackedOperand::Layout;
  if (pairsOf(unit, op, shape))
    return std::nullopt;
  bool isCopy = isCopied(unit, op, shape);
  if (takesRows(unit, op, shape) ||
      !(shape.rightByN || multipliesNarrow(unit, op, shape) || isCopy))
    return std::nullopt;
  vector::TransferReadOp read = readOf(unit, op, shape, shape.right);
  bool mayStay = isCopy && unit.blockRows() >= 8 && read.isDimInBounds(1);
  Layout layout = multipliesTiles(unit, op, shape)   ? Layout::Tiles
                  : multipliesPairs(unit, op, shape) ? Layout::Pairs
                  : mayStay                          ? Layout::Rows
                                                     : Layout::Panels;
  return PackedOperand{
      layout,  shape.rightByN,           shape.n,
      shape.k, lanesOf(unit, op, shape), operandType(unit, op, shape)};
}

/// The right operand, up to `columns`, in the order in which blocks read it:
/// where it is, or in `packed`.
Value Contraction::packHere(const PackedOperand &packing, Value columns,
                            Value packed) {
  auto pack = [&] {
    packing.emit(b, right.memory, packed, columns, depth);
    return packed;
  };
  if (!packing.mayStay())
    return pack();
  Value there = right.memory.memory;
  return choosePlace(
      b, mayCutLines(b, there, packing.vectorBytes()),
      placedLike(packing.type(), cast<MemRefType>(there.getType())), pack,
      [&] { return there; });
}

/// The same, or where all tasks find it; `packed` is allocated for it
/// otherwise.
Value Contraction::packRight(const PackedOperand &packing, Value columns,
                             Value &packed) {
  SharedPanels::Place shared;
  if (c.shared)
    shared = c.shared->placeOf(b, op);
  if (shared.memory && !shared.isPacked)
    return shared.memory;
  packed = c.buffers.allocate(packing.type());
  if (!shared.memory)
    return packHere(packing, columns, packed);
  auto type = cast<MemRefType>(shared.memory.getType());
  if (packing.mayStay())
    type = placedLike(packing.type(),
                      cast<MemRefType>(right.memory.memory.getType()));
  return choosePlace(
      b, shared.isPacked, type, [&] { return shared.memory; },
      [&] { return packHere(packing, columns, packed); });
}

/// Whether another contraction of the block is to read the right operand as
/// this one does, which has packed all of it.
bool Contraction::isReadAgain(Value columns) {
  std::optional<PackedOperand> packing = packingOf(c.unit, op, shape);
  if (!matchPattern(columns, m_Constant()) ||
      !matchPattern(depth, m_Constant()))
    return false;
  return llvm::any_of(shape.right.getUsers(), [&](Operation *user) {
    auto other = dyn_cast<vector::ContractionOp>(user);
    if (!other || other->getBlock() != op->getBlock() ||
        !op->isBeforeInBlock(other))
      return false;
    ContractionShape next = *ContractionShape::of(other);
    return next.right == shape.right &&
           packingOf(c.unit, other, next) == packing;
  });
}

/// Whether rows that are no whole block take prepared weights as they lie, so
/// that a lone row pays for no copy.
bool Contraction::leavesOddRows() {
  vector::TransferReadOp read = readOf(c.unit, op, shape, shape.right);
  return hasOddRows && blockRows > 1 && !seenColumns &&
         isCopied(c.unit, op, shape) && isPrepared(read) &&
         read.isDimInBounds(1) &&
         read.getVectorType().getElementType() == element;
}

/// Lays out the right operand for `loadRight`, unless it lies so; returns what
/// was allocated, if anything.
Value Contraction::prepareRight(Value columns) {
  std::optional<PackedOperand> packing = packingOf(c.unit, op, shape);
  if (!packing)
    return {};
  Value allocated = c.packed.lookup({shape.right, packing->type()}),
        packed =
            allocated ? allocated : packRight(*packing, columns, allocated);
  if (packing->layout == PackedOperand::Layout::Panels)
    panels = packed;
  else
    right.memory = {packed, {}, {Value(), Value()}};
  return allocated;
}

/// Gives back what was allocated for the right operand, or keeps it for who is
/// to read it next.
void Contraction::releaseRight(Value columns, Value allocated) {
  bool isWhole = (panels ? panels : right.memory.memory) == allocated;
  std::pair<Value, Type> key{shape.right, allocated.getType()};
  if (isWhole && isReadAgain(columns)) {
    c.packed[key] = allocated;
    return;
  }
  c.packed.erase(key);
  c.buffers.release(allocated);
}

/// The vector of the right operand at `k`, which is within the depth.
Value Contraction::loadRight(Value k, Value column) {
  if (panels)
    return loadFromPanel(b, panels, column, k, lanes);
  Value zero = arith::ConstantOp::create(b, b.getZeroAttr(element));
  TileMemory present = right.memory;
  present.limits[0] = {};
  return present.load(b, {Bind::element(k), Bind::vector(column, lanes)},
                      element, zero);
}

} // namespace attention
