#include "lowering/nvptx/Passes.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/MemRef/Utils/MemRefUtils.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

namespace attention {
#define GEN_PASS_DEF_HOISTSCRATCH
#include "lowering/nvptx/Passes.h.inc"
} // namespace attention

using namespace mlir;

namespace attention {

/// How many iterations each dimension has, in front of the loop; null where it
/// does not count from 0 by 1.
static SmallVector<OpFoldResult> countsOf(scf::ForallOp loop) {
  if (!loop.isNormalized())
    return {};
  return loop.getMixedUpperBound();
}

static void hoist(memref::AllocOp alloc, scf::ForallOp loop,
                  ArrayRef<OpFoldResult> counts) {
  OpBuilder b(loop);
  Location loc = alloc.getLoc();
  MemRefType type = alloc.getType();
  SmallVector<int64_t> shape;
  SmallVector<Value> sizes;
  dispatchIndexOpFoldResults(counts, sizes, shape);
  int64_t leading = shape.size();
  llvm::append_range(shape, type.getShape());
  auto all = MemRefType::get(shape, type.getElementType());
  Value shared =
      memref::AllocOp::create(b, loc, all, sizes, alloc.getAlignmentAttr());
  b.setInsertionPoint(alloc);
  SmallVector<OpFoldResult> offsets(shape.size(), b.getIndexAttr(0)),
      extents(leading, b.getIndexAttr(1)),
      strides(shape.size(), b.getIndexAttr(1));
  for (auto [dim, index] : llvm::enumerate(loop.getInductionVars()))
    offsets[dim] = index;
  for (int64_t size : type.getShape())
    extents.push_back(b.getIndexAttr(size));
  auto part = memref::SubViewOp::inferRankReducedResultType(
      type.getShape(), all, offsets, extents, strides);
  Value own = memref::SubViewOp::create(b, loc, part, shared, offsets, extents,
                                        strides);
  alloc.replaceAllUsesWith(own);
  alloc.erase();
}

namespace {
struct HoistScratch : impl::HoistScratchBase<HoistScratch> {
  void runOnOperation() override {
    // The rows of an embedding that is there for its checks alone, say.
    IRRewriter rewriter(&getContext());
    memref::eraseDeadAllocAndStores(rewriter, getOperation());
    SmallVector<std::pair<memref::AllocOp, scf::ForallOp>> allocs;
    getOperation().walk([&](memref::AllocOp alloc) {
      auto loop = dyn_cast<scf::ForallOp>(alloc->getParentOp());
      if (loop && alloc.getType().hasStaticShape())
        allocs.push_back({alloc, loop});
    });
    for (auto [alloc, loop] : allocs)
      if (SmallVector<OpFoldResult> counts = countsOf(loop); !counts.empty())
        hoist(alloc, loop, counts);
  }
};
} // namespace

} // namespace attention
