#include "dialect/Names.h"
#include "lowering/Abi.h"
#include "lowering/Invocations.h"
#include "lowering/cpu/MergeTasks.h"
#include "lowering/cpu/Passes.h"
#include "lowering/cpu/Scratch.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/Transforms/Transforms.h"
#include "mlir/IR/Matchers.h"
#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "mlir/Transforms/RegionUtils.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_PARALLELTORUNTIME
#include "lowering/cpu/Passes.h.inc"

namespace {

/// Lowers the parallel loops of one function.
class FunctionLowering {
public:
  FunctionLowering(func::FuncOp function, Value invocation)
      : function(function), invocation(invocation), abi(function.getContext()),
        converter(function.getContext()), builder(function.getContext()) {}

  LogicalResult run();

  ArrayRef<func::FuncOp> getTasks() const { return tasks; }

private:
  void runInLine(scf::ForallOp loop, Scratch &scratch);
  void outline(scf::ForallOp loop, Scratch &scratch);
  func::FuncOp createTask(scf::ForallOp loop, Scratch &scratch,
                          ArrayRef<Value> captured, Type contextType);
  void callParallel(scf::ForallOp loop, func::FuncOp task,
                    ArrayRef<Value> captured, Type contextType);
  SmallVector<Value> collectCaptured(scf::ForallOp loop);
  SmallVector<Value> createTripCounts(scf::ForallOp loop);
  Value createInductionVariable(scf::ForallOp loop, unsigned dimension,
                                Value iteration);
  Value createScratch(Location loc, Value run, Value worker, int64_t bytes);
  Value createContextSpace();
  Value createIndex(Location loc, int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value castTo(Location loc, Type type, Value value);

  func::FuncOp function;
  Value invocation;
  AbiTypes abi;
  LLVMTypeConverter converter;
  OpBuilder builder;
  int64_t scratchBytes = 0;
  int64_t contextBytes = 0;
  LLVM::AllocaOp contextSpace;
  SmallVector<func::FuncOp> tasks;
};

} // namespace

Value FunctionLowering::castTo(Location loc, Type type, Value value) {
  if (value.getType() == type)
    return value;
  return UnrealizedConversionCastOp::create(builder, loc, type, value)
      .getResult(0);
}

/// Trip counts of all dimensions, at the builder's place.
SmallVector<Value> FunctionLowering::createTripCounts(scf::ForallOp loop) {
  Location loc = loop.getLoc();
  SmallVector<Value> counts;
  for (auto [lower, upper, step] :
       llvm::zip(loop.getMixedLowerBound(), loop.getMixedUpperBound(),
                 loop.getMixedStep())) {
    Value count = getValueOrCreateConstantIndexOp(builder, loc, upper);
    if (!isZeroInteger(lower)) {
      Value first = getValueOrCreateConstantIndexOp(builder, loc, lower);
      count = arith::SubIOp::create(builder, loc, count, first);
      count = arith::MaxSIOp::create(builder, loc, count, createIndex(loc, 0));
    }
    if (!isOneInteger(step))
      count = arith::CeilDivUIOp::create(
          builder, loc, count,
          getValueOrCreateConstantIndexOp(builder, loc, step));
    counts.push_back(count);
  }
  return counts;
}

Value FunctionLowering::createInductionVariable(scf::ForallOp loop,
                                                unsigned dimension,
                                                Value iteration) {
  Location loc = loop.getLoc();
  OpFoldResult lower = loop.getMixedLowerBound()[dimension],
               step = loop.getMixedStep()[dimension];
  if (!isOneInteger(step))
    iteration = arith::MulIOp::create(
        builder, loc, iteration,
        getValueOrCreateConstantIndexOp(builder, loc, step));
  if (!isZeroInteger(lower))
    iteration = arith::AddIOp::create(
        builder, loc, iteration,
        getValueOrCreateConstantIndexOp(builder, loc, lower));
  return iteration;
}

/// The first `bytes` of the scratch of `worker` (i64), as a memref.
Value FunctionLowering::createScratch(Location loc, Value run, Value worker,
                                      int64_t bytes) {
  Value base = abi.invocation.load(builder, loc, run, invocationScratch);
  Value stride = abi.invocation.load(builder, loc, run, invocationScratchBytes);
  Value offset = LLVM::MulOp::create(builder, loc, worker, stride);
  Value pointer =
      LLVM::GEPOp::create(builder, loc, abi.pointer, builder.getI8Type(), base,
                          ArrayRef<LLVM::GEPArg>{offset});
  auto type = MemRefType::get({bytes}, builder.getI8Type());
  return castTo(loc, type,
                MemRefDescriptor::fromStaticShape(builder, loc, converter, type,
                                                  pointer));
}

/// A loop of one iteration becomes its body.
void FunctionLowering::runInLine(scf::ForallOp loop, Scratch &scratch) {
  builder.setInsertionPoint(loop);
  Location loc = loop.getLoc();
  if (scratch.bytes() != 0) {
    Value zero = LLVM::ConstantOp::create(builder, loc, abi.i64,
                                          builder.getI64IntegerAttr(0));
    scratch.rewrite(createScratch(loc, invocation, zero, scratch.bytes()));
  }
  for (auto [variable, lower] :
       llvm::zip(loop.getInductionVars(), loop.getLowerBound(builder)))
    variable.replaceAllUsesWith(lower);
  loop.getTerminator()->erase();
  loop->getBlock()->getOperations().splice(loop->getIterator(),
                                           loop.getBody()->getOperations());
  loop.erase();
}

/// What the task reads from outside, bounds of the loop included; constants are
/// copied into the loop instead.
SmallVector<Value> FunctionLowering::collectCaptured(scf::ForallOp loop) {
  SetVector<Value> used;
  used.insert(invocation);
  getUsedValuesDefinedAbove(loop->getRegions(), used);
  used.insert(loop->operand_begin(), loop->operand_end());
  builder.setInsertionPointToStart(loop.getBody());
  SmallVector<Value> captured;
  for (Value value : used) {
    if (!matchPattern(value, m_Constant()) ||
        llvm::is_contained(loop->getOperands(), value)) {
      captured.push_back(value);
      continue;
    }
    Value copied = builder.clone(*value.getDefiningOp())->getResult(0);
    replaceAllUsesInRegionWith(value, copied, loop.getRegion());
  }
  return captured;
}

/// Creates `void(ptr context, i64 index, i64 worker)` and moves the body there.
func::FuncOp FunctionLowering::createTask(scf::ForallOp loop, Scratch &scratch,
                                          ArrayRef<Value> captured,
                                          Type contextType) {
  Location loc = loop.getLoc();
  builder.setInsertionPoint(function);
  auto type = builder.getFunctionType({abi.pointer, abi.i64, abi.i64}, {});
  auto task = func::FuncOp::create(
      builder, loc,
      function.getName().str() + ".task" + std::to_string(tasks.size()), type);
  task.setPrivate();
  for (StringRef attribute : {"llvm.noalias", "llvm.nonnull", "llvm.readonly"})
    task.setArgAttr(0, attribute, builder.getUnitAttr());
  Block *entry = task.addEntryBlock();
  builder.setInsertionPointToStart(entry);

  IRMapping inside;
  for (auto [i, value] : llvm::enumerate(captured)) {
    Type fieldType = cast<LLVM::LLVMStructType>(contextType).getBody()[i];
    Value place = LLVM::GEPOp::create(
        builder, loc, abi.pointer, contextType, entry->getArgument(0),
        ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    Value field = LLVM::LoadOp::create(
        builder, loc, fieldType, place, /*alignment=*/0, /*isVolatile=*/false,
        /*isNonTemporal=*/false, /*isInvariant=*/true);
    inside.map(value, castTo(loc, value.getType(), field));
    replaceAllUsesInRegionWith(value, inside.lookup(value), loop.getRegion());
    loop->replaceUsesOfWith(value, inside.lookup(value));
  }
  if (scratch.bytes() != 0)
    scratch.rewrite(createScratch(loc, inside.lookup(invocation),
                                  entry->getArgument(2), scratch.bytes()));

  // The last dimension runs fastest.
  SmallVector<Value> counts = createTripCounts(loop);
  Value rest = arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                          entry->getArgument(1));
  for (unsigned dimension = loop.getRank(); dimension-- > 0;) {
    Value iteration = rest;
    if (dimension != 0) {
      iteration = arith::RemUIOp::create(builder, loc, rest, counts[dimension]);
      rest = arith::DivUIOp::create(builder, loc, rest, counts[dimension]);
    }
    Value variable = createInductionVariable(loop, dimension, iteration);
    loop.getInductionVar(dimension).replaceAllUsesWith(variable);
  }
  loop.getTerminator()->erase();
  entry->getOperations().splice(entry->end(), loop.getBody()->getOperations());
  builder.setInsertionPointToEnd(entry);
  func::ReturnOp::create(builder, loc);
  tasks.push_back(task);
  return task;
}

/// One place on the stack for the contexts of all loops of the function: they
/// run one after the other.
Value FunctionLowering::createContextSpace() {
  if (!contextSpace) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(&function.getBody().front());
    Location loc = function.getLoc();
    Value one = LLVM::ConstantOp::create(builder, loc, abi.i64,
                                         builder.getI64IntegerAttr(1));
    contextSpace = LLVM::AllocaOp::create(
        builder, loc, abi.pointer, builder.getI8Type(), one, /*alignment=*/64);
  }
  return contextSpace;
}

void FunctionLowering::callParallel(scf::ForallOp loop, func::FuncOp task,
                                    ArrayRef<Value> captured,
                                    Type contextType) {
  Location loc = loop.getLoc();
  Value context = createContextSpace();
  for (auto [i, value] : llvm::enumerate(captured)) {
    Type fieldType = cast<LLVM::LLVMStructType>(contextType).getBody()[i];
    Value place =
        LLVM::GEPOp::create(builder, loc, abi.pointer, contextType, context,
                            ArrayRef<LLVM::GEPArg>{0, static_cast<int32_t>(i)});
    LLVM::StoreOp::create(builder, loc, castTo(loc, fieldType, value), place);
  }
  Value count = createIndex(loc, 1);
  for (Value trips : createTripCounts(loop))
    count = arith::MulIOp::create(builder, loc, count, trips);
  count = arith::IndexCastOp::create(builder, loc, abi.i64, count);
  Value constant = func::ConstantOp::create(
      builder, loc, task.getFunctionType(), FlatSymbolRefAttr::get(task));
  Value body = castTo(loc, abi.pointer, constant);
  Value host = abi.invocation.load(builder, loc, invocation, invocationHost);
  Value parallel = abi.host.load(builder, loc, host, hostParallel);
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(builder.getContext()),
      {abi.pointer, abi.i64, abi.pointer, abi.pointer});
  LLVM::CallOp::create(builder, loc, type,
                       ValueRange{parallel, host, count, body, context});
}

void FunctionLowering::outline(scf::ForallOp loop, Scratch &scratch) {
  SmallVector<Value> captured = collectCaptured(loop);
  SmallVector<Type> fields;
  for (Value value : captured)
    fields.push_back(converter.convertType(value.getType()));
  auto contextType =
      LLVM::LLVMStructType::getLiteral(builder.getContext(), fields);
  contextBytes = std::max<int64_t>(
      contextBytes, DataLayout::closest(function).getTypeSize(contextType));
  builder.setInsertionPoint(loop);
  auto before = builder.saveInsertionPoint();
  SmallVector<Value> bounds(loop->getOperands());
  func::FuncOp task = createTask(loop, scratch, captured, contextType);
  loop->setOperands(bounds);
  builder.restoreInsertionPoint(before);
  callParallel(loop, task, captured, contextType);
  loop.erase();
}

static bool runsOnce(scf::ForallOp loop) {
  return llvm::all_of(llvm::zip(loop.getMixedLowerBound(),
                                loop.getMixedUpperBound(), loop.getMixedStep()),
                      [](auto bounds) {
                        auto [lower, upper, step] = bounds;
                        auto first = getConstantIntValue(lower),
                             end = getConstantIntValue(upper),
                             by = getConstantIntValue(step);
                        return first && end && by && *first < *end &&
                               *first + *by >= *end;
                      });
}

/// The bytes from one worker's scratch to the next: whole pages, so that all
/// see the same layout, and one more, which is nobody's. Without that, two
/// workers were slower than one by one, as if what is read ahead where one ends
/// took lines from the other (docs/performance.md).
static int64_t scratchDistance(int64_t bytes) {
  constexpr int64_t page = 4096;
  return bytes == 0 ? 0 : llvm::alignTo(bytes, page) + page;
}

LogicalResult FunctionLowering::run() {
  IRRewriter rewriter(function.getContext());
  SmallVector<scf::ForallOp> loops, nested;
  function.walk([&](scf::ForallOp loop) {
    (loop->getParentOfType<scf::ForallOp>() ? nested : loops).push_back(loop);
  });
  for (scf::ForallOp loop : nested) {
    rewriter.setInsertionPoint(loop);
    if (failed(scf::forallToForLoop(rewriter, loop)))
      return failure();
  }
  SmallVector<Scratch> scratches(loops.size());
  for (auto [loop, scratch] : llvm::zip(loops, scratches)) {
    if (failed(scratch.collect(loop)))
      return failure();
    scratchBytes = std::max(scratchBytes, scratch.bytes());
  }
  for (auto [loop, scratch] : llvm::zip(loops, scratches))
    runsOnce(loop) ? runInLine(loop, scratch) : outline(loop, scratch);
  if (contextSpace) {
    builder.setInsertionPoint(contextSpace);
    Value size =
        LLVM::ConstantOp::create(builder, function.getLoc(), abi.i64,
                                 builder.getI64IntegerAttr(contextBytes));
    contextSpace.getArraySizeMutable().assign(size);
  }
  function->setAttr(scratchBytesAttr,
                    builder.getI64IntegerAttr(scratchDistance(scratchBytes)));
  return success();
}

namespace {
struct ParallelToRuntime : impl::ParallelToRuntimeBase<ParallelToRuntime> {
  void runOnOperation() override {
    ModuleOp module = getOperation();
    SmallVector<func::FuncOp> tasks;
    auto lower = [&](func::FuncOp function, Value invocation) {
      FunctionLowering lowering(function, invocation);
      LogicalResult result = lowering.run();
      llvm::append_range(tasks, lowering.getTasks());
      return result;
    };
    if (failed(addInvocations(module, lower)))
      return signalPassFailure();
    mergeTasks(module, tasks);
  }
};
} // namespace

} // namespace attention
