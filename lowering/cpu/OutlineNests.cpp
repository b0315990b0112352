#include "lowering/cpu/EqualCode.h"
#include "lowering/cpu/Passes.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/OperationSupport.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/SetVector.h"
#include <map>

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_OUTLINENESTS
#include "lowering/cpu/Passes.h.inc"

namespace {

/// One loop or branch that works on memory alone, and how long it is.
struct Nest {
  Operation *op;
  int64_t size;
};

/// What two equal nests use from outside, in the same order; constants of the
/// same value are part of the code.
using Captured = llvm::MapVector<Value, Value>;

/// Makes functions of the nests of one function.
class Parts {
public:
  Parts(func::FuncOp function, int64_t leastNest)
      : function(function), leastNest(leastNest) {}

  /// One function for all nests that are equal.
  void share();
  /// A function for each of the longest nests of `leastPart` operations or
  /// more, but for those that are next to all there is.
  void cut(int64_t leastPart);

private:
  using Equal = std::pair<Operation *, Captured>;

  int64_t collect(Operation *op);
  void share(ArrayRef<Nest> nests);
  void call(ArrayRef<Equal> equal);
  func::FuncOp outline(Operation *op, ArrayRef<Value> captured);

  func::FuncOp function;
  int64_t leastNest;
  llvm::MapVector<size_t, SmallVector<Nest>> byHash;
  DenseSet<Operation *> moved; // into a function, or replaced by a call
  int64_t parts = 0;
};

} // namespace

static bool isInside(Value value, Operation *nest) {
  return nest->isAncestor(value.getParentBlock()->getParentOp());
}

static bool isNest(Operation *op) {
  return isa<scf::ForOp, scf::IfOp>(op) && op->getNumResults() == 0;
}

/// How many operations there are in `op`, itself included.
static int64_t sizeOf(Operation *op) {
  int64_t size = 0;
  op->walk([&](Operation *) { ++size; });
  return size;
}

static SmallVector<Operation *> flatten(Operation *nest) {
  SmallVector<Operation *> all;
  nest->walk<WalkOrder::PreOrder>([&](Operation *op) { all.push_back(op); });
  return all;
}

static void mapDefined(Operation *op, Operation *other, IRMapping &inside) {
  inside.map(op->getResults(), other->getResults());
  for (auto [region, its] : llvm::zip(op->getRegions(), other->getRegions()))
    for (auto [block, itsBlock] : llvm::zip(region, its))
      inside.map(block.getArguments(), itsBlock.getArguments());
}

/// Whether `other` is `nest` with other values from outside, which `captured`
/// names then.
static bool areEqual(Operation *nest, Operation *other, Captured &captured) {
  if (!OperationEquivalence::isEquivalentTo(
          nest, other, OperationEquivalence::ignoreValueEquivalence,
          /*markEquivalent=*/nullptr, OperationEquivalence::IgnoreLocations))
    return false;
  IRMapping inside;
  auto isSame = [&](Value one, Value its) {
    if (isInside(one, nest))
      return inside.lookup(one) == its;
    if (one.getType() != its.getType() || isInside(its, other))
      return false;
    Attribute constant, itsConstant;
    if (matchPattern(one, m_Constant(&constant)))
      return matchPattern(its, m_Constant(&itsConstant)) &&
             constant == itsConstant;
    return captured.insert({one, its}).first->second == its;
  };
  for (auto [op, its] : llvm::zip_equal(flatten(nest), flatten(other))) {
    for (auto [one, other] : llvm::zip(op->getOperands(), its->getOperands()))
      if (!isSame(one, other))
        return false;
    mapDefined(op, its, inside);
  }
  return true;
}

/// How many operations there are in `op`, itself included; of nests that are
/// long enough, it takes note.
int64_t Parts::collect(Operation *op) {
  int64_t size = 1;
  for (Region &region : op->getRegions())
    for (Operation &each : region.getOps())
      size += collect(&each);
  if (isNest(op) && size >= leastNest)
    byHash[hashCode(op->getRegions())].push_back({op, size});
  return size;
}

/// A function of its own, with a copy of `op`.
func::FuncOp Parts::outline(Operation *op, ArrayRef<Value> captured) {
  OpBuilder builder(function);
  Location loc = op->getLoc();
  auto part = func::FuncOp::create(
      builder, loc,
      function.getName().str() + ".part" + std::to_string(parts++),
      builder.getFunctionType(TypeRange(ValueRange(captured)), {}));
  part.setPrivate();
  part->setAttr("passthrough", builder.getStrArrayAttr({"noinline"}));
  Block *body = part.addEntryBlock();
  builder.setInsertionPointToStart(body);
  IRMapping map;
  map.map(captured, body->getArguments());
  op->walk([&](Operation *each) {
    for (Value operand : each->getOperands())
      if (!isInside(operand, op) && !map.contains(operand))
        map.map(operand, builder.clone(*operand.getDefiningOp())->getResult(0));
  });
  builder.clone(*op, map);
  func::ReturnOp::create(builder, loc);
  return part;
}

/// One function for the first of these nests and all that are equal to it.
void Parts::share(ArrayRef<Nest> nests) {
  SmallVector<Equal> equal;
  SmallVector<Nest> rest;
  Operation *first = nullptr;
  for (const Nest &nest : nests) {
    if (moved.contains(nest.op))
      continue;
    if (!first)
      first = nest.op;
    Captured captured;
    if (areEqual(first, nest.op, captured))
      equal.emplace_back(nest.op, std::move(captured));
    else
      rest.push_back(nest);
  }
  if (!rest.empty())
    share(rest);
  if (equal.size() > 1)
    call(equal);
}

/// Calls of one function in place of nests that are equal.
void Parts::call(ArrayRef<Equal> equal) {
  SmallVector<Value> names;
  for (auto &[name, value] : equal.front().second)
    names.push_back(name);
  func::FuncOp part = outline(equal.front().first, names);
  for (auto &[op, captured] : equal) {
    SmallVector<Value> values;
    for (Value name : names)
      values.push_back(captured.lookup(name));
    OpBuilder builder(op);
    func::CallOp::create(builder, op->getLoc(), part, values);
    op->walk([&](Operation *each) { moved.insert(each); });
    op->erase();
  }
}

void Parts::share() {
  collect(function);
  // The longest first: what they hold goes with them.
  std::multimap<int64_t, ArrayRef<Nest>, std::greater<>> bySize;
  for (auto &[hash, nests] : byHash)
    bySize.emplace(nests.front().size, nests);
  for (auto &[size, nests] : bySize)
    share(nests);
}

/// Views at fixed places of a buffer are made where `nest` uses them: then it
/// takes one pointer, not one for each.
static void sinkViews(Operation *nest) {
  for (Region &region : nest->getRegions()) {
    if (region.empty())
      continue;
    SetVector<Operation *> views;
    region.walk([&](Operation *op) {
      for (Value operand : op->getOperands())
        if (auto view = operand.getDefiningOp<memref::ViewOp>();
            view && view.getSizes().empty() &&
            matchPattern(view.getByteShift(), m_Constant()) &&
            !isInside(view, nest))
          views.insert(view);
    });
    OpBuilder builder = OpBuilder::atBlockBegin(&region.front());
    for (Operation *view : views) {
      Value here = builder.clone(*view)->getResult(0);
      view->getResult(0).replaceUsesWithIf(here, [&](OpOperand &use) {
        return region.isAncestor(use.getOwner()->getParentRegion());
      });
    }
  }
}

void Parts::cut(int64_t leastPart) {
  int64_t all = sizeOf(function);
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    int64_t size = sizeOf(op);
    if (size < leastPart)
      return WalkResult::skip();
    if (!isNest(op) || 3 * size > 2 * all)
      return WalkResult::advance();
    sinkViews(op);
    Captured captured;
    areEqual(op, op, captured); // names all that it uses from outside
    call(Equal(op, captured));
    return WalkResult::skip();
  });
}

namespace {
struct OutlineNests : impl::OutlineNestsBase<OutlineNests> {
  using OutlineNestsBase::OutlineNestsBase;

  void runOnOperation() override {
    for (auto function :
         llvm::to_vector(getOperation().getOps<func::FuncOp>())) {
      if (sizeOf(function) < leastFunction)
        continue;
      Parts parts(function, leastNest);
      parts.share();
      parts.cut(leastPart);
    }
  }
};
} // namespace

} // namespace attention
