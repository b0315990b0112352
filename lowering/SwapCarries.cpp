#include "dialect/Names.h"
#include "lowering/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_SWAPCARRIES
#include "lowering/Passes.h.inc"

namespace {
/// A buffer that a loop carries: each iteration fills `fresh` and copies it.
struct Carry {
  Value place;
  memref::AllocOp fresh;
  /// From `fresh` to what is copied, which has the type of `place`.
  SmallVector<memref::ExpandShapeOp> views;
  memref::CopyOp kept;
  /// Fills the place before the loop, where the iterations may as well read
  /// what it copies; takes it to where it is wanted behind the loop.
  memref::CopyOp start, end;
};
} // namespace

static bool isRead(OpOperand &use) {
  auto copy = dyn_cast<memref::CopyOp>(use.getOwner());
  return copy && copy.getSource() == use.get();
}

/// The op in the loop's own block that `user` is or is in; null elsewhere.
static Operation *besideLoop(scf::ForOp loop, Operation *user) {
  return loop->getBlock()->findAncestorOpInBlock(*user);
}

/// Whether the buffer is only known by this name where that matters: views
/// would have to be made anew.
static bool isNamedOnce(scf::ForOp loop, Value place) {
  return llvm::all_of(place.getUsers(), [&](Operation *user) {
    return !isa<ViewLikeOpInterface>(user) ||
           besideLoop(loop, user) == loop.getOperation();
  });
}

/// Whether the buffer is made in the block of the loop, or is the function's.
static bool livesBeside(scf::ForOp loop, Value place) {
  if (auto argument = dyn_cast<BlockArgument>(place))
    return argument.getOwner() == loop->getBlock() &&
           isa<FunctionOpInterface>(loop->getParentOp());
  return isa<memref::AllocOp>(place.getDefiningOp()) &&
         place.getParentBlock() == loop->getBlock();
}

/// Whether nothing in the loop's body touches `buffer` behind `copy`.
static bool isDoneAt(Value buffer, memref::CopyOp copy) {
  for (Operation *user : buffer.getUsers()) {
    Operation *here = copy->getBlock()->findAncestorOpInBlock(*user);
    if (here && copy->isBeforeInBlock(here))
      return false;
    if (isa<ViewLikeOpInterface>(user) && here &&
        llvm::any_of(user->getResults(),
                     [&](Value view) { return !isDoneAt(view, copy); }))
      return false;
  }
  return true;
}

static FailureOr<Carry> carryOf(scf::ForOp loop, memref::CopyOp kept) {
  Carry carry;
  carry.kept = kept;
  carry.place = kept.getTarget();
  Value source = kept.getSource();
  while (auto expand = source.getDefiningOp<memref::ExpandShapeOp>()) {
    carry.views.push_back(expand);
    source = expand.getSrc();
  }
  carry.fresh = source.getDefiningOp<memref::AllocOp>();
  if (!carry.fresh || carry.fresh->getBlock() != loop.getBody() ||
      kept.getSource().getType() != carry.place.getType() ||
      !cast<MemRefType>(carry.place.getType()).getLayout().isIdentity())
    return failure();
  if (!livesBeside(loop, carry.place) || !isNamedOnce(loop, carry.place) ||
      !isDoneAt(carry.place, kept) || !isDoneAt(carry.fresh, kept))
    return failure();
  return carry;
}

/// Whether it is an argument of the function: an input, which nobody writes to,
/// or a result; no state.
static bool isArgument(Value memref, bool isResult) {
  auto argument = dyn_cast<BlockArgument>(memref);
  if (!argument)
    return false;
  auto function = dyn_cast<func::FuncOp>(argument.getOwner()->getParentOp());
  unsigned number = argument.getArgNumber();
  return function && !function.getArgAttr(number, stateAttr) &&
         bool(function.getArgAttr(number, resultAttr)) == isResult;
}

/// Whether the loop does nothing with `buffer` but read it, `kept` apart.
static bool isOnlyRead(Value buffer, scf::ForOp loop, memref::CopyOp kept) {
  return llvm::all_of(buffer.getUsers(), [&](Operation *user) {
    if (!loop->isAncestor(user) || user == kept)
      return true;
    if (isa<ViewLikeOpInterface>(user))
      return isOnlyRead(user->getResult(0), loop, kept);
    auto effects = dyn_cast<MemoryEffectOpInterface>(user);
    return isa<memref::DimOp>(user) ||
           (effects && !effects.getEffectOnValue<MemoryEffects::Write>(buffer));
  });
}

/// Finds the copies around the loop that need not be, where the place is known
/// to nothing else there.
static void findEnds(scf::ForOp loop, Carry &carry) {
  if (!carry.place.getDefiningOp())
    return;
  SmallVector<memref::CopyOp> starts, ends;
  for (OpOperand &use : carry.place.getUses()) {
    Operation *here = besideLoop(loop, use.getOwner());
    if (here == loop.getOperation())
      continue;
    auto copy = dyn_cast<memref::CopyOp>(use.getOwner());
    if (!copy)
      return;
    (isRead(use) ? ends : starts).push_back(copy);
  }
  if (starts.size() == 1 && starts[0]->getBlock() == loop->getBlock() &&
      starts[0]->isBeforeInBlock(loop) &&
      isArgument(starts[0].getSource(), /*isResult=*/false) &&
      starts[0].getSource().getType() == carry.place.getType() &&
      isOnlyRead(carry.place, loop, carry.kept))
    carry.start = starts[0];
  if (ends.size() == 1 && ends[0]->getBlock() == loop->getBlock() &&
      loop->isBeforeInBlock(ends[0]) && ends[0].getTarget().hasOneUse() &&
      isArgument(ends[0].getTarget(), /*isResult=*/true) &&
      ends[0].getTarget().getType() == carry.place.getType())
    carry.end = ends[0];
}

namespace {
/// Rewrites one loop: for each carry it passes on three buffers, the one to
/// read, the one to fill, and the one to fill next.
class Swap {
public:
  Swap(scf::ForOp loop, MutableArrayRef<Carry> carries)
      : loop(loop), carries(carries), builder(loop) {}
  void rewrite();

private:
  Value anotherLike(Value place);
  void chooseBuffers(Carry &carry);
  void rewriteBody(Carry &carry, Value read, Value filled);
  void rewriteEnd(Carry &carry, Value last);

  scf::ForOp loop;
  MutableArrayRef<Carry> carries;
  OpBuilder builder;
  SmallVector<Value> inits;
};
} // namespace

Value Swap::anotherLike(Value place) {
  Location loc = loop.getLoc();
  auto type = cast<MemRefType>(place.getType());
  SmallVector<Value> sizes;
  if (auto alloc = place.getDefiningOp<memref::AllocOp>())
    sizes = alloc.getDynamicSizes();
  else
    for (int64_t dim = 0; dim < type.getRank(); ++dim)
      if (type.isDynamicDim(dim))
        sizes.push_back(memref::DimOp::create(builder, loc, place, dim));
  return memref::AllocOp::create(builder, loc, type, sizes,
                                 builder.getI64IntegerAttr(64));
}

/// The first iteration reads the place, or what would have been copied there.
/// Where it is known which buffer the last one fills, that is the one where the
/// result is wanted.
void Swap::chooseBuffers(Carry &carry) {
  Value read = carry.start ? carry.start.getSource() : carry.place;
  SmallVector<Value, 2> filled{anotherLike(carry.place), carry.place};
  std::optional<llvm::APInt> count = loop.getStaticTripCount();
  if (carry.end && count && !count->isZero()) {
    bool isSecond = !(*count)[0];
    if (!isSecond || carry.start)
      filled[isSecond] = carry.end.getTarget();
  }
  llvm::append_range(inits, ValueRange{read, filled[0], filled[1]});
}

void Swap::rewriteBody(Carry &carry, Value read, Value filled) {
  // Sizes stay those of what is known outside.
  carry.place.replaceUsesWithIf(read, [&](OpOperand &use) {
    return loop->isProperAncestor(use.getOwner()) &&
           !isa<memref::DimOp>(use.getOwner());
  });
  builder.setInsertionPoint(carry.fresh);
  Value view = filled;
  for (memref::ExpandShapeOp expand : carry.views)
    view = memref::CollapseShapeOp::create(builder, expand.getLoc(),
                                           expand.getSrcType(), view,
                                           expand.getReassociationIndices());
  carry.kept.erase();
  carry.fresh.replaceAllUsesWith(view);
  carry.fresh.erase();
}

/// What stands behind the loop finds the last buffer.
void Swap::rewriteEnd(Carry &carry, Value last) {
  Operation *after = last.getDefiningOp();
  carry.place.replaceUsesWithIf(last, [&](OpOperand &use) {
    Operation *here = besideLoop(loop, use.getOwner());
    return here && after->isBeforeInBlock(here);
  });
  if (isa<BlockArgument>(carry.place)) {
    builder.setInsertionPointAfter(after);
    memref::CopyOp::create(builder, loop.getLoc(), last, carry.place);
  }
  bool isThere = carry.end && llvm::is_contained(inits, carry.end.getTarget());
  if (carry.start)
    carry.start.erase();
  if (isThere)
    carry.end.erase();
}

void Swap::rewrite() {
  for (Carry &carry : carries)
    chooseBuffers(carry);
  unsigned before = loop.getNumRegionIterArgs();
  IRRewriter rewriter(builder);
  loop = cast<scf::ForOp>(*loop.replaceWithAdditionalYields(
      rewriter, inits, /*replaceInitOperandUsesInLoop=*/false,
      [&](OpBuilder &, Location, ArrayRef<BlockArgument> added) {
        // Read, filled, next: the filled one is read next, and both others
        // take turns.
        SmallVector<Value> next;
        for (unsigned i = 0; i < added.size(); i += 3)
          llvm::append_range(
              next, ValueRange{added[i + 1], added[i + 2], added[i + 1]});
        return next;
      }));
  for (auto [i, carry] : llvm::enumerate(carries)) {
    unsigned first = before + 3 * i;
    rewriteBody(carry, loop.getRegionIterArg(first),
                loop.getRegionIterArg(first + 1));
    rewriteEnd(carry, loop.getResult(first));
  }
}

static void swapCarries(scf::ForOp loop) {
  SmallVector<Carry> carries;
  llvm::SmallPtrSet<Operation *, 4> taken;
  llvm::SmallDenseSet<Value> places;
  for (memref::CopyOp copy : loop.getBody()->getOps<memref::CopyOp>()) {
    FailureOr<Carry> carry = carryOf(loop, copy);
    if (failed(carry) || !taken.insert(carry->fresh).second ||
        !places.insert(carry->place).second)
      continue;
    findEnds(loop, *carry);
    carries.push_back(*carry);
  }
  if (!carries.empty())
    Swap(loop, carries).rewrite();
}

namespace {
struct SwapCarries : impl::SwapCarriesBase<SwapCarries> {
  void runOnOperation() override {
    SmallVector<scf::ForOp> loops;
    getOperation().walk([&](scf::ForOp loop) { loops.push_back(loop); });
    for (scf::ForOp loop : loops)
      swapCarries(loop);
  }
};
} // namespace

} // namespace attention
