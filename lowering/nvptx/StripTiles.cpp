#include "lowering/nvptx/Passes.h"
#include "lowering/nvptx/TileStrips.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "llvm/ADT/TypeSwitch.h"

namespace attention {
#define GEN_PASS_DEF_STRIPTILES
#include "lowering/nvptx/Passes.h.inc"
} // namespace attention

using namespace mlir;
using namespace attention;
using namespace attention::nvptx;

/// Columns of a strip of `extent` columns: a divisor, in multiples of 16.
static int64_t stripOf(int64_t extent, int64_t widest) {
  if (extent <= widest || extent % 16 != 0)
    return extent;
  int64_t strip = widest / 16 * 16;
  while (extent % strip != 0)
    strip -= 16;
  return strip;
}

/// A tile of up to so many bytes may lie in shared memory as a whole; there are
/// few others where products are of 16-bit elements.
static constexpr int64_t kWholeBytes = 16384, kWholeHalfBytes = 32768;

/// Whether a tile is read as it stands and fits shared memory.
static bool isSmallRead(Value tile) {
  auto type = cast<VectorType>(tile.getType());
  Type element = type.getElementType();
  if (!tile.getDefiningOp<vector::TransferReadOp>() || !element.isIntOrFloat())
    return false;
  int64_t bits = element.getIntOrFloatBitWidth();
  return type.getNumElements() * bits <=
         8 * (bits == 16 ? kWholeHalfBytes : kWholeBytes);
}

namespace {
/// One operation on wide tiles, as a loop over strips of them.
class Stripping {
public:
  Stripping(Operation *op, int64_t columns) : op(op), columns(columns) {}

  /// Leaves the operation as it is where its tiles cannot be cut.
  void run() {
    llvm::TypeSwitch<Operation *>(op)
        .Case<vector::ContractionOp, vector::MultiDimReductionOp,
              vector::TransferWriteOp>([&](auto known) { cut(known); });
  }

private:
  using Body = llvm::function_ref<Value(TileStrips &, Value partial)>;

  void cut(vector::ContractionOp contraction);
  void cut(vector::MultiDimReductionOp reduction);
  void cut(vector::TransferWriteOp write);
  /// A loop over `extent` in strips, which carries `start` on, if it is there.
  void loop(int64_t extent, Value start, Body body);

  Operation *op;
  int64_t columns;
};
} // namespace

void Stripping::loop(int64_t extent, Value start, Body body) {
  OpBuilder b(op);
  Location loc = op->getLoc();
  int64_t strip = stripOf(extent, columns);
  auto number = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  auto loop =
      scf::ForOp::create(b, loc, number(0), number(extent), number(strip),
                         start ? ValueRange(start) : ValueRange());
  b.setInsertionPointToStart(loop.getBody());
  TileStrips strips(b, op, loop.getInductionVar(), strip);
  Value next = body(strips, start ? loop.getRegionIterArg(0) : Value());
  if (!start)
    return op->erase();
  scf::YieldOp::create(b, loc, next);
  op->getResult(0).replaceAllUsesWith(loop.getResult(0));
  op->erase();
}

void Stripping::cut(vector::ContractionOp contraction) {
  auto left = dyn_cast<VectorType>(contraction.getLhsType());
  auto right = dyn_cast<VectorType>(contraction.getRhsType());
  if (!left || !right || left.getRank() != 2 || right.getRank() != 2)
    return;
  // The summed dimension is the one that the result does not have.
  auto summed = [&](unsigned operand) -> int64_t {
    AffineMap map = contraction.getIndexingMapsArray()[operand];
    for (auto [dim, expr] : llvm::enumerate(map.getResults()))
      if (vector::isReductionIterator(
              contraction
                  .getIteratorTypes()[cast<AffineDimExpr>(expr).getPosition()]))
        return dim;
    return -1;
  };
  int64_t ofLeft = summed(0), ofRight = summed(1);
  int64_t extent = left.getDimSize(ofLeft);
  if (stripOf(extent, columns) == extent ||
      (isSmallRead(contraction.getLhs()) &&
       isSmallRead(contraction.getRhs())) ||
      !TileStrips::canCut(contraction.getLhs(), ofLeft, op) ||
      !TileStrips::canCut(contraction.getRhs(), ofRight, op))
    return;
  loop(extent, contraction.getAcc(), [&](TileStrips &strips, Value partial) {
    return vector::ContractionOp::create(
               strips.builder(), op->getLoc(),
               strips.cut(contraction.getLhs(), ofLeft),
               strips.cut(contraction.getRhs(), ofRight), partial,
               contraction.getIndexingMaps(), contraction.getIteratorTypes(),
               contraction.getKind())
        .getResult();
  });
}

void Stripping::cut(vector::MultiDimReductionOp reduction) {
  VectorType type = reduction.getSourceVectorType();
  if (type.getRank() != 2 || !reduction.isReducedDim(1) ||
      reduction.isReducedDim(0))
    return;
  int64_t extent = type.getDimSize(1);
  if (stripOf(extent, columns) == extent ||
      !TileStrips::canCut(reduction.getSource(), 1, op))
    return;
  loop(extent, reduction.getAcc(), [&](TileStrips &strips, Value partial) {
    return vector::MultiDimReductionOp::create(
               strips.builder(), op->getLoc(),
               strips.cut(reduction.getSource(), 1), partial, {false, true},
               reduction.getKind())
        .getResult();
  });
}

void Stripping::cut(vector::TransferWriteOp write) {
  VectorType type = write.getVectorType();
  if (type.getRank() != 2 || write.getMask() ||
      !write.getPermutationMap().isMinorIdentity())
    return;
  int64_t extent = type.getDimSize(1);
  if (stripOf(extent, columns) == extent ||
      !TileStrips::canCut(write.getValueToStore(), 1, op))
    return;
  loop(extent, Value(), [&](TileStrips &strips, Value) {
    SmallVector<Value> indices(write.getIndices());
    indices.back() = strips.shifted(indices.back());
    vector::TransferWriteOp::create(
        strips.builder(), op->getLoc(), strips.cut(write.getValueToStore(), 1),
        write.getBase(), indices, write.getInBoundsValues());
    return Value();
  });
}

namespace {
struct StripTiles : attention::impl::StripTilesBase<StripTiles> {
  using StripTilesBase::StripTilesBase;

  /// The wide tiles, users first.
  void eraseUnused() {
    getOperation().walk<WalkOrder::PostOrder, ReverseIterator>(
        [](Operation *op) {
          if (isOpTriviallyDead(op))
            op->erase();
        });
  }

  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](scf::ForallOp loop) {
      loop.getBody()->walk([&](Operation *op) { ops.push_back(op); });
    });
    for (Operation *op : ops)
      if (isa<vector::ContractionOp, vector::MultiDimReductionOp,
              vector::TransferWriteOp>(op))
        Stripping(op, columns).run();
    eraseUnused();
  }
};
} // namespace
