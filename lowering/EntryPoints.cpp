#include "dialect/Names.h"
#include "lowering/ArtifactTables.h"
#include "lowering/FailToRuntime.h"
#include "lowering/GpuName.h"
#include "lowering/Passes.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/EntryFunctions.h"
#include "llvm/ADT/StringMap.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_ENTRYPOINTS
#include "lowering/Passes.h.inc"

namespace {

/// Emits `run` and `plan` of one function. Both see a function's tensors as
/// memrefs: `plan` as memrefs of no memory, of which only sizes are asked.
class EntryLowering {
public:
  EntryLowering(func::FuncOp function, FunctionEntry &entry,
                ArtifactTables &tables, FailToRuntime &failures)
      : function(function), entry(entry), tables(tables), failures(failures),
        abi(function.getContext()), converter(function.getContext()),
        builder(function.getContext()), loc(function.getLoc()) {}

  LogicalResult run();

private:
  LLVM::LLVMFuncOp startEntry(StringRef suffix, ArrayRef<Type> inputs);
  Value createInvocation(Value host, Value scratch);
  Value loadSize(Value sizes, int64_t position);
  Value createMemRef(MemRefType type, Value pointer, ValueRange sizes);
  void createMemRefs(ArrayRef<TensorEntry> tensors, Value buffers, Value sizes,
                     SmallVectorImpl<Value> &memrefs);
  void returnStatus(Value invocation);
  void checkShapes(Value invocation, Value sizes);
  LogicalResult storeResultSizes(Value invocation, Value sizes,
                                 ValueRange arguments);
  void emitRun();
  LogicalResult emitPlan();
  Value number(Type type, int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, type,
                                    builder.getIntegerAttr(type, value));
  }
  Value element(Type type, Value array, int64_t index) {
    return LLVM::GEPOp::create(
        builder, loc, abi.pointer, type, array,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
  }
  Value toMemRef(MemRefType type, Value descriptor) {
    return UnrealizedConversionCastOp::create(builder, loc, type, descriptor)
        .getResult(0);
  }
  Value workspaceBytes(ValueRange memrefs);
  Value scratchBytes() {
    return number(
        abi.i64,
        function->getAttrOfType<IntegerAttr>(scratchBytesAttr).getInt());
  }

  func::FuncOp function;
  FunctionEntry &entry;
  ArtifactTables &tables;
  FailToRuntime &failures;
  AbiTypes abi;
  LLVMTypeConverter converter;
  OpBuilder builder;
  Location loc;
  int64_t position = 0; ///< of the next tensor's first size
  int64_t buffer = 0;   ///< of the next tensor
};

} // namespace

LLVM::LLVMFuncOp EntryLowering::startEntry(StringRef suffix,
                                           ArrayRef<Type> inputs) {
  builder.setInsertionPointAfter(function);
  auto type = LLVM::LLVMFunctionType::get(abi.i32, inputs);
  auto entryPoint = LLVM::LLVMFuncOp::create(
      builder, loc, (function.getName() + suffix).str(), type,
      LLVM::Linkage::Internal);
  builder.setInsertionPointToStart(entryPoint.addEntryBlock(builder));
  position = buffer = 0;
  return entryPoint;
}

Value EntryLowering::createInvocation(Value host, Value scratch) {
  Value invocation = LLVM::AllocaOp::create(
      builder, loc, abi.pointer, abi.invocation.type(), number(abi.i64, 1));
  abi.invocation.store(builder, loc, host, invocation, invocationHost);
  abi.invocation.store(builder, loc, scratch, invocation, invocationScratch);
  abi.invocation.store(builder, loc, scratchBytes(), invocation,
                       invocationScratchBytes);
  abi.invocation.store(builder, loc, number(abi.i32, 0), invocation,
                       invocationFailed);
  return invocation;
}

void EntryLowering::returnStatus(Value invocation) {
  LLVM::ReturnOp::create(
      builder, loc,
      abi.invocation.load(builder, loc, invocation, invocationFailed));
}

Value EntryLowering::loadSize(Value sizes, int64_t position) {
  return LLVM::LoadOp::create(builder, loc, abi.i64,
                              element(abi.i64, sizes, position));
}

/// A contiguous memref; `sizes` has one i64 per dimension, of which those of
/// static dimensions are not used.
Value EntryLowering::createMemRef(MemRefType type, Value pointer,
                                  ValueRange sizes) {
  auto descriptor =
      MemRefDescriptor::poison(builder, loc, converter.convertType(type));
  descriptor.setAllocatedPtr(builder, loc, pointer);
  descriptor.setAlignedPtr(builder, loc, pointer);
  descriptor.setConstantOffset(builder, loc, 0);
  Value stride = number(abi.i64, 1);
  for (unsigned dimension = type.getRank(); dimension-- > 0;) {
    Value size = type.isDynamicDim(dimension)
                     ? sizes[dimension]
                     : number(abi.i64, type.getDimSize(dimension));
    descriptor.setSize(builder, loc, dimension, size);
    descriptor.setStride(builder, loc, dimension, stride);
    stride = LLVM::MulOp::create(builder, loc, stride, size);
  }
  return toMemRef(type, descriptor);
}

/// Appends the memrefs of the next tensors; `buffers` may be null.
void EntryLowering::createMemRefs(ArrayRef<TensorEntry> tensors, Value buffers,
                                  Value sizes,
                                  SmallVectorImpl<Value> &memrefs) {
  for (const TensorEntry &tensor : tensors) {
    Value pointer;
    if (buffers)
      pointer = LLVM::LoadOp::create(builder, loc, abi.pointer,
                                     element(abi.pointer, buffers, buffer++));
    else
      pointer = LLVM::ZeroOp::create(builder, loc, abi.pointer);
    SmallVector<Value> dims;
    for (int64_t dimension = 0; dimension < tensor.type.getRank(); ++dimension)
      dims.push_back(loadSize(sizes, position++));
    memrefs.push_back(createMemRef(tensor.type, pointer, dims));
  }
}

/// Calls the function that plan-memory made: bytes as i64.
Value EntryLowering::workspaceBytes(ValueRange memrefs) {
  auto callee = function->getAttrOfType<FlatSymbolRefAttr>(workspaceSizeAttr);
  auto call = func::CallOp::create(builder, loc, callee, builder.getIndexType(),
                                   memrefs);
  return UnrealizedConversionCastOp::create(builder, loc, abi.i64,
                                            call.getResult(0))
      .getResult(0);
}

void EntryLowering::emitRun() {
  entry.run = startEntry(".run", {abi.pointer});
  Value call = entry.run.getArgument(0);
  Value buffers = abi.call.load(builder, loc, call, callBuffers);
  Value sizes = abi.call.load(builder, loc, call, callSizes);
  Value workspace = abi.call.load(builder, loc, call, callWorkspace);
  SmallVector<Value> operands;
  createMemRefs(entry.arguments, buffers, sizes, operands);
  createMemRefs(entry.results, buffers, sizes, operands);
  Value bytes = workspaceBytes(operands);
  Value scratch =
      LLVM::GEPOp::create(builder, loc, abi.pointer, builder.getI8Type(),
                          workspace, ArrayRef<LLVM::GEPArg>{bytes});
  Value invocation =
      createInvocation(abi.call.load(builder, loc, call, callHost), scratch);
  auto workspaceType =
      MemRefType::get({ShapedType::kDynamic}, builder.getI8Type());
  operands.push_back(createMemRef(workspaceType, workspace, bytes));
  operands.push_back(invocation);
  func::CallOp::create(builder, loc, function, operands);
  returnStatus(invocation);
}

/// Compares given sizes with the static ones, by a helper that loops over the
/// dimensions of one argument. What was prepared is as it was compiled.
void EntryLowering::checkShapes(Value invocation, Value sizes) {
  int64_t first = 0;
  for (auto [i, tensor] : llvm::enumerate(entry.arguments)) {
    int64_t rank = tensor.type.getRank();
    if (tensor.prepared < 0 &&
        tensor.type.getNumDynamicDims() < static_cast<size_t>(rank))
      failures.checkShape(
          builder, loc, invocation, number(abi.i64, i),
          "'" + (tensor.weight.empty() ? tensor.name : tensor.weight) +
              "' expects size {1} in dimension {0}, but got {2}",
          tables.shapeAddress(builder, loc, tensor.type),
          element(abi.i64, sizes, first), number(abi.i64, rank));
    first += rank;
  }
}

/// Stores all sizes of the results behind those of the arguments.
LogicalResult EntryLowering::storeResultSizes(Value invocation, Value sizes,
                                              ValueRange arguments) {
  int64_t dynamic = 0;
  for (const TensorEntry &result : entry.results)
    dynamic += result.type.getNumDynamicDims();
  SmallVector<Value> known;
  auto callee = function->getAttrOfType<FlatSymbolRefAttr>(resultSizesAttr);
  if (callee) {
    SmallVector<Value> operands(arguments);
    operands.push_back(invocation);
    SmallVector<Type> types(dynamic, builder.getIndexType());
    auto call = func::CallOp::create(builder, loc, callee, types, operands);
    for (Value size : call.getResults())
      known.push_back(
          UnrealizedConversionCastOp::create(builder, loc, abi.i64, size)
              .getResult(0));
  } else if (dynamic != 0) {
    return function.emitError("expects the attribute ")
           << resultSizesAttr << " on a function with results of dynamic size";
  }
  ArrayRef<Value> next(known);
  int64_t place = position;
  for (const TensorEntry &result : entry.results)
    for (int64_t size : result.type.getShape()) {
      Value value =
          ShapedType::isDynamic(size) ? next.front() : number(abi.i64, size);
      next = next.drop_front(ShapedType::isDynamic(size));
      LLVM::StoreOp::create(builder, loc, value,
                            element(abi.i64, sizes, place++));
    }
  return success();
}

LogicalResult EntryLowering::emitPlan() {
  entry.plan = startEntry(".plan", {abi.pointer, abi.pointer, abi.pointer});
  Value host = entry.plan.getArgument(0), sizes = entry.plan.getArgument(1),
        plan = entry.plan.getArgument(2);
  Value invocation =
      createInvocation(host, LLVM::ZeroOp::create(builder, loc, abi.pointer));
  checkShapes(invocation, sizes);
  SmallVector<Value> memrefs;
  createMemRefs(entry.arguments, nullptr, sizes, memrefs);
  if (failed(storeResultSizes(invocation, sizes, memrefs)))
    return failure();
  createMemRefs(entry.results, nullptr, sizes, memrefs);
  abi.plan.store(builder, loc, workspaceBytes(memrefs), plan,
                 planWorkspaceBytes);
  abi.plan.store(builder, loc, scratchBytes(), plan, planScratchBytes);
  returnStatus(invocation);
  return success();
}

LogicalResult EntryLowering::run() {
  for (StringRef needed :
       {StringRef(workspaceSizeAttr), StringRef(scratchBytesAttr)})
    if (!function->hasAttr(needed))
      return function.emitError("expects the attribute ") << needed;
  emitRun();
  if (failed(emitPlan()))
    return failure();
  function.setPrivate();
  return success();
}

namespace {
struct EntryPoints : impl::EntryPointsBase<EntryPoints> {
  using EntryPointsBase::EntryPointsBase;

  void runOnOperation() override {
    ModuleOp module = getOperation();
    ArtifactTables tables(module);
    FailToRuntime failures(module, "attention.shape_message");
    // Those first whose descriptions others refer to.
    auto rank = [](func::FuncOp function) {
      return isPreparation(function) ? 0 : isStep(function) ? 1 : 2;
    };
    SmallVector<func::FuncOp> functions;
    for (int turn : {0, 1, 2})
      for (auto function : module.getOps<func::FuncOp>())
        if (isEntryFunction(function) && rank(function) == turn)
          functions.push_back(function);
    llvm::StringMap<LLVM::GlobalOp> known;
    std::vector<FunctionEntry> entries;
    for (func::FuncOp function : functions) {
      FailureOr<FunctionEntry> entry = describeFunction(function);
      if (failed(entry) ||
          failed(EntryLowering(function, *entry, tables, failures).run()))
        return signalPassFailure();
      auto referred = [&](StringRef attribute) {
        auto name = function->getAttrOfType<FlatSymbolRefAttr>(attribute);
        return name ? known.lookup(name.getValue()) : LLVM::GlobalOp();
      };
      entry->preparation = referred(preparationAttr);
      entry->step = referred(stepAttr);
      if (auto reason = function->getAttrOfType<StringAttr>(noStepAttr))
        entry->noStep = reason.str();
      if (auto number = function->getAttrOfType<IntegerAttr>(fingerprintAttr))
        entry->fingerprint = number.getInt();
      if (rank(function) < 2)
        known[entry->name] = tables.describe(*entry);
      else
        entries.push_back(*entry);
    }
    if (entries.empty()) {
      module.emitError("expects at least one public function to compile");
      return signalPassFailure();
    }
    FailureOr<GpuEntry> described = describeGpu();
    if (failed(described))
      return signalPassFailure();
    tables.emit({prefix, "attention-compile " ATTENTION_VERSION, architecture,
                 cpu, features, *described, target, targets, gpus},
                entries);
  }

  /// What attention-embed-ptx has left; nothing in a module for a CPU.
  FailureOr<GpuEntry> describeGpu() {
    GpuEntry entry;
    if (gpu.empty())
      return entry;
    std::optional<GpuName> parsed = parseGpuName(gpu);
    auto ptx = getOperation().lookupSymbol<LLVM::GlobalOp>(ptxSymbol);
    auto kernels = getOperation()->getAttrOfType<ArrayAttr>(kernelsAttr);
    if (!parsed || !ptx || !kernels) {
      getOperation().emitError("expects embedded kernels for '") << gpu << "'";
      return failure();
    }
    entry.name = gpu;
    entry.capability = parsed->capability;
    entry.exact = parsed->exact;
    entry.ptx = ptx;
    for (auto kernel : kernels.getAsValueRange<StringAttr>())
      entry.kernels.push_back(kernel.str());
    return entry;
  }
};
} // namespace

} // namespace attention
