#include "lowering/nvptx/Passes.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_TILECOPIES
#include "lowering/nvptx/Passes.h.inc"

/// Rows and columns of a tile, at most.
static constexpr int64_t tileSize = 64;

static bool isContiguous(Value memref) {
  return cast<MemRefType>(memref.getType()).getLayout().isIdentity();
}

/// Tiles have rows of neighbours.
static bool hasRows(Value memref) {
  auto type = cast<MemRefType>(memref.getType());
  SmallVector<int64_t> strides;
  int64_t offset;
  return type.getRank() > 0 &&
         succeeded(type.getStridesAndOffset(strides, offset)) &&
         strides.back() == 1;
}

/// How much of each dimension one iteration copies.
static SmallVector<int64_t> tileSteps(MemRefType type) {
  SmallVector<int64_t> steps(type.getRank(), 1);
  for (int64_t &step : MutableArrayRef(steps).take_back(2))
    step = tileSize;
  int64_t columns = type.getShape().back();
  if (!ShapedType::isDynamic(columns))
    steps.back() =
        std::clamp<int64_t>(llvm::alignTo(columns, 16), 16, tileSize);
  return steps;
}

static void copyInTiles(memref::CopyOp copy) {
  OpBuilder b(copy);
  Location loc = copy.getLoc();
  Value source = copy.getSource();
  auto type = cast<MemRefType>(source.getType());
  SmallVector<int64_t> steps = tileSteps(type);
  SmallVector<OpFoldResult> from(steps.size(), b.getIndexAttr(0)), to,
      by = getAsIndexOpFoldResult(b.getContext(), steps);
  for (int64_t i = 0; i < type.getRank(); ++i)
    to.push_back(memref::getMixedSize(b, loc, source, i));
  auto loop =
      scf::ForallOp::create(b, loc, from, to, by, ValueRange(), std::nullopt);
  b.setInsertionPointToStart(loop.getBody());
  ArrayRef<int64_t> sizes = ArrayRef(steps).take_back(2);
  auto tile = VectorType::get(sizes, type.getElementType());
  SmallVector<bool> inBounds;
  for (auto [size, step] : llvm::zip(type.getShape().take_back(2), sizes))
    inBounds.push_back(!ShapedType::isDynamic(size) && size % step == 0);
  Value padding =
      arith::ConstantOp::create(b, loc, b.getZeroAttr(type.getElementType()));
  Value read = vector::TransferReadOp::create(b, loc, tile, source,
                                              loop.getInductionVars(), padding,
                                              ArrayRef<bool>(inBounds));
  vector::TransferWriteOp::create(b, loc, read, copy.getTarget(),
                                  loop.getInductionVars(),
                                  ArrayRef<bool>(inBounds));
  copy.erase();
}

namespace {
struct TileCopies : impl::TileCopiesBase<TileCopies> {
  void runOnOperation() override {
    SmallVector<memref::CopyOp> copies;
    getOperation().walk([&](memref::CopyOp copy) {
      Value source = copy.getSource(), target = copy.getTarget();
      bool isOneCopy = isContiguous(source) && isContiguous(target);
      if (!isOneCopy && hasRows(source) && hasRows(target) &&
          !copy->getParentOfType<scf::ForallOp>())
        copies.push_back(copy);
    });
    llvm::for_each(copies, copyInTiles);
  }
};
} // namespace

} // namespace attention
