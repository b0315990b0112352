/// The operations on tiles that need no exchange between threads.
#include "lowering/nvptx/GlobalTile.h"
#include "lowering/nvptx/Reduction.h"
#include "lowering/nvptx/Staging.h"
#include "lowering/nvptx/TileLowering.h"

using namespace mlir;

namespace attention::nvptx {

/// Packs pairs of f32 by one instruction each; null if `op` is no such cast.
static Value packHalves(WarpBuilder &b, Operation *op, Value part) {
  auto truncation = dyn_cast<arith::TruncFOp>(op);
  auto type = dyn_cast<VectorType>(part.getType());
  if (!truncation || truncation.getRoundingmode() ||
      !type.getElementType().isF32() || type.getNumElements() % 2)
    return nullptr;
  Type half = getElementTypeOrSelf(truncation.getType());
  StringRef name =
      half.isBF16() ? "llvm.nvvm.ff2bf16x2.rn" : "llvm.nvvm.ff2f16x2.rn";
  auto pair = VectorType::get({2}, half);
  SmallVector<Value> values;
  for (int64_t i = 0; i < type.getNumElements(); i += 2) {
    // The first operand goes to the high half.
    Value packed = LLVM::CallIntrinsicOp::create(
                       b, pair, b.getStringAttr(name),
                       ValueRange{b.element(part, i + 1), b.element(part, i)})
                       .getResult(0);
    llvm::append_range(values, b.elements(packed, 0, 2));
  }
  return b.vectorOf(values);
}

static LogicalResult foreignMemref(Operation *op) {
  return op->emitError("expects a memref from outside of the parallel loop, or "
                       "a view of such a one");
}

void TileLowering::orderAccess(Value memref) {
  if (exchanged.contains(memref))
    b.barrier();
}

static FailureOr<GlobalTile> placeOf(WarpBuilder &b, KernelInputs &inputs,
                                     vector::TransferReadOp read,
                                     Layout layout) {
  return GlobalTile::at(b, inputs, read.getBase(), read.getIndices(),
                        read.getVectorType(), layout, read.getInBoundsValues());
}

/// Computes a tile in shared memory of one that a feed put there.
void TileLowering::stageOfFeed(Value tile, ArrayRef<Operation *> operations) {
  SharedTile source = shared(operations.front()->getResult(0));
  SharedTile target = shared(tile);
  int64_t chunks = source.chunksPerRow(), count = source.elementsPerChunk();
  int64_t bytes = count * storageBytes(target.type.getElementType());
  auto neighbours = VectorType::get({count}, source.type.getElementType());
  b.barrier();
  auto loop =
      scf::ForOp::create(b, b.thread, b.i32(source.type.getDimSize(0) * chunks),
                         b.i32(32 * b.warps));
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  Value number = loop.getInductionVar();
  Value row = arith::DivUIOp::create(b, number, b.i32(chunks));
  Value chunk = arith::RemUIOp::create(b, number, b.i32(chunks));
  LaneAddress from(b, source, row, b.mul(chunk, b.i32(16)));
  LaneAddress to(b, target, row, b.mul(chunk, b.i32(bytes)));
  Value values = computeStaged(b, inputs, operations,
                               b.load(neighbours, from.at(0, 0), 16));
  b.store(values, to.at(0, 0), std::min<int64_t>(bytes, 16));
  b.setInsertionPointAfter(loop);
  b.publish(target);
}

/// Copies a tile that is wanted in shared memory there, if it need not pass
/// through the layout of a fragment.
LogicalResult TileLowering::stage(Value tile) {
  SmallVector<Operation *> operations = stagedOperations(tile);
  if (operations.empty() || !contains(layouts.demanded(tile), Layout::Shared) ||
      feeds.find(tile))
    return success();
  auto read = cast<vector::TransferReadOp>(operations.front());
  if (feeds.find(read.getResult())) {
    stageOfFeed(tile, operations);
    return success();
  }
  FailureOr<GlobalTile> place = placeOf(b, inputs, read, Layout::Shared);
  if (failed(place))
    return foreignMemref(read);
  b.barrier();
  place->stage(shared(tile), inputs.scalar(read.getPadding()),
               [&](Value neighbours) {
                 return computeStaged(b, inputs, operations, neighbours);
               });
  b.publish(shared(tile));
  return success();
}

LogicalResult TileLowering::lowerElementwise(Operation *op) {
  if (!OpTrait::hasElementwiseMappableTraits(op) || op->getNumResults() != 1)
    return op->emitError("expects an operation on tiles that the tile level "
                         "has, but got ")
           << op->getName();
  Value result = op->getResult(0);
  auto tile = cast<VectorType>(result.getType());
  Layout computed = layouts.computed(result);
  if (computed == Layout::None)
    computed = layouts.held(result);
  for (Layout layout : kRegisterLayouts) {
    if (!contains(computed, layout))
      continue;
    SmallVector<Value> operands;
    for (Value operand : op->getOperands())
      operands.push_back(asTile(operand.getType()) ? part(operand, layout)
                                                   : inputs.scalar(operand));
    Value value = packHalves(b, op, operands.front());
    if (!value) {
      OperationState state(op->getLoc(), op->getName(), operands,
                           threadType(tile, layout, b.warps), op->getAttrs());
      value = b.create(state)->getResult(0);
    }
    setPart(result, layout, value);
  }
  return stage(result);
}

LogicalResult TileLowering::lowerBroadcast(vector::BroadcastOp broadcast) {
  Value source = broadcast.getSource(), result = broadcast.getResult();
  auto tile = cast<VectorType>(result.getType());
  VectorType sourceTile = asTile(source.getType());
  for (Layout layout : kRegisterLayouts) {
    if (!contains(layouts.held(result), layout))
      continue;
    VectorType type = threadType(tile, layout, b.warps);
    if (!sourceTile) {
      setPart(result, layout,
              vector::BroadcastOp::create(b, type, inputs.scalar(source)));
      continue;
    }
    Layout from = sourceTile.getRank() == 1 ? Layout::Column
                                            : possibleLayouts(sourceTile);
    if (sourceTile == tile || from == layout) {
      setPart(result, layout, part(source, layout));
      continue;
    }
    int64_t held = 4 * columnBlocksPerWarp(tile.getShape().back(), b.warps);
    SmallVector<int64_t> places;
    for (int64_t i = 0; i < type.getNumElements(); ++i)
      places.push_back(from == Layout::Row ? i / held * 2 + i / 2 % 2
                                           : i % held / 4 * 2 + i % 2);
    setPart(result, layout, b.shuffle(part(source, from), places));
  }
  return success();
}

/// What both transfers must be.
template <typename Transfer> static LogicalResult checkTransfer(Transfer op) {
  if (!isa<MemRefType>(op.getShapedType()) ||
      !op.getPermutationMap().isMinorIdentity() || op.getMask() ||
      !asTile(op.getVectorType()))
    return op.emitError("expects a transfer of a tile along the last "
                        "dimensions of a memref, without a mask");
  auto [strides, offset] =
      cast<MemRefType>(op.getShapedType()).getStridesAndOffset();
  if (strides.empty() || strides.back() != 1)
    return op.emitError("expects neighbouring elements in the last dimension "
                        "of ")
           << op.getShapedType();
  return success();
}

LogicalResult TileLowering::lowerRead(vector::TransferReadOp read) {
  if (failed(checkTransfer(read)))
    return failure();
  Layout wanted = layouts.demanded(read.getResult());
  if (wanted == Layout::None)
    return success();
  orderAccess(read.getBase());
  Value padding = inputs.scalar(read.getPadding());
  for (Layout layout : kRegisterLayouts) {
    if (!contains(wanted, layout))
      continue;
    if (layout == Layout::Fragment && feeds.find(read.getResult())) {
      setPart(read.getResult(), layout,
              loadFragment(b, shared(read.getResult())));
      continue;
    }
    FailureOr<GlobalTile> tile = placeOf(b, inputs, read, layout);
    if (failed(tile))
      return foreignMemref(read);
    setPart(read.getResult(), layout, tile->read(padding));
  }
  return stage(read.getResult());
}

LogicalResult TileLowering::lowerWrite(vector::TransferWriteOp write) {
  if (failed(checkTransfer(write)))
    return failure();
  orderAccess(write.getBase());
  for (Layout layout : kRegisterLayouts) {
    Value value = part(write.getVector(), layout);
    if (!value)
      continue;
    FailureOr<GlobalTile> tile = GlobalTile::at(
        b, inputs, write.getBase(), write.getIndices(), write.getVectorType(),
        layout, write.getInBoundsValues());
    if (failed(tile))
      return foreignMemref(write);
    tile->write(value);
    return success();
  }
  return success();
}

/// The address of one element of a memref.
static Value elementAddress(WarpBuilder &b, KernelInputs &inputs, Value memref,
                            ValueRange indices) {
  Value base = inputs.base(b, memref);
  if (!base)
    return nullptr;
  Value offset = b.index(0);
  for (auto [dimension, index] : llvm::enumerate(indices))
    offset = b.add(offset, b.mul(inputs.scalar(index),
                                 inputs.stride(b, memref, dimension)));
  Value wide = arith::IndexCastOp::create(b, b.getI64Type(), offset);
  Type element = cast<MemRefType>(memref.getType()).getElementType();
  return LLVM::GEPOp::create(b, base.getType(), storageType(element), base,
                             wide);
}

LogicalResult TileLowering::lowerScalarLoad(memref::LoadOp load) {
  orderAccess(load.getMemRef());
  Value address =
      elementAddress(b, inputs, load.getMemRef(), load.getIndices());
  if (!address)
    return foreignMemref(load);
  Type type = load.getType();
  inputs.mapping.map(load.getResult(),
                     b.load(type, address, storageBytes(type)));
  return success();
}

/// All threads write the same.
LogicalResult TileLowering::lowerScalarStore(memref::StoreOp store) {
  orderAccess(store.getMemRef());
  Value address =
      elementAddress(b, inputs, store.getMemRef(), store.getIndices());
  if (!address)
    return foreignMemref(store);
  Type type = store.getValue().getType();
  b.store(inputs.scalar(store.getValue()), address, storageBytes(type));
  return success();
}

LogicalResult TileLowering::lowerGather(vector::GatherOp gather) {
  orderAccess(gather.getBase());
  Value address =
      isa<MemRefType>(gather.getBase().getType())
          ? elementAddress(b, inputs, gather.getBase(), gather.getOffsets())
          : Value();
  if (!address)
    return foreignMemref(gather);
  auto tile = cast<VectorType>(gather.getType());
  Type element = tile.getElementType();
  for (Layout layout : kRegisterLayouts) {
    if (!contains(layouts.held(gather.getResult()), layout))
      continue;
    Value indices = part(gather.getIndices(), layout);
    Value mask = part(gather.getMask(), layout);
    Value otherwise = part(gather.getPassThru(), layout);
    SmallVector<Value> values;
    int64_t count = cast<VectorType>(indices.getType()).getNumElements();
    for (int64_t i = 0; i < count; ++i) {
      auto branches =
          scf::IfOp::create(b, TypeRange(element), b.element(mask, i),
                            /*withElseRegion=*/true);
      OpBuilder::InsertionGuard guard(b);
      b.setInsertionPointToStart(branches.thenBlock());
      Value index = b.element(indices, i);
      if (index.getType().isIndex())
        index = arith::IndexCastOp::create(b, b.getI64Type(), index);
      Value at = LLVM::GEPOp::create(b, address.getType(), storageType(element),
                                     address, index);
      scf::YieldOp::create(b, b.load(element, at, storageBytes(element)));
      b.setInsertionPointToStart(branches.elseBlock());
      scf::YieldOp::create(b, b.element(otherwise, i));
      values.push_back(branches.getResult(0));
    }
    setPart(gather.getResult(), layout, b.vectorOf(values));
  }
  return success();
}

} // namespace attention::nvptx
