#include "lowering/ArtifactTables.h"

#include "dialect/Names.h"
#include "runtime/Artifact.h"

using namespace mlir;

namespace attention {

static_assert(forgottenAtATime == ATTN_FORGOTTEN_AT_A_TIME);

//===----------------------------------------------------------------------===//
// Reading functions
//===----------------------------------------------------------------------===//

static std::optional<int32_t> elementTypeCode(Type type) {
  if (type.isF32())
    return ATTN_TYPE_F32;
  if (type.isF64())
    return ATTN_TYPE_F64;
  if (type.isF16())
    return ATTN_TYPE_F16;
  if (type.isBF16())
    return ATTN_TYPE_BF16;
  if (type.isInteger(64))
    return ATTN_TYPE_I64;
  if (type.isInteger(32))
    return ATTN_TYPE_I32;
  if (type.isInteger(1))
    return ATTN_TYPE_I1;
  return std::nullopt;
}

static FailureOr<TensorEntry> describeTensor(func::FuncOp function,
                                             unsigned argument,
                                             const Twine &defaultName) {
  TensorEntry tensor;
  tensor.name = defaultName.str();
  if (auto name = function.getArgAttrOfType<StringAttr>(argument, nameAttr))
    tensor.name = name.str();
  if (auto weight = function.getArgAttrOfType<StringAttr>(argument, weightAttr))
    tensor.weight = weight.str();
  if (auto axis = function.getArgAttrOfType<IntegerAttr>(argument, tokensAttr))
    tensor.tokensAxis = axis.getInt();
  if (auto prepared =
          function.getArgAttrOfType<IntegerAttr>(argument, preparedAttr))
    tensor.prepared = prepared.getInt();
  if (auto reach = function.getArgAttrOfType<IntegerAttr>(argument, reachAttr))
    tensor.reach = reach.getInt();
  Type type = function.getArgumentTypes()[argument];
  tensor.type = dyn_cast<MemRefType>(type);
  if (!tensor.type || !elementTypeCode(tensor.type.getElementType())) {
    function.emitError(
        "expects tensors of f32, f64, f16, bf16, i64, i32 or i1, but '")
        << tensor.name << "' is " << type;
    return failure();
  }
  if (!tensor.type.getLayout().isIdentity()) {
    function.emitError("expects contiguous buffers, but '")
        << tensor.name << "' is " << type;
    return failure();
  }
  return tensor;
}

FailureOr<FunctionEntry> describeFunction(func::FuncOp function) {
  FunctionEntry entry;
  entry.name = function.getName().str();
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    if (function.getArgAttr(i, workspaceAttr) ||
        function.getArgAttr(i, invocationAttr))
      continue;
    bool isResult = static_cast<bool>(function.getArgAttr(i, resultAttr));
    auto &tensors = isResult ? entry.results : entry.arguments;
    auto tensor = describeTensor(
        function, i, (isResult ? "result" : "arg") + Twine(tensors.size()));
    if (failed(tensor))
      return failure();
    tensors.push_back(*tensor);
  }
  return entry;
}

//===----------------------------------------------------------------------===//
// Emitting tables
//===----------------------------------------------------------------------===//

ArtifactTables::ArtifactTables(ModuleOp module)
    : module(module), loc(module.getLoc()), abi(module.getContext()),
      strings(module, "attention.text") {}

Value ArtifactTables::number(OpBuilder &builder, Type type, int64_t value) {
  return LLVM::ConstantOp::create(builder, loc, type,
                                  builder.getIntegerAttr(type, value));
}

Value ArtifactTables::null(OpBuilder &builder) {
  return LLVM::ZeroOp::create(builder, loc, abi.pointer);
}

Value ArtifactTables::createStruct(OpBuilder &builder, const AbiStruct &type,
                                   ValueRange fields) {
  Value value = LLVM::PoisonOp::create(builder, loc, type.type());
  for (auto [i, field] : llvm::enumerate(fields))
    value = LLVM::InsertValueOp::create(builder, loc, value, field,
                                        static_cast<int64_t>(i));
  return value;
}

LLVM::GlobalOp
ArtifactTables::createTable(StringRef name, Type type,
                            function_ref<Value(OpBuilder &)> fill) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto global =
      LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true,
                             LLVM::Linkage::Internal, name, Attribute());
  builder.createBlock(&global.getInitializerRegion());
  LLVM::ReturnOp::create(builder, loc, fill(builder));
  return global;
}

Value ArtifactTables::shapeAddress(OpBuilder &builder, Location loc,
                                   MemRefType type) {
  if (type.getRank() == 0)
    return null(builder);
  std::vector<int64_t> sizes;
  for (int64_t size : type.getShape())
    sizes.push_back(ShapedType::isDynamic(size) ? -1 : size);
  LLVM::GlobalOp &global = shapes[sizes];
  if (!global) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    auto arrayType = LLVM::LLVMArrayType::get(abi.i64, sizes.size());
    global = LLVM::GlobalOp::create(
        builder, loc, arrayType, /*isConstant=*/true, LLVM::Linkage::Internal,
        "attention.shape" + std::to_string(shapes.size() - 1),
        builder.getI64TensorAttr(sizes));
    global.setUnnamedAddr(LLVM::UnnamedAddr::Global);
  }
  return LLVM::AddressOfOp::create(builder, loc, global);
}

Value ArtifactTables::createTensor(OpBuilder &builder,
                                   const TensorEntry &tensor) {
  int32_t code = *elementTypeCode(tensor.type.getElementType());
  return createStruct(
      builder, abi.tensor,
      {strings.address(builder, loc, tensor.name),
       tensor.weight.empty() ? null(builder)
                             : strings.address(builder, loc, tensor.weight),
       shapeAddress(builder, loc, tensor.type), number(builder, abi.i32, code),
       number(builder, abi.i32, tensor.type.getRank()),
       number(builder, abi.i32, tensor.tokensAxis),
       number(builder, abi.i32, tensor.prepared),
       number(builder, abi.i64, tensor.reach)});
}

LLVM::GlobalOp ArtifactTables::createTensors(StringRef name,
                                             ArrayRef<TensorEntry> tensors) {
  auto type = LLVM::LLVMArrayType::get(abi.tensor.type(), tensors.size());
  return createTable(name, type, [&](OpBuilder &builder) {
    Value table = LLVM::PoisonOp::create(builder, loc, type);
    for (auto [i, tensor] : llvm::enumerate(tensors))
      table = LLVM::InsertValueOp::create(builder, loc, table,
                                          createTensor(builder, tensor),
                                          static_cast<int64_t>(i));
    return table;
  });
}

Value ArtifactTables::createFunction(OpBuilder &builder,
                                     const FunctionEntry &function) {
  LLVM::GlobalOp arguments =
      createTensors(function.name + ".arguments", function.arguments);
  LLVM::GlobalOp results =
      createTensors(function.name + ".results", function.results);
  auto addressOf = [&](LLVM::GlobalOp global) -> Value {
    return global ? LLVM::AddressOfOp::create(builder, loc, global).getResult()
                  : null(builder);
  };
  return createStruct(
      builder, abi.function,
      {strings.address(builder, loc, function.name),
       LLVM::AddressOfOp::create(builder, loc, arguments),
       LLVM::AddressOfOp::create(builder, loc, results),
       number(builder, abi.i64, function.arguments.size()),
       number(builder, abi.i64, function.results.size()),
       LLVM::AddressOfOp::create(builder, loc, function.plan),
       LLVM::AddressOfOp::create(builder, loc, function.run),
       addressOf(function.preparation), addressOf(function.step),
       function.noStep.empty() ? null(builder)
                               : strings.address(builder, loc, function.noStep),
       number(builder, abi.i64, function.fingerprint)});
}

LLVM::GlobalOp ArtifactTables::describe(const FunctionEntry &function) {
  return createTable(
      function.name + ".function", abi.function.type(),
      [&](OpBuilder &builder) { return createFunction(builder, function); });
}

Value ArtifactTables::createTarget(OpBuilder &builder,
                                   const ArtifactEntry &artifact,
                                   LLVM::GlobalOp functions) {
  return createStruct(builder, abi.target,
                      {strings.address(builder, loc, artifact.cpu),
                       strings.address(builder, loc, artifact.cpuFeatures),
                       LLVM::AddressOfOp::create(builder, loc, functions)});
}

Value ArtifactTables::createGpu(OpBuilder &builder, const GpuEntry &gpu,
                                LLVM::GlobalOp functions) {
  auto type = LLVM::LLVMArrayType::get(abi.pointer, gpu.kernels.size());
  LLVM::GlobalOp kernels =
      createTable("attention.kernels", type, [&](OpBuilder &inside) {
        Value all = LLVM::PoisonOp::create(inside, loc, type);
        for (auto [i, name] : llvm::enumerate(gpu.kernels))
          all = LLVM::InsertValueOp::create(inside, loc, all,
                                            strings.address(inside, loc, name),
                                            static_cast<int64_t>(i));
        return all;
      });
  return createStruct(builder, abi.gpu,
                      {strings.address(builder, loc, gpu.name),
                       number(builder, abi.i32, gpu.capability),
                       number(builder, abi.i32, gpu.exact),
                       LLVM::AddressOfOp::create(builder, loc, gpu.ptx),
                       LLVM::AddressOfOp::create(builder, loc, kernels),
                       number(builder, abi.i64, gpu.kernels.size()),
                       LLVM::AddressOfOp::create(builder, loc, functions)});
}

/// The functions for the processor that the module is for.
LLVM::GlobalOp ArtifactTables::emitTarget(const ArtifactEntry &artifact,
                                          ArrayRef<FunctionEntry> functions) {
  auto type = LLVM::LLVMArrayType::get(abi.function.type(), functions.size());
  LLVM::GlobalOp table =
      createTable("attention.functions", type, [&](OpBuilder &builder) {
        Value all = LLVM::PoisonOp::create(builder, loc, type);
        for (auto [i, function] : llvm::enumerate(functions))
          all = LLVM::InsertValueOp::create(builder, loc, all,
                                            createFunction(builder, function),
                                            static_cast<int64_t>(i));
        return all;
      });
  bool isGpu = !artifact.gpu.name.empty();
  return createTable(artifact.targetSymbol(artifact.target),
                     isGpu ? abi.gpu.type() : abi.target.type(),
                     [&](OpBuilder &builder) {
                       return isGpu ? createGpu(builder, artifact.gpu, table)
                                    : createTarget(builder, artifact, table);
                     });
}

/// The description of another target, which another module defines.
LLVM::GlobalOp ArtifactTables::declareTarget(StringRef symbol, bool isGpu) {
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  return LLVM::GlobalOp::create(
      builder, loc, isGpu ? abi.gpu.type() : abi.target.type(),
      /*isConstant=*/true, LLVM::Linkage::External, symbol, Attribute());
}

/// A table of where `globals` are.
LLVM::GlobalOp
ArtifactTables::createAddresses(StringRef name,
                                ArrayRef<LLVM::GlobalOp> globals) {
  auto type = LLVM::LLVMArrayType::get(abi.pointer, globals.size());
  return createTable(name, type, [&](OpBuilder &builder) {
    Value all = LLVM::PoisonOp::create(builder, loc, type);
    for (auto [i, global] : llvm::enumerate(globals))
      all = LLVM::InsertValueOp::create(
          builder, loc, all, LLVM::AddressOfOp::create(builder, loc, global),
          static_cast<int64_t>(i));
    return all;
  });
}

void ArtifactTables::emit(const ArtifactEntry &artifact,
                          ArrayRef<FunctionEntry> functions) {
  SmallVector<LLVM::GlobalOp> targets{emitTarget(artifact, functions)};
  int64_t count = artifact.targetCount + artifact.gpuCount;
  if (count > 1) {
    targets.front().setLinkage(LLVM::Linkage::External);
    targets.front().setVisibility_(LLVM::Visibility::Hidden);
  }
  if (artifact.target != 0)
    return;
  for (int64_t i = 1; i < count; ++i) {
    targets.push_back(declareTarget(artifact.targetSymbol(i),
                                    /*isGpu=*/i >= artifact.targetCount));
    targets.back().setVisibility_(LLVM::Visibility::Hidden);
  }
  ArrayRef<LLVM::GlobalOp> all(targets);
  LLVM::GlobalOp cpus = createAddresses("attention.targets",
                                        all.take_front(artifact.targetCount)),
                 gpus = createAddresses("attention.gpus",
                                        all.drop_front(artifact.targetCount));
  LLVM::GlobalOp description =
      createTable(artifact.prefix + "_artifact", abi.artifact.type(),
                  [&](OpBuilder &builder) {
                    return createStruct(
                        builder, abi.artifact,
                        {number(builder, abi.i32, ATTN_ARTIFACT_MAGIC),
                         number(builder, abi.i32, ATTN_ARTIFACT_VERSION),
                         strings.address(builder, loc, artifact.producer),
                         strings.address(builder, loc, artifact.architecture),
                         LLVM::AddressOfOp::create(builder, loc, cpus),
                         number(builder, abi.i64, artifact.targetCount),
                         number(builder, abi.i64, functions.size()),
                         LLVM::AddressOfOp::create(builder, loc, gpus),
                         number(builder, abi.i64, artifact.gpuCount)});
                  });
  description.setLinkage(LLVM::Linkage::External);
}

} // namespace attention
