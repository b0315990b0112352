#include "lowering/cpu/MatrixUnit.h"

#include "lowering/cpu/Contraction.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"

using namespace mlir;

namespace attention {

static constexpr int64_t kRowBytes = 64;

/// `size` times `index`, plus `sum`.
static Value addProduct(ImplicitLocOpBuilder &b, Value sum, Value index,
                        Value size) {
  return arith::AddIOp::create(b, sum, arith::MulIOp::create(b, index, size));
}

TilePlace tilePlace(ImplicitLocOpBuilder &b, Value memref, ValueRange indices) {
  auto type = cast<MemRefType>(memref.getType());
  auto metadata = memref::ExtractStridedMetadataOp::create(b, memref);
  Value bytes = indexConstant(b, type.getElementTypeBitWidth() / 8);
  Value place = metadata.getOffset();
  for (auto [index, stride] : llvm::zip_equal(indices, metadata.getStrides()))
    place = addProduct(b, place, index, stride);
  Value start = memref::ExtractAlignedPointerAsIndexOp::create(b, memref);
  Value rowStride = metadata.getStrides()[type.getRank() - 2];
  return {addProduct(b, start, place, bytes),
          arith::MulIOp::create(b, rowStride, bytes)};
}

MemRefType MatrixUnit::configurationType(MLIRContext *context) {
  return MemRefType::get({kRowBytes}, IntegerType::get(context, 8));
}

void MatrixUnit::configure(Value scratch) {
  // A palette, two bytes for the width of each register, one for its rows.
  SmallVector<int8_t> bytes(kRowBytes, 0);
  bytes[0] = 1;
  for (int64_t tile = 0; tile < kTileRegisters; ++tile) {
    bytes[16 + 2 * tile] = kRowBytes;
    bytes[48 + tile] = kTileRows;
  }
  auto type = VectorType::get({kRowBytes}, b.getI8Type());
  Value sizes = arith::ConstantOp::create(
      b, DenseElementsAttr::get(type, ArrayRef<int8_t>(bytes)));
  vector::StoreOp::create(b, sizes, scratch, ValueRange{indexConstant(b, 0)});
  Value address = memref::ExtractAlignedPointerAsIndexOp::create(b, scratch);
  call("ldtilecfg", {}, pointer(address));
}

void MatrixUnit::release() { call("tilerelease", {}); }

void MatrixUnit::clear(int64_t tile) { call("tilezero", {tile}); }

void MatrixUnit::load(int64_t tile, const TilePlace &place) {
  call("tileloadd64", {tile}, {pointer(place.address), place.stride});
}

void MatrixUnit::store(int64_t tile, const TilePlace &place) {
  call("tilestored64", {tile}, {pointer(place.address), place.stride});
}

void MatrixUnit::multiply(int64_t sums, int64_t left, int64_t right) {
  call("tdpbf16ps", {sums, left, right});
}

void MatrixUnit::call(StringRef name, ArrayRef<int64_t> tiles,
                      ValueRange others) {
  SmallVector<Value> operands;
  for (int64_t tile : tiles)
    operands.push_back(arith::ConstantIntOp::create(b, tile, 8));
  for (Value other : others)
    operands.push_back(
        other.getType().isIndex()
            ? arith::IndexCastOp::create(b, b.getI64Type(), other).getResult()
            : other);
  LLVM::CallIntrinsicOp::create(b, b.getStringAttr("llvm.x86." + name),
                                operands);
}

Value MatrixUnit::pointer(Value address) {
  Value number = arith::IndexCastOp::create(b, b.getI64Type(), address);
  return LLVM::IntToPtrOp::create(b, LLVM::LLVMPointerType::get(b.getContext()),
                                  number);
}

/// The task that `op` belongs to: the outermost parallel loop around it.
static scf::ForallOp taskOf(Operation *op) {
  scf::ForallOp task;
  for (auto loop = op->getParentOfType<scf::ForallOp>(); loop;
       loop = loop->getParentOfType<scf::ForallOp>())
    task = loop;
  return task;
}

bool usesMatrixUnit(func::FuncOp function, const VectorUnit &unit) {
  return function
      .walk([&](vector::ContractionOp op) {
        return Contraction::multipliesTiles(unit, op) ? WalkResult::interrupt()
                                                      : WalkResult::advance();
      })
      .wasInterrupted();
}

void configureTasks(func::FuncOp function, const VectorUnit &unit) {
  SetVector<scf::ForallOp> tasks;
  function.walk([&](vector::ContractionOp op) {
    if (scf::ForallOp task = taskOf(op);
        task && Contraction::multipliesTiles(unit, op))
      tasks.insert(task);
  });
  for (scf::ForallOp task : tasks) {
    ImplicitLocOpBuilder b(task.getLoc(), task.getContext());
    b.setInsertionPointToStart(task.getBody());
    Value scratch = memref::AllocaOp::create(
        b, MatrixUnit::configurationType(b.getContext()),
        b.getI64IntegerAttr(kRowBytes));
    MatrixUnit(b).configure(scratch);
    b.setInsertionPoint(task.getBody()->getTerminator());
    MatrixUnit(b).release();
  }
}

} // namespace attention
