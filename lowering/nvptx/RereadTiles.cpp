#include "lowering/nvptx/RereadTiles.h"
#include "dialect/Attention.h"
#include "lowering/MemoryRoots.h"
#include "lowering/nvptx/Staging.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/IR/IRMapping.h"
#include "mlir/IR/Iterators.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

using namespace mlir;

namespace attention::nvptx {

/// Tiles of which a thread holds many elements.
static bool isWide(Value value) {
  VectorType tile = asTile(value.getType());
  return tile && tile.getRank() == 2 && tile.getDimSize(1) > 1;
}

namespace {
class Rereading {
public:
  Rereading(scf::ForallOp loop, const LayoutAnalysis &layouts)
      : loop(loop), layouts(layouts) {}

  void run();

private:
  /// Whether `tile` can be had again by reads (told in `reads`) that the
  /// iterations of `around` do each for themselves, and little arithmetic.
  bool isCheap(Value tile, scf::ForOp around, bool &reads);
  bool isReread(Operation *op);
  bool keeps(OpOperand &use);
  Operation *startOfElements(Operation *place);
  Value copyAt(Operation *place, Value tile);

  scf::ForallOp loop;
  const LayoutAnalysis &layouts;
  llvm::DenseMap<Operation *, IRMapping> copies; ///< in front of an operation
};
} // namespace

bool Rereading::isCheap(Value tile, scf::ForOp around, bool &reads) {
  if (!isWide(tile))
    return true;
  Operation *op = tile.getDefiningOp();
  if (auto read = dyn_cast_or_null<vector::TransferReadOp>(op)) {
    reads = true;
    return read->getParentOfType<scf::ForOp>() == around &&
           !mayWrite(loop, memoryRoot(read.getBase()));
  }
  if (auto broadcast = dyn_cast_or_null<vector::BroadcastOp>(op))
    return !isWide(broadcast.getSource());
  if (isa_and_nonnull<arith::ConstantOp>(op))
    return true;
  return isa_and_nonnull<arith::SelectOp, arith::CmpFOp, arith::CmpIOp,
                         arith::AddFOp, arith::SubFOp, arith::MulFOp,
                         arith::NegFOp, arith::ExtFOp, math::AbsFOp>(op) &&
         llvm::all_of(op->getOperands(), [&](Value operand) {
           return isCheap(operand, around, reads);
         });
}

bool Rereading::isReread(Operation *op) {
  bool reads = false;
  return op->getNumResults() == 1 && isWide(op->getResult(0)) &&
         isCheap(op->getResult(0), op->getParentOfType<scf::ForOp>(), reads) &&
         reads;
}

/// Whether a use stays as it is: it wants the tile in shared memory, or is one
/// that is had again itself.
bool Rereading::keeps(OpOperand &use) {
  Operation *user = use.getOwner();
  if (auto contraction = dyn_cast<vector::ContractionOp>(user))
    return use.getOperandNumber() == 1 ||
           (use.getOperandNumber() == 0 && layouts.isLeftInShared(contraction));
  return isa<SolveForwardOp, scf::YieldOp>(user) || isReread(user);
}

/// The first of the operations on elements that lead up to `place`: guarded
/// reads among them would divide what else goes element by element. What goes
/// to shared memory ends such a stretch.
Operation *Rereading::startOfElements(Operation *place) {
  Operation *start = place;
  while (Operation *before = start->getPrevNode()) {
    if (!OpTrait::hasElementwiseMappableTraits(before) &&
        !isa<vector::BroadcastOp, vector::StepOp, arith::ConstantOp>(before))
      break;
    if (contains(layouts.demanded(before->getResult(0)), Layout::Shared))
      break;
    start = before;
  }
  return start;
}

/// The tile, computed in front of `place`.
Value Rereading::copyAt(Operation *place, Value tile) {
  Operation *op = tile.getDefiningOp();
  IRMapping &known = copies[place];
  if (!isWide(tile) || isa<vector::BroadcastOp, arith::ConstantOp>(op))
    return tile;
  if (Value copy = known.lookupOrNull(tile))
    return copy;
  for (Value operand : op->getOperands())
    copyAt(place, operand);
  bool isRead = isa<vector::TransferReadOp>(op);
  OpBuilder b(isRead ? startOfElements(place) : place);
  b.clone(*op, known);
  return known.lookup(tile);
}

void Rereading::run() {
  SmallVector<Operation *> ops;
  loop.getBody()->walk([&](Operation *op) {
    if (isReread(op) &&
        contains(layouts.demanded(op->getResult(0)), Layout::Fragment))
      ops.push_back(op);
  });
  for (Operation *op : ops)
    for (OpOperand &use :
         llvm::make_early_inc_range(op->getResult(0).getUses())) {
      if (keeps(use))
        continue;
      // Not again in each iteration of a loop.
      Operation *place = use.getOwner();
      for (Operation *outer = place; outer->getBlock() != op->getBlock();) {
        outer = outer->getParentOp();
        if (isa<scf::ForOp>(outer))
          place = outer;
      }
      use.set(copyAt(place, op->getResult(0)));
    }
  loop.getBody()->walk<WalkOrder::PostOrder, ReverseIterator>(
      [](Operation *op) {
        if (isOpTriviallyDead(op))
          op->erase();
      });
}

void rereadTiles(scf::ForallOp loop, const LayoutAnalysis &layouts) {
  Rereading(loop, layouts).run();
}

} // namespace attention::nvptx
