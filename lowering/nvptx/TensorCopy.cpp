#include "lowering/nvptx/TensorCopy.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attention::nvptx {

/// Limits of a tensor map (CUDA Driver API, cuTensorMapEncodeTiled).
static constexpr int64_t kMostDimensions = 5, kMostRows = 256, kAlignment = 16;
/// The address space of shared memory of a cluster.
static constexpr unsigned kSharedCluster = 7;

bool canCopyTensor(const Feed &feed, const SharedMemoryPlan &plan,
                   const KernelInputs &inputs) {
  vector::TransferReadOp read = feed.read();
  Value memref = read.getBase();
  int64_t rank = cast<MemRefType>(memref.getType()).getRank();
  if (!plan.tile(feed.tile()).swizzle || rank > kMostDimensions ||
      feed.type().getDimSize(0) > kMostRows || !inputs.isWhole(memref) ||
      inputs.alignment(memref, ValueRange()) < kAlignment)
    return false;
  for (int64_t dim = 0; dim + 1 < rank; ++dim)
    if (inputs.strideAlignment(memref, dim) < kAlignment)
      return false;
  return true;
}

void copyTensor(WarpBuilder &b, KernelInputs &inputs, const Feed &feed,
                const SharedTile &target, Value barrier) {
  vector::TransferReadOp read = feed.read();
  int64_t rank = read.getIndices().size();
  int64_t columns = target.swizzle / target.elementBytes();
  SmallVector<int64_t> box(rank, 1);
  box[rank - 2] = target.type.getDimSize(0);
  box[rank - 1] = columns;
  Value map = inputs.tensorMap(read.getBase(), box);
  // Coordinates start with the last dimension.
  SmallVector<Value> corner;
  for (Value index : llvm::reverse(read.getIndices()))
    corner.push_back(
        arith::IndexCastOp::create(b, b.getI32Type(), inputs.scalar(index)));
  Value first = corner.front();
  Value start = target.stage ? target.stage : b.i32(0);
  auto pointer = LLVM::LLVMPointerType::get(b.getContext(), kSharedCluster);
  for (int64_t slab = 0; slab < target.type.getDimSize(1) / columns; ++slab) {
    corner.front() = b.add(first, b.i32(slab * columns));
    Value to = LLVM::AddrSpaceCastOp::create(
        b, pointer,
        b.sharedAddress(start, target.offset + slab * target.slabBytes()));
    NVVM::CpAsyncBulkTensorGlobalToSharedClusterOp::create(
        b, to, map, corner, barrier, /*im2colOffsets=*/ValueRange(),
        /*multicastMask=*/Value(), /*l2CacheHint=*/Value(),
        NVVM::TMALoadMode::TILE, /*isCTAOnly=*/false, /*group=*/nullptr,
        /*predicate=*/Value());
  }
}

} // namespace attention::nvptx
