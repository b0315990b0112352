#include "lowering/nvptx/MultiplyAhead.h"
#include "lowering/MemoryRoots.h"
#include "lowering/nvptx/ChooseWarps.h"
#include "lowering/nvptx/Slice.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention::nvptx {

static vector::TransferReadOp readOf(Value tile) {
  return tile.getDefiningOp<vector::TransferReadOp>();
}

/// Whether two values are one tile: the same value, or reads of one place.
static bool isSameTile(Value a, Value b) {
  vector::TransferReadOp one = readOf(a), other = readOf(b);
  return a == b || (one && other && one.getBase() == other.getBase() &&
                    one.getIndices() == other.getIndices() &&
                    one.getVectorType() == other.getVectorType() &&
                    one.getPadding() == other.getPadding() &&
                    one.getPermutationMap() == other.getPermutationMap() &&
                    !one.getMask() && !other.getMask());
}

static bool isSameProduct(vector::ContractionOp a, vector::ContractionOp b) {
  return isSameTile(a.getLhs(), b.getLhs()) &&
         isSameTile(a.getRhs(), b.getRhs()) &&
         a.getIndexingMaps() == b.getIndexingMaps() &&
         a.getAccType() == b.getAccType() &&
         matchPattern(b.getAcc(), m_AnyZeroFloat());
}

namespace {

/// Rewrites one loop.
class AheadLoop {
public:
  explicit AheadLoop(scf::ForOp loop)
      : b(loop), loc(loop.getLoc()), loop(loop) {}

  /// Collects the products that can be computed ahead; false if there are none.
  bool find(const LayoutAnalysis &layouts);
  VectorType type() { return cast<VectorType>(products.front().getAccType()); }
  void rewrite();

private:
  bool canRead(Value tile, bool varies);
  scf::ForOp createLoop();
  Value read(Value tile, Value place);
  void moveBody(scf::ForOp ahead, Value next);

  OpBuilder b;
  Location loc;
  scf::ForOp loop;
  SmallVector<vector::ContractionOp> products; ///< one in each branch
};

} // namespace

/// Whether a tile can be read at another place of the loop: where that follows
/// from the loop's variable if it `varies`, else from values before the loop.
bool AheadLoop::canRead(Value tile, bool varies) {
  if (!varies && loop.isDefinedOutsideOfLoop(tile))
    return true;
  vector::TransferReadOp read = readOf(tile);
  if (!read || read.getMask() || mayWrite(loop, memoryRoot(read.getBase())))
    return false;
  Slice slice(loop, loop.getInductionVar());
  return slice.add(read.getBase()) && slice.add(read.getIndices()) &&
         slice.usesKnown() == varies;
}

bool AheadLoop::find(const LayoutAnalysis &layouts) {
  SmallVector<vector::ContractionOp> all;
  loop->walk([&](vector::ContractionOp op) { all.push_back(op); });
  if (all.empty() || loop.getNumResults() == 0 ||
      !layouts.isByWarpgroups(all.front()) ||
      !isSameProduct(all.front(), all.front()) ||
      !canRead(all.front().getLhs(), /*varies=*/false) ||
      !canRead(all.front().getRhs(), /*varies=*/true))
    return false;
  for (vector::ContractionOp op : all) {
    if (isSameProduct(all.front(), op) &&
        op->getParentOfType<scf::ForOp>() == loop)
      products.push_back(op);
    // ptxas takes sums of one shape for those that are under way, and waits for
    // them (C7517).
    else if (op.getAccType() == all.front().getAccType())
      return false;
  }
  return true;
}

/// The new loop, with nothing in it.
scf::ForOp AheadLoop::createLoop() {
  SmallVector<Value> inits(loop.getInitArgs());
  inits.push_back(arith::ConstantOp::create(b, loc, b.getZeroAttr(type())));
  Value first = loop.getLowerBound(), end = loop.getUpperBound();
  // Where there is no iteration, there is none before the first.
  Value isAny =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::slt, first, end);
  Value before = arith::SelectOp::create(
      b, loc, isAny, arith::SubIOp::create(b, loc, first, loop.getStep()), end);
  auto ahead = scf::ForOp::create(b, loc, before, end, loop.getStep(), inits);
  b.setInsertionPointToStart(ahead.getBody());
  return ahead;
}

/// `tile`, read for iteration `place`: a place that the loop may not have.
Value AheadLoop::read(Value tile, Value place) {
  if (loop.isDefinedOutsideOfLoop(tile))
    return tile;
  vector::TransferReadOp read = readOf(tile);
  Slice slice(loop, loop.getInductionVar());
  slice.add(read.getBase());
  slice.add(read.getIndices());
  IRMapping mapping;
  mapping.map(loop.getInductionVar(), place);
  for (Operation *op : slice.operations())
    b.clone(*op, mapping);
  auto copy = cast<vector::TransferReadOp>(b.clone(*read, mapping));
  SmallVector<bool> inBounds = copy.getInBoundsValues();
  inBounds.front() = inBounds.front() && !slice.usesKnown();
  copy.setInBoundsAttr(b.getBoolArrayAttr(inBounds));
  return copy.getResult();
}

/// All but the products goes on behind `next`, but not in the first iteration.
void AheadLoop::moveBody(scf::ForOp ahead, Value next) {
  Value first = loop.getLowerBound(), place = ahead.getInductionVar();
  Value isIteration =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::sge, place, first);
  // What is copied ahead is copied for all iterations.
  place = arith::MaxSIOp::create(b, loc, place, first);
  auto carried = ahead.getRegionIterArgs();
  for (vector::ContractionOp op : products) {
    op.replaceAllUsesWith(carried.back());
    op.erase();
  }
  loop.getInductionVar().replaceAllUsesWith(place);
  for (auto [old, now] : llvm::zip(loop.getRegionIterArgs(), carried))
    old.replaceAllUsesWith(now);
  auto branches = scf::IfOp::create(b, loc, loop.getResultTypes(), isIteration,
                                    /*withElse=*/true);
  Block *body = branches.thenBlock();
  body->getOperations().splice(body->end(), loop.getBody()->getOperations());
  b.setInsertionPointToStart(branches.elseBlock());
  scf::YieldOp::create(b, loc, ValueRange(carried).drop_back());
  b.setInsertionPointAfter(branches);
  SmallVector<Value> yielded(branches.getResults());
  yielded.push_back(next);
  scf::YieldOp::create(b, loc, yielded);
}

void AheadLoop::rewrite() {
  scf::ForOp ahead = createLoop();
  vector::ContractionOp first = products.front();
  Value place =
      arith::AddIOp::create(b, loc, ahead.getInductionVar(), loop.getStep());
  Value left = read(first.getLhs(), place), right = read(first.getRhs(), place);
  Value zeros = ahead.getInitArgs().back();
  Value next = vector::ContractionOp::create(
      b, loc, left, right, zeros, first.getIndexingMaps(),
      first.getIteratorTypes(), first.getKind());
  moveBody(ahead, next);
  loop->replaceAllUsesWith(ahead.getResults().drop_back());
  loop.erase();
}

bool isForNextIteration(vector::ContractionOp product) {
  return isa<scf::ForOp>(product->getParentOp()) && product->hasOneUse() &&
         *product->user_begin() == product->getBlock()->getTerminator();
}

void multiplyAhead(scf::ForallOp forall, const LayoutAnalysis &layouts,
                   Warps warps) {
  SmallVector<scf::ForOp> loops(forall.getBody()->getOps<scf::ForOp>());
  for (scf::ForOp loop : loops) {
    AheadLoop ahead(loop);
    if (ahead.find(layouts) &&
        hasRegistersFor(ahead.type(), forall, layouts, warps))
      ahead.rewrite();
  }
}

} // namespace attention::nvptx
