#include "dialect/Attention.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Dominance.h"
#include "mlir/IR/PatternMatch.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Transforms/CSE.h"
#include "passes/EntryFunctions.h"
#include "passes/HeldValues.h"
#include "passes/Passes.h"
#include "passes/PlaceBuffers.h"
#include "passes/SizeSlice.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_PLANMEMORY
#include "passes/Passes.h.inc"

/// Offsets of buffers and the pointer to the workspace are multiples of this.
static constexpr int64_t alignment = 64;

/// A size in bytes: `factor` times the product of `symbols`, values of the
/// function's entry block in the order of their definition.
struct SymbolicSize {
  int64_t factor = 1;
  SmallVector<Value> symbols;
};

/// Buffers, and the most that each of their dynamic sizes can be.
using PlannedBuffers = SmallVector<std::pair<Operation *, SmallVector<Value>>>;

/// Buffers whose sizes are multiples of one product of symbols: they compare as
/// numbers and are placed together.
struct SizeClass {
  SmallVector<Value> symbols;
  SmallVector<Operation *> allocs;
  SmallVector<BufferRequest> requests;
  int64_t factor = 0;  ///< bytes of the class per unit of the symbols' product
  int64_t granule = 1; ///< what the product is rounded up to, for alignment
};

//===----------------------------------------------------------------------===//
// Sizes
//===----------------------------------------------------------------------===//

static bool multiplyInto(SymbolicSize &size, Value value);

static bool multiplyInto(SymbolicSize &size, AffineExpr expr,
                         affine::AffineApplyOp apply) {
  if (auto constant = dyn_cast<AffineConstantExpr>(expr)) {
    size.factor *= constant.getValue();
    return constant.getValue() > 0;
  }
  if (auto dim = dyn_cast<AffineDimExpr>(expr))
    return multiplyInto(size, apply.getDimOperands()[dim.getPosition()]);
  if (auto symbol = dyn_cast<AffineSymbolExpr>(expr))
    return multiplyInto(size, apply.getSymbolOperands()[symbol.getPosition()]);
  auto product = dyn_cast<AffineBinaryOpExpr>(expr);
  return product && product.getKind() == AffineExprKind::Mul &&
         multiplyInto(size, product.getLHS(), apply) &&
         multiplyInto(size, product.getRHS(), apply);
}

/// Multiplies `size` by `value`, taking products apart so that 2 * n and n * 4
/// are of one class. Always succeeds: what is no product is a symbol.
static bool multiplyInto(SymbolicSize &size, Value value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value);
      constant && *constant > 0) {
    size.factor *= *constant;
    return true;
  }
  if (auto product = value.getDefiningOp<arith::MulIOp>())
    return multiplyInto(size, product.getLhs()) &&
           multiplyInto(size, product.getRhs());
  if (auto apply = value.getDefiningOp<affine::AffineApplyOp>()) {
    SymbolicSize factors = size;
    if (multiplyInto(factors, apply.getAffineMap().getResult(0), apply)) {
      size = factors;
      return true;
    }
  }
  size.symbols.push_back(value);
  return true;
}

/// How large `alloc` gets, whose dynamic sizes are at most `most`.
static SymbolicSize sizeOf(Operation *alloc, ValueRange most,
                           const DataLayout &layout) {
  auto type = cast<MemRefType>(alloc->getResult(0).getType());
  SymbolicSize size;
  size.factor =
      llvm::alignTo(layout.getTypeSize(type.getElementType()),
                    layout.getTypeABIAlignment(type.getElementType()));
  for (int64_t extent : type.getShape())
    if (!ShapedType::isDynamic(extent))
      size.factor *= extent;
  for (Value operand : most)
    multiplyInto(size, operand);
  llvm::sort(size.symbols, [](Value a, Value b) {
    return a != b && a.getDefiningOp()->isBeforeInBlock(b.getDefiningOp());
  });
  return size;
}

//===----------------------------------------------------------------------===//
// Placing
//===----------------------------------------------------------------------===//

/// Places a class so that every offset is a multiple of the alignment: factors
/// become multiples of 64 / granule, and the product of symbols multiples of
/// granule. A large granule wastes memory where dimensions are small, rounded
/// factors where buffers are thin: takes the smallest granule that costs
/// little.
static void placeClass(SizeClass &sizes) {
  auto place = [&](int64_t granule) {
    SmallVector<BufferRequest> requests = sizes.requests;
    for (BufferRequest &request : requests)
      request.size = llvm::alignTo(request.size, alignment / granule);
    int64_t factor = placeBuffers(requests);
    return std::make_pair(factor, requests);
  };
  int64_t unrounded = place(alignment).first;
  int64_t granule = 1;
  if (!sizes.symbols.empty())
    while (granule < alignment &&
           place(granule).first > unrounded + unrounded / 10)
      granule *= 2;
  sizes.granule = granule;
  std::tie(sizes.factor, sizes.requests) = place(granule);
}

static SmallVector<SizeClass> classify(const PlannedBuffers &buffers,
                                       const BufferLifetimes &lifetimes) {
  SmallVector<SizeClass> classes;
  for (const auto &[alloc, most] : buffers) {
    SymbolicSize size = sizeOf(alloc, most, DataLayout::closest(alloc));
    auto *found = llvm::find_if(classes, [&](SizeClass &known) {
      return known.symbols == size.symbols;
    });
    if (found == classes.end()) {
      classes.emplace_back();
      found = &classes.back();
      found->symbols = size.symbols;
    }
    found->allocs.push_back(alloc);
    found->requests.push_back({lifetimes.of(alloc), size.factor, 0});
  }
  return classes;
}

//===----------------------------------------------------------------------===//
// Rewriting one function
//===----------------------------------------------------------------------===//

/// All buffers outside of parallel loops, which have scratch of their own.
static SmallVector<Operation *> collectAllocs(func::FuncOp function) {
  SmallVector<Operation *> allocs;
  function.walk<WalkOrder::PreOrder>([&](Operation *op) {
    if (isa<scf::ForallOp>(op))
      return WalkResult::skip();
    if (isa<memref::AllocOp, memref::AllocaOp>(op))
      allocs.push_back(op);
    return WalkResult::advance();
  });
  return allocs;
}

/// States for each of `allocs` the most that its sizes can be, by values
/// computed at the start of the function: the sizes themselves, unless they
/// vary in a loop.
static FailureOr<PlannedBuffers> hoistSizes(func::FuncOp function,
                                            ArrayRef<Operation *> allocs) {
  OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
  IRMapping arguments;
  for (BlockArgument argument : function.getArguments())
    arguments.map(argument, argument);
  SizeSlice slice(builder, arguments);
  // Held while equal ones become one.
  SmallVector<Value> all;
  for (Operation *alloc : allocs)
    for (OpOperand &operand : alloc->getOpOperands()) {
      Value most = slice.copy(operand.get());
      if (most)
        operand.set(most);
      else
        most = slice.boundOrReport(operand.get(), "the size of a buffer");
      if (!most)
        return failure();
      all.push_back(most);
    }
  HeldValues held(builder, function.getLoc(), all);
  IRRewriter rewriter(function.getContext());
  DominanceInfo dominance(function);
  eliminateCommonSubExpressions(rewriter, dominance, function);
  PlannedBuffers buffers;
  ValueRange bounds = held.get();
  for (Operation *alloc : allocs) {
    buffers.push_back({alloc, bounds.take_front(alloc->getNumOperands())});
    bounds = bounds.drop_front(alloc->getNumOperands());
  }
  held.release();
  return buffers;
}

static LogicalResult checkAllocs(ArrayRef<Operation *> allocs) {
  for (Operation *alloc : allocs) {
    auto type = cast<MemRefType>(alloc->getResult(0).getType());
    if (!type.getLayout().isIdentity())
      return alloc->emitOpError("expects a buffer without strides, but got ")
             << type;
    auto aligned = alloc->getAttrOfType<IntegerAttr>("alignment");
    if (aligned && alignment % aligned.getInt() != 0)
      return alloc->emitOpError("expects an alignment that divides ")
             << alignment << ", but got " << aligned.getInt();
  }
  return success();
}

static Value createIndex(OpBuilder &builder, Location loc, int64_t value) {
  return arith::ConstantIndexOp::create(builder, loc, value);
}

/// The product of a class's symbols, rounded up to its granule.
static Value createUnit(OpBuilder &builder, Location loc,
                        const SizeClass &sizes) {
  Value unit = createIndex(builder, loc, 1);
  for (auto [i, symbol] : llvm::enumerate(sizes.symbols))
    unit = i == 0 ? symbol : arith::MulIOp::create(builder, loc, unit, symbol);
  if (sizes.granule == 1)
    return unit;
  unit = arith::AddIOp::create(builder, loc, unit,
                               createIndex(builder, loc, sizes.granule - 1));
  return arith::AndIOp::create(builder, loc, unit,
                               createIndex(builder, loc, -sizes.granule));
}

static void replaceByView(Operation *alloc, Value workspace, Value offset) {
  OpBuilder builder(alloc);
  auto type = cast<MemRefType>(alloc->getResult(0).getType());
  Value view = memref::ViewOp::create(builder, alloc->getLoc(), type, workspace,
                                      offset, alloc->getOperands());
  alloc->getResult(0).replaceAllUsesWith(view);
  alloc->erase();
}

/// Puts the classes behind each other, replaces the buffers, and returns the
/// size of the workspace in bytes.
static Value rewriteAllocs(func::FuncOp function, ArrayRef<SizeClass> classes,
                           Value workspace) {
  OpBuilder builder = OpBuilder::atBlockBegin(&function.getBody().front());
  Operation *lastSymbol = nullptr;
  for (const SizeClass &sizes : classes)
    for (Value symbol : sizes.symbols)
      if (!lastSymbol || lastSymbol->isBeforeInBlock(symbol.getDefiningOp()))
        lastSymbol = symbol.getDefiningOp();
  if (lastSymbol)
    builder.setInsertionPointAfter(lastSymbol);
  Location loc = function.getLoc();
  Value base = createIndex(builder, loc, 0);
  SmallVector<std::pair<Operation *, Value>> offsets;
  for (const SizeClass &sizes : classes) {
    Value unit = createUnit(builder, loc, sizes);
    auto behindBase = [&](int64_t factor) -> Value {
      Value bytes = arith::MulIOp::create(builder, loc, unit,
                                          createIndex(builder, loc, factor));
      return arith::AddIOp::create(builder, loc, base, bytes);
    };
    for (auto [alloc, request] : llvm::zip(sizes.allocs, sizes.requests))
      offsets.emplace_back(alloc, behindBase(request.offset));
    base = behindBase(sizes.factor);
  }
  for (auto [alloc, offset] : offsets)
    replaceByView(alloc, workspace, offset);
  return base;
}

/// Adds the private function that computes `bytes` from the arguments' sizes.
static LogicalResult addSizeFunction(func::FuncOp function, Value bytes,
                                     unsigned argumentCount) {
  Location loc = function.getLoc();
  OpBuilder builder(function);
  builder.setInsertionPointAfter(function);
  auto inputs = function.getArgumentTypes().take_front(argumentCount);
  auto type = builder.getFunctionType(inputs, {builder.getIndexType()});
  auto sizeFunction = func::FuncOp::create(
      builder, loc, (function.getName() + ".workspace").str(), type);
  sizeFunction.setPrivate();
  Block *body = sizeFunction.addEntryBlock();
  builder.setInsertionPointToStart(body);
  IRMapping arguments;
  for (auto [from, to] :
       llvm::zip(function.getArguments(), body->getArguments()))
    arguments.map(from, to);
  Value copied = SizeSlice(builder, arguments)
                     .copyOrReport(bytes, "the size of the workspace");
  if (!copied)
    return failure();
  func::ReturnOp::create(builder, loc, copied);
  function->setAttr(workspaceSizeAttr, FlatSymbolRefAttr::get(sizeFunction));
  return success();
}

static LogicalResult planFunction(func::FuncOp function) {
  function.walk([](memref::DeallocOp dealloc) {
    if (!dealloc->getParentOfType<scf::ForallOp>())
      dealloc.erase();
  });
  SmallVector<Operation *> allocs = collectAllocs(function);
  if (failed(checkAllocs(allocs)))
    return failure();
  FailureOr<PlannedBuffers> buffers = hoistSizes(function, allocs);
  if (failed(buffers))
    return failure();
  BufferLifetimes lifetimes(function);
  for (Operation *alloc : allocs)
    if (lifetimes.leavesItsLoop(alloc))
      return alloc->emitOpError("expects a buffer of one iteration, but got "
                                "one that the loop carries on");
  SmallVector<SizeClass> classes = classify(*buffers, lifetimes);
  llvm::for_each(classes, placeClass);

  unsigned argumentCount = function.getNumArguments();
  Builder builder(function.getContext());
  auto type = MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
  auto attributes = builder.getDictionaryAttr(
      builder.getNamedAttr(workspaceAttr, builder.getUnitAttr()));
  if (failed(function.insertArgument(argumentCount, type, attributes,
                                     function.getLoc())))
    return failure();
  Value bytes =
      rewriteAllocs(function, classes, function.getArguments().back());
  return addSizeFunction(function, bytes, argumentCount);
}

namespace {
struct PlanMemory : impl::PlanMemoryBase<PlanMemory> {
  void runOnOperation() override {
    SmallVector<func::FuncOp> functions(getOperation().getOps<func::FuncOp>());
    for (func::FuncOp function : functions)
      if (isEntryFunction(function) && failed(planFunction(function)))
        return signalPassFailure();
  }
};
} // namespace

} // namespace attention
