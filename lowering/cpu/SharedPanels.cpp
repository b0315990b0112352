#include "lowering/cpu/SharedPanels.h"

#include "lowering/Tiles.h"
#include "lowering/cpu/Contraction.h"
#include "lowering/cpu/Lines.h"
#include "lowering/cpu/Multiples.h"
#include "lowering/cpu/Visits.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "passes/SizeSlice.h"

using namespace mlir;

namespace attention {

/// Whether tasks gain by reading what is packed out of memory, `rows` rows
/// each, instead of packing it themselves: if it has no more bytes than what it
/// comes from, and each of them takes part in so many products that memory
/// keeps up by itself. Of narrow rows, packing takes little time beside all
/// else.
static bool isWorthReading(const PackedOperand &packing, Type source,
                           int64_t rows) {
  constexpr int64_t fewestProducts = 24, wideRow = 256;
  int64_t bytes = packing.element.getIntOrFloatBitWidth() / 8;
  // A matrix unit is done before a tile would be packed again.
  if (packing.layout == PackedOperand::Layout::Tiles)
    return true;
  return bytes * 8 <= source.getIntOrFloatBitWidth() &&
         rows >= fewestProducts * bytes &&
         packing.sourceColumns() * bytes >= wideRow;
}

SharedPanels::SharedPanels(ImplicitLocOpBuilder &builder,
                           const VectorUnit &unit, scf::ForallOp loop)
    : b(builder), unit(unit), loop(loop) {
  if (!loop.isNormalized() || loop->getParentOfType<scf::ForallOp>())
    return;
  loop.walk([&](vector::ContractionOp op) {
    std::optional<Source> source = sourceOf(op);
    if (!source)
      return;
    auto isAlike = [&](const Panels &panels) {
      return panels.source.isAlike(*source);
    };
    auto *found = llvm::find_if(all, isAlike);
    numbers[op] = found - all.begin();
    if (found == all.end())
      all.push_back({*source});
    auto &reads = all[numbers[op]].reads;
    reads.try_emplace(source->rows, source->indices);
  });
  for (Panels &panels : all)
    emit(panels);
}

//===----------------------------------------------------------------------===//
// What is shared
//===----------------------------------------------------------------------===//

bool SharedPanels::Source::isAlike(const Source &other) const {
  if (!(packing == other.packing) || varies != other.varies ||
      memory != other.memory)
    return false;
  for (auto [dim, isOther] : llvm::enumerate(varies))
    if (!isOther && dim != rowDim() && indices[dim] != other.indices[dim])
      return false;
  return true;
}

bool SharedPanels::Source::isAligned() const {
  int64_t columns = packing.sourceColumns();
  if (!isMultiple(indices[rowDim()], packing.sourceRows()))
    return false;
  if (!varies.back())
    return true;
  int64_t width = cast<MemRefType>(memory.getType()).getDimSize(columnDim());
  return !ShapedType::isDynamic(width) && width % columns == 0 &&
         isMultiple(indices.back(), columns);
}

std::optional<SharedPanels::Source>
SharedPanels::sourceOf(vector::ContractionOp op) {
  ContractionShape shape = *ContractionShape::of(op);
  if (op->getParentOfType<scf::ForallOp>() != loop ||
      !Contraction::canReadInPlace(unit, op, shape, shape.right))
    return std::nullopt;
  std::optional<PackedOperand> packing =
      Contraction::packingOf(unit, op, shape);
  vector::TransferReadOp read =
      Contraction::readOf(unit, op, shape, shape.right);
  if (!packing ||
      !isWorthReading(*packing, read.getVectorType().getElementType(),
                      shape.m) ||
      !readsConstantMemory(read) ||
      !loop.isDefinedOutsideOfLoop(read.getBase()) ||
      read.getVectorType().getRank() != 2 || !read.isDimInBounds(1))
    return std::nullopt;
  Source source{*packing,
                read.getBase(),
                read.getIndices(),
                read.getVectorType(),
                {},
                shape.m,
                {}};
  for (Value index : source.indices)
    source.varies.push_back(!loop.isDefinedOutsideOfLoop(index));
  source.rows = scf::getForInductionVarOwner(source.indices[source.rowDim()]);
  if (!source.rows || !loop->isProperAncestor(source.rows) ||
      !source.isAligned())
    return std::nullopt;
  // Tasks that start elsewhere each may have few rows in common: that pays
  // where packing takes longer than the products.
  bool startsAlike = loop.isDefinedOutsideOfLoop(source.rows.getLowerBound());
  if (!startsAlike && packing->layout != PackedOperand::Layout::Tiles)
    return std::nullopt;
  return source;
}

//===----------------------------------------------------------------------===//
// Whether it pays
//===----------------------------------------------------------------------===//

/// What the packed tiles are numbered by, in front of their rows: the sizes of
/// the tensor's dimensions that tasks differ in, columns in tiles.
SmallVector<Value> SharedPanels::sizesOf(const Source &source) {
  SmallVector<Value> sizes;
  for (auto [dim, varies] : llvm::enumerate(source.varies)) {
    if (!varies || dim == source.rowDim())
      continue;
    Value size = b.createOrFold<memref::DimOp>(source.memory, dim);
    if (dim == source.columnDim())
      size = b.createOrFold<arith::DivUIOp>(
          size, indexConstant(b, source.packing.sourceColumns()));
    sizes.push_back(size);
  }
  return sizes;
}

/// Whether enough tasks read each tile: two, where all go on to the same row.
/// How far they go otherwise is only known when they run; then there are to be
/// eight, and no more than twice as many rows as these have of their own.
Value SharedPanels::pays(const Source &source, ValueRange sizes, Value rows) {
  auto product = [&](Value a, Value c) -> Value {
    return b.createOrFold<arith::MulIOp>(a, c);
  };
  auto isAtLeast = [&](Value a, Value c) -> Value {
    return b.createOrFold<arith::CmpIOp>(arith::CmpIPredicate::sge, a, c);
  };
  Value tasks = indexConstant(b, 1), stretches = tasks;
  for (OpFoldResult bound : loop.getMixedUpperBound())
    tasks =
        product(tasks, getValueOrCreateConstantIndexOp(b, b.getLoc(), bound));
  for (Value size : sizes)
    stretches = product(stretches, size);
  scf::ForOp through = source.rows;
  if (loop.isDefinedOutsideOfLoop(through.getLowerBound()) &&
      loop.isDefinedOutsideOfLoop(through.getUpperBound()))
    return isAtLeast(tasks, product(stretches, indexConstant(b, 2)));
  Value most = product(tasks, indexConstant(b, 2 * source.tasksRows));
  return b.createOrFold<arith::AndIOp>(
      isAtLeast(tasks, product(stretches, indexConstant(b, 8))),
      isAtLeast(most, product(rows, stretches)));
}

//===----------------------------------------------------------------------===//
// In front of the loop
//===----------------------------------------------------------------------===//

/// Whether the place of a buffer of such sizes can be planned.
static bool isPlanned(func::FuncOp function, ValueRange sizes) {
  OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
  IRMapping arguments;
  for (BlockArgument argument : function.getArguments())
    arguments.map(argument, argument);
  SizeSlice slice(builder, arguments);
  return llvm::all_of(sizes, [&](Value size) { return slice.copy(size); });
}

/// Leaves `memory` null where nothing is packed in front of the loop.
void SharedPanels::emit(Panels &panels) {
  const Source &source = panels.source;
  const PackedOperand &packing = source.packing;
  SmallVector<Value> sizes = sizesOf(source);
  Value rows = b.createOrFold<memref::DimOp>(source.memory, source.rowDim());
  panels.isPacked = pays(source, sizes, rows);
  if (matchPattern(panels.isPacked, m_Zero()))
    return;
  Value tiles = b.createOrFold<arith::CeilDivUIOp>(
      rows, indexConstant(b, packing.sourceRows()));
  auto tilesIf = [&](Value condition) -> Value {
    return b.createOrFold<arith::SelectOp>(condition, tiles,
                                           indexConstant(b, 0));
  };
  sizes.push_back(tilesIf(panels.isPacked));
  if (!isPlanned(loop->getParentOfType<func::FuncOp>(), sizes))
    return;
  SmallVector<OpFoldResult> folded = getAsOpFoldResult(sizes);
  SmallVector<int64_t> shape;
  SmallVector<Value> dynamic;
  dispatchIndexOpFoldResults(folded, dynamic, shape);
  llvm::append_range(shape, packing.type().getShape());
  panels.memory = memref::AllocOp::create(
      b, MemRefType::get(shape, packing.element), dynamic);
  // Where tensors lie is known later than what memory is needed.
  if (packing.mayStay()) {
    panels.isPacked = b.createOrFold<arith::AndIOp>(
        panels.isPacked, mayCutLines(b, source.memory, packing.vectorBytes()));
    folded.back() = getAsOpFoldResult(tilesIf(panels.isPacked));
  }
  if (matchPattern(panels.isPacked, m_One()))
    panels.isPacked = {};
  emitLoop(panels, folded);
}

/// The packed tile at `numbers`.
static Value tileAt(ImplicitLocOpBuilder &b, Value memory, ValueRange numbers,
                    const PackedOperand &packing) {
  MemRefType type = packing.type();
  SmallVector<OpFoldResult> offsets = getAsOpFoldResult(numbers), sizes;
  offsets.resize(numbers.size() + type.getRank(), b.getIndexAttr(0));
  sizes.resize(numbers.size(), b.getIndexAttr(1));
  for (int64_t size : type.getShape())
    sizes.push_back(b.getIndexAttr(size));
  SmallVector<OpFoldResult> strides(offsets.size(), b.getIndexAttr(1));
  auto [steps, offset] = type.getStridesAndOffset();
  auto view = MemRefType::get(
      type.getShape(), type.getElementType(),
      StridedLayoutAttr::get(b.getContext(), ShapedType::kDynamic, steps));
  return memref::SubViewOp::create(b, view, memory, offsets, sizes, strides);
}

/// Whether a task may read the tile at `indices`.
Value SharedPanels::isRead(const Panels &panels, ValueRange indices) {
  Value isRead = arith::ConstantIntOp::create(b, false, 1);
  for (auto [rows, readIndices] : panels.reads) {
    IRMapping known;
    for (auto [dim, varies] : llvm::enumerate(panels.source.varies))
      if (varies)
        known.map(readIndices[dim], indices[dim]);
    Value inLoop =
        Visits(b, loop, known).of(*rows.getBody(), [&](Operation *op) {
          auto found = numbers.find(op);
          return found != numbers.end() && &all[found->second] == &panels;
        });
    isRead = b.createOrFold<arith::OrIOp>(isRead, inLoop);
  }
  return isRead;
}

/// Packs each tile that may be read in a task of its own.
void SharedPanels::emitLoop(const Panels &panels,
                            ArrayRef<OpFoldResult> sizes) {
  const Source &source = panels.source;
  const PackedOperand &packing = source.packing;
  OpBuilder::InsertionGuard guard(b);
  auto tasks = scf::ForallOp::create(b, sizes, ValueRange(), std::nullopt);
  b.setInsertionPoint(tasks.getTerminator());
  SmallVector<Value> numbers = llvm::to_vector(tasks.getInductionVars());
  auto scaled = [&](Value number, int64_t size) -> Value {
    return b.createOrFold<arith::MulIOp>(number, indexConstant(b, size));
  };
  SmallVector<Value> indices(source.indices);
  unsigned next = 0;
  for (auto [dim, varies] : llvm::enumerate(source.varies))
    if (varies && dim != source.rowDim())
      indices[dim] = numbers[next++];
  if (source.varies.back())
    indices.back() = scaled(indices.back(), packing.sourceColumns());
  indices[source.rowDim()] = scaled(numbers.back(), packing.sourceRows());
  TileMemory memory =
      TileMemory::in(b, source.memory, indices, source.tile, {false, true});
  if (Value isRead = this->isRead(panels, indices);
      !matchPattern(isRead, m_One()))
    b.setInsertionPoint(
        scf::IfOp::create(b, isRead, /*withElseRegion=*/false).thenYield());
  Value depth = indexConstant(b, packing.k);
  if (!packing.byN)
    depth = arith::MinSIOp::create(b, depth, memory.limits[0]);
  packing.emit(b, memory, tileAt(b, panels.memory, numbers, packing),
               indexConstant(b, packing.n), depth);
}

bool SharedPanels::holds(Operation *op) const {
  auto found = numbers.find(op);
  return found != numbers.end() && all[found->second].memory;
}

SharedPanels::Place SharedPanels::placeOf(ImplicitLocOpBuilder &builder,
                                          vector::ContractionOp op) const {
  if (!holds(op))
    return {};
  const Panels &panels = all[numbers.lookup(op)];
  const Source &source = panels.source;
  ContractionShape shape = *ContractionShape::of(op);
  vector::TransferReadOp read =
      Contraction::readOf(unit, op, shape, shape.right);
  auto numberOf = [&](Value index, int64_t size) -> Value {
    return builder.createOrFold<arith::DivUIOp>(index,
                                                indexConstant(builder, size));
  };
  SmallVector<Value> places;
  for (auto [dim, index] : llvm::enumerate(read.getIndices())) {
    if (!source.varies[dim] || dim == source.rowDim())
      continue;
    bool isColumn = dim == source.columnDim();
    places.push_back(isColumn ? numberOf(index, source.packing.sourceColumns())
                              : index);
  }
  places.push_back(numberOf(read.getIndices()[source.rowDim()],
                            source.packing.sourceRows()));
  return {tileAt(builder, panels.memory, places, source.packing),
          panels.isPacked};
}

} // namespace attention
