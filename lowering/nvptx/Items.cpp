#include "lowering/nvptx/Items.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention::nvptx {

//===- Which kernels ------------------------------------------------------===//

namespace {
/// What a scalar of a task is computed from.
struct Origins {
  bool ofTask = false;   ///< its variables
  bool ofMemory = false; ///< elements that are read
};
} // namespace

static Origins originsOf(Value value, scf::ForallOp loop) {
  Origins origins;
  auto see = [&](Value seen) {
    origins.ofTask |= llvm::is_contained(loop.getInductionVars(), seen);
    if (Operation *op = seen.getDefiningOp())
      origins.ofMemory |= loop->isProperAncestor(op) && isa<memref::LoadOp>(op);
  };
  BackwardSliceOptions options;
  options.inclusive = options.omitBlockArguments = true;
  options.filter = [&](Operation *op) { return loop->isProperAncestor(op); };
  llvm::SetVector<Operation *> slice;
  see(value);
  if (succeeded(getBackwardSlice(value, &slice, options)))
    for (Operation *op : slice) {
      llvm::for_each(op->getResults(), see);
      llvm::for_each(op->getOperands(), see);
      op->walk([&](memref::LoadOp) { origins.ofMemory = true; });
    }
  return origins;
}

/// Whether iterations multiply tiles themselves: what a task takes is in such
/// loops. Those around them go over stretches that were cut to be alike.
static bool multiplies(scf::ForOp loop) {
  return loop
      ->walk([&](vector::ContractionOp product) {
        return product->getParentOfType<scf::ForOp>() == loop
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

/// Whether a number is how long a stretch is that moves along with the task:
/// of its chunks, and cut off at the end.
static bool isLengthOfStretch(Value length, scf::ForallOp loop) {
  Operation *op = length.getDefiningOp();
  while (
      isa_and_nonnull<arith::DivSIOp, arith::DivUIOp, arith::CeilDivSIOp>(op) &&
      !originsOf(op->getOperand(1), loop).ofTask)
    op = op->getOperand(0).getDefiningOp();
  return isa_and_nonnull<arith::SubIOp>(op) &&
         llvm::all_of(op->getOperands(), [&](Value bound) {
           return originsOf(bound, loop).ofTask;
         });
}

/// Whether a loop goes further for some tasks than for others.
static bool hasUnlikeBounds(scf::ForOp inner, scf::ForallOp loop) {
  Origins lower = originsOf(inner.getLowerBound(), loop),
          upper = originsOf(inner.getUpperBound(), loop);
  return lower.ofMemory || upper.ofMemory ||
         (lower.ofTask != upper.ofTask &&
          !isLengthOfStretch(inner.getUpperBound(), loop));
}

bool haveUnlikeWork(scf::ForallOp loop) {
  auto isUnlike = [&](scf::ForOp inner) {
    if (!multiplies(inner))
      return false;
    if (hasUnlikeBounds(inner, loop))
      return true;
    return llvm::any_of(
        inner.getBody()->getOps<scf::IfOp>(), [&](scf::IfOp branches) {
          return originsOf(branches.getCondition(), loop).ofMemory;
        });
  };
  return llvm::any_of(loop.getBody()->getOps<scf::ForOp>(), isUnlike);
}

//===- Their code ---------------------------------------------------------===//

Items::Items(WarpBuilder &b, KernelInputs &inputs, LLVM::LLVMFuncOp kernel,
             ArrayRef<Value> counts, int64_t shared, bool takerCopies)
    : shared(shared), takerCopies(takerCopies) {
  for (Value count : counts)
    this->counts.push_back(
        arith::IndexCastOp::create(b, b.getI32Type(), inputs.scalar(count)));
  std::string name = (kernel.getName() + "_items").str();
  OpBuilder module(kernel);
  LLVM::GlobalOp::create(module, kernel.getLoc(), module.getI32Type(),
                         /*isConstant=*/false, LLVM::Linkage::External, name,
                         module.getI32IntegerAttr(0), /*alignment=*/4,
                         /*addrSpace=*/1);
  counter = LLVM::AddressOfOp::create(
      b, LLVM::LLVMPointerType::get(b.getContext(), 1), name);
}

/// Starts to take an item, early: this takes as long as memory does. Where none
/// is left, that is -1.
Value Items::take(WarpBuilder &b, Taker isTaker) {
  auto taking = scf::IfOp::create(b, b.getI32Type(), isTaker(),
                                  /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(taking.elseBlock());
  scf::YieldOp::create(b, b.i32(0));
  b.setInsertionPointToStart(taking.thenBlock());
  // Computed anew: a register would hold it through all items.
  Value total = b.i32(1);
  for (Value count : counts)
    total = b.mul(total, b.opaque(count));
  Value taken = LLVM::AtomicRMWOp::create(
      b, LLVM::AtomicBinOp::uinc_wrap, counter, b.add(total, b.i32(-1)),
      LLVM::AtomicOrdering::monotonic, "device");
  Value blocks =
      NVVM::GridDimXOp::create(b, b.getI32Type(), LLVM::ConstantRangeAttr());
  Value next = b.add(taken, blocks);
  Value isItem =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ult, next, total);
  scf::YieldOp::create(
      b, arith::SelectOp::create(b, isItem, next, b.i32(-1)).getResult());
  return taking.getResult(0);
}

/// Puts the item that was taken where all threads find it, in front of the
/// first loop of `item`: no register holds it through that, and what the loop
/// begins with took as long to arrive. One that copies has no time to wait.
void Items::put(WarpBuilder &b, Taker isTaker, Value taken, Block *item) {
  OpBuilder::InsertionGuard guard(b);
  auto loops = item->getOps<scf::ForOp>();
  if (!takerCopies && !loops.empty())
    b.setInsertionPoint(*loops.begin());
  auto once = scf::IfOp::create(b, isTaker());
  b.setInsertionPointToStart(once.thenBlock());
  b.store(taken, b.sharedAddress(b.i32(shared)), /*alignment=*/4);
}

/// The item that was put there, for all threads, behind all that the block did
/// for the last one.
Value Items::pass(WarpBuilder &b) {
  // The next item's copies write where this one's threads did.
  if (b.hasOthers)
    LLVM::CallIntrinsicOp::create(
        b, b.getStringAttr("llvm.nvvm.fence.proxy.async.shared_cta"),
        ValueRange());
  NVVM::Barrier0Op::create(b);
  Value next = b.load(b.getI32Type(), b.sharedAddress(b.i32(shared)),
                      /*alignment=*/4);
  NVVM::Barrier0Op::create(b);
  return next;
}

LogicalResult Items::forEach(WarpBuilder &b, Taker isTaker,
                             SmallVectorImpl<Value> &carried,
                             function_ref<LogicalResult(Value)> body) {
  SmallVector<Value> inits = {
      NVVM::BlockIdXOp::create(b, b.getI32Type(), LLVM::ConstantRangeAttr())};
  llvm::append_range(inits, carried);
  SmallVector<Type> types(ValueRange(inits).getTypes());
  SmallVector<Location> places(types.size(), b.getLoc());
  auto loop = scf::WhileOp::create(b, types, inits);
  OpBuilder::InsertionGuard guard(b);
  Block *each = b.createBlock(&loop.getBefore(), {}, types, places);
  carried.assign(each->args_begin() + 1, each->args_end());
  // What is computed from the thread would be kept from one item to the next.
  ThreadPlace outside = b;
  b.setThread(b.opaque(b.thread));
  Value taken = isTaker ? take(b, isTaker) : Value();
  if (failed(body(b.toIndex(each->getArgument(0)))))
    return failure();
  if (isTaker)
    put(b, isTaker, taken, each);
  SmallVector<Value> next = {pass(b)};
  llvm::append_range(next, carried);
  Value isItem = arith::CmpIOp::create(b, arith::CmpIPredicate::sge,
                                       next.front(), b.i32(0));
  scf::ConditionOp::create(b, isItem, next);
  Block *again = b.createBlock(&loop.getAfter(), {}, types, places);
  scf::YieldOp::create(b, again->getArguments());
  static_cast<ThreadPlace &>(b) = outside;
  return success();
}

} // namespace attention::nvptx
