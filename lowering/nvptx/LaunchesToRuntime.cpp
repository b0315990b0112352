#include "dialect/Attention.h"
#include "dialect/Names.h"
#include "lowering/Abi.h"
#include "lowering/Invocations.h"
#include "lowering/nvptx/Layout.h"
#include "lowering/nvptx/Passes.h"
#include "mlir/Conversion/LLVMCommon/MemRefBuilder.h"
#include "mlir/Conversion/LLVMCommon/TypeConverter.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_LAUNCHESTORUNTIME
#include "lowering/nvptx/Passes.h.inc"

namespace {

/// Lowers what one function does with memory of a device.
class FunctionLowering {
public:
  FunctionLowering(func::FuncOp function, Value invocation,
                   const llvm::StringMap<int64_t> &kernels)
      : function(function), invocation(invocation), kernels(kernels),
        abi(function.getContext()), converter(function.getContext()),
        builder(function.getContext()), loc(function.getLoc()) {}

  LogicalResult run();

private:
  void lower(gpu::LaunchFuncOp launch);
  void lower(memref::LoadOp load);
  void lower(memref::StoreOp store);
  void lower(memref::CopyOp copy);
  void lower(memref::GetGlobalOp global);
  void lower(TensorMapOp map);
  void fillTiles(Value tiles, TensorMapOp map);
  LogicalResult lower(Operation *op);
  LogicalResult refuse(Operation *op);
  void startAt(Operation *op) {
    builder.setInsertionPoint(op);
    loc = op->getLoc();
  }
  Value createSpace(int64_t elements, Type type, int64_t alignment = 8);
  Value callHost(HostField field, Type result, ArrayRef<Value> operands);
  Value startOf(Value memref);
  Value addressOf(Value memref, ValueRange indices);
  Value elementPlace(Value memref, ValueRange indices, bool writes);
  Value bytesFrom(Value memref, int64_t first);
  Value toInteger(Value index);
  Value number(Type type, int64_t value) {
    return LLVM::ConstantOp::create(builder, loc, type,
                                    builder.getIntegerAttr(type, value));
  }
  Value index(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value place(Value array, Type type, int64_t index) {
    return LLVM::GEPOp::create(
        builder, loc, abi.pointer, type, array,
        ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(index)});
  }

  func::FuncOp function;
  Value invocation;
  const llvm::StringMap<int64_t> &kernels;
  AbiTypes abi;
  LLVMTypeConverter converter;
  OpBuilder builder;
  Location loc;
  /// Space for the parameters of one launch, and for their addresses.
  Value parameters, addresses;
};

} // namespace

/// Room on the stack, in front of all other code.
Value FunctionLowering::createSpace(int64_t elements, Type type,
                                    int64_t alignment) {
  OpBuilder::InsertionGuard guard(builder);
  builder.setInsertionPointToStart(&function.getBody().front());
  return LLVM::AllocaOp::create(builder, loc, abi.pointer, type,
                                number(abi.i64, elements), alignment);
}

Value FunctionLowering::toInteger(Value index) {
  if (index.getType() == abi.i64)
    return index;
  if (index.getType().isIndex())
    return arith::IndexCastOp::create(builder, loc, abi.i64, index);
  return arith::ExtUIOp::create(builder, loc, abi.i64, index);
}

/// Calls a function of the host with `operands` behind the host itself.
Value FunctionLowering::callHost(HostField field, Type result,
                                 ArrayRef<Value> operands) {
  Value host = abi.invocation.load(builder, loc, invocation, invocationHost);
  SmallVector<Value> all{abi.host.load(builder, loc, host, field), host};
  llvm::append_range(all, operands);
  auto type = LLVM::LLVMFunctionType::get(
      result, llvm::to_vector(ValueRange(all).drop_front().getTypes()));
  auto call = LLVM::CallOp::create(builder, loc, type, all);
  return isa<LLVM::LLVMVoidType>(result) ? Value() : call.getResult();
}

void FunctionLowering::lower(gpu::LaunchFuncOp launch) {
  auto kernelFunction = SymbolTable::lookupNearestSymbolFrom<LLVM::LLVMFuncOp>(
      launch, launch.getKernel());
  // What is no wider than a pointer has its place in the array of parameters.
  for (auto [i, operand] : llvm::enumerate(launch.getKernelOperands())) {
    if (kernelFunction.getArgAttr(i, LLVM::LLVMDialect::getByValAttrName())) {
      LLVM::StoreOp::create(
          builder, loc,
          LLVM::IntToPtrOp::create(builder, loc, abi.pointer, operand),
          place(addresses, abi.pointer, i));
      continue;
    }
    Value parameter = place(parameters, abi.i64, i);
    LLVM::StoreOp::create(builder, loc, operand, parameter);
    LLVM::StoreOp::create(builder, loc, parameter,
                          place(addresses, abi.pointer, i));
  }
  Value shared = launch.getDynamicSharedMemorySize()
                     ? toInteger(launch.getDynamicSharedMemorySize())
                     : number(abi.i64, 0);
  int64_t kernel = kernels.lookup(launch.getKernelName().getValue());
  callHost(hostLaunch, LLVM::LLVMVoidType::get(builder.getContext()),
           {number(abi.i64, kernel), toInteger(launch.getGridSizeX()),
            toInteger(launch.getBlockSizeX()), shared, addresses});
}

/// The address of a memref's first element, its offset not applied.
Value FunctionLowering::startOf(Value memref) {
  Value address =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, memref);
  return LLVM::IntToPtrOp::create(builder, loc, abi.pointer,
                                  toInteger(address));
}

static int64_t elementBytes(Value memref) {
  return nvptx::storageBytes(
      cast<MemRefType>(memref.getType()).getElementType());
}

/// The address of an element.
Value FunctionLowering::addressOf(Value memref, ValueRange indices) {
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, memref);
  Value offset = metadata.getOffset();
  for (auto [position, stride] : llvm::zip(indices, metadata.getStrides()))
    offset = arith::AddIOp::create(
        builder, loc, offset,
        arith::MulIOp::create(builder, loc, position, stride));
  offset =
      arith::MulIOp::create(builder, loc, offset, index(elementBytes(memref)));
  return LLVM::GEPOp::create(builder, loc, abi.pointer, builder.getI8Type(),
                             startOf(memref),
                             ArrayRef<LLVM::GEPArg>{toInteger(offset)});
}

/// Where an element can be read, or written, on the host.
Value FunctionLowering::elementPlace(Value memref, ValueRange indices,
                                     bool writes) {
  return callHost(hostElement, abi.pointer,
                  {addressOf(memref, indices),
                   number(abi.i64, elementBytes(memref)),
                   number(abi.i32, writes)});
}

void FunctionLowering::lower(memref::LoadOp load) {
  Value from =
      elementPlace(load.getMemRef(), load.getIndices(), /*writes=*/false);
  Type type = load.getType();
  Type stored = type.isIndex()      ? abi.i64
                : type.isInteger(1) ? builder.getI8Type()
                                    : type;
  Value value = LLVM::LoadOp::create(builder, loc, stored, from);
  if (type.isIndex())
    value = arith::IndexCastOp::create(builder, loc, type, value);
  if (type.isInteger(1))
    value = arith::TruncIOp::create(builder, loc, type, value);
  load.replaceAllUsesWith(value);
}

void FunctionLowering::lower(memref::StoreOp store) {
  Value value = store.getValue();
  if (value.getType().isIndex())
    value = toInteger(value);
  if (value.getType().isInteger(1))
    value = arith::ExtUIOp::create(builder, loc, builder.getI8Type(), value);
  Value to =
      elementPlace(store.getMemRef(), store.getIndices(), /*writes=*/true);
  LLVM::StoreOp::create(builder, loc, value, to);
}

/// How many of the last dimensions lie without gaps.
static int64_t contiguousDims(MemRefType type) {
  auto [strides, offset] = type.getStridesAndOffset();
  int64_t count = 0, size = 1;
  while (count < type.getRank()) {
    int64_t dim = type.getRank() - 1 - count;
    if (ShapedType::isDynamic(size) || strides[dim] != size)
      break;
    size = type.isDynamicDim(dim) ? ShapedType::kDynamic
                                  : size * type.getDimSize(dim);
    ++count;
  }
  return count;
}

/// The bytes of a memref's dimensions from `first` on.
Value FunctionLowering::bytesFrom(Value memref, int64_t first) {
  Value bytes = index(elementBytes(memref));
  int64_t rank = cast<MemRefType>(memref.getType()).getRank();
  for (int64_t i = first; i < rank; ++i)
    bytes = arith::MulIOp::create(
        builder, loc, bytes, memref::DimOp::create(builder, loc, memref, i));
  return toInteger(bytes);
}

/// Stretch by stretch that lies without gaps on both sides.
void FunctionLowering::lower(memref::CopyOp copy) {
  Value source = copy.getSource(), target = copy.getTarget();
  auto from = cast<MemRefType>(source.getType()),
       to = cast<MemRefType>(target.getType());
  int64_t stretch = to.getLayout().isIdentity() && from.getLayout().isIdentity()
                        ? from.getRank()
                        : std::min(contiguousDims(from), contiguousDims(to));
  OpBuilder::InsertionGuard guard(builder);
  SmallVector<Value> indices;
  for (int64_t dim = 0; dim < from.getRank() - stretch; ++dim) {
    auto loop = scf::ForOp::create(
        builder, loc, index(0),
        memref::DimOp::create(builder, loc, source, dim), index(1));
    builder.setInsertionPointToStart(loop.getBody());
    indices.push_back(loop.getInductionVar());
  }
  Value there = addressOf(target, indices), here = addressOf(source, indices);
  callHost(hostCopy, LLVM::LLVMVoidType::get(builder.getContext()),
           {there, here, bytesFrom(source, from.getRank() - stretch)});
}

/// Constants are the host's: the device has a copy of its own.
void FunctionLowering::lower(memref::GetGlobalOp global) {
  builder.setInsertionPointAfter(global);
  auto address =
      memref::ExtractAlignedPointerAsIndexOp::create(builder, loc, global);
  Value data =
      LLVM::IntToPtrOp::create(builder, loc, abi.pointer, toInteger(address));
  auto type = cast<MemRefType>(global.getType());
  int64_t bytes = type.getNumElements() * elementBytes(global);
  Value there =
      callHost(hostConstant, abi.pointer, {data, number(abi.i64, bytes)});
  Value copied = UnrealizedConversionCastOp::create(
                     builder, loc, type,
                     Value(MemRefDescriptor::fromStaticShape(
                         builder, loc, converter, type, there)))
                     .getResult(0);
  global.getResult().replaceAllUsesExcept(copied, address);
}

/// What the host is to know of the tiles; the last dimension comes first.
void FunctionLowering::fillTiles(Value tiles, TensorMapOp map) {
  Value memref = map.getMemref();
  auto metadata =
      memref::ExtractStridedMetadataOp::create(builder, loc, memref);
  int64_t rank = map.getBox().size(), bytes = elementBytes(memref);
  auto set = [&](TilesField field, Value value) {
    abi.tiles.store(builder, loc, value, tiles, field);
  };
  auto setIn = [&](TilesField field, int64_t at, Value value) {
    LLVM::StoreOp::create(
        builder, loc, value,
        place(abi.tiles.address(builder, loc, tiles, field), abi.i64, at));
  };
  SmallVector<Value> corner(rank, index(0));
  set(tilesStart, addressOf(memref, corner));
  set(tilesRank, number(abi.i64, rank));
  set(tilesElementBytes, number(abi.i64, bytes));
  for (int64_t i = 0; i < rank; ++i) {
    int64_t dim = rank - 1 - i;
    Value stride = arith::MulIOp::create(
        builder, loc, metadata.getStrides()[dim], index(bytes));
    setIn(tilesSizes, i, toInteger(metadata.getSizes()[dim]));
    setIn(tilesStrides, i, toInteger(stride));
    setIn(tilesBox, i, number(abi.i64, map.getBox()[dim]));
  }
}

void FunctionLowering::lower(TensorMapOp map) {
  Value tiles = createSpace(1, abi.tiles.type());
  Value space = createSpace(16, abi.i64, /*alignment=*/64);
  fillTiles(tiles, map);
  callHost(hostTensorMap, LLVM::LLVMVoidType::get(builder.getContext()),
           {space, tiles});
  map.replaceAllUsesWith(
      LLVM::PtrToIntOp::create(builder, loc, abi.i64, space).getResult());
}

/// Of memory, a function around kernels may ask for places and sizes only.
LogicalResult FunctionLowering::refuse(Operation *op) {
  bool isScalar = llvm::none_of(op->getResultTypes(), [](Type type) {
    return isa<VectorType, TensorType>(type);
  });
  if (isa<memref::MemRefDialect>(op->getDialect()))
    isScalar = isMemoryEffectFree(op);
  StringRef name = op->getDialect()->getNamespace();
  if (isScalar && llvm::is_contained({"affine", "arith", "builtin", "func",
                                      "llvm", "math", "memref", "scf"},
                                     name))
    return success();
  return op->emitError("expects scalar work alone outside of parallel loops on "
                       "this target, but got ")
         << op->getName();
}

LogicalResult FunctionLowering::lower(Operation *op) {
  startAt(op);
  bool isDone = false;
  LogicalResult result =
      llvm::TypeSwitch<Operation *, LogicalResult>(op)
          .Case<gpu::LaunchFuncOp, memref::LoadOp, memref::StoreOp,
                memref::CopyOp, TensorMapOp>([&](auto known) {
            lower(known);
            isDone = true;
            return success();
          })
          .Case([&](memref::GetGlobalOp global) {
            lower(global);
            return success();
          })
          .Default([&](Operation *other) { return refuse(other); });
  if (isDone && succeeded(result))
    op->erase();
  return result;
}

LogicalResult FunctionLowering::run() {
  SmallVector<Operation *> ops;
  int64_t most = 0;
  function.getBody().walk([&](Operation *op) {
    ops.push_back(op);
    if (auto launch = dyn_cast<gpu::LaunchFuncOp>(op))
      most = std::max<int64_t>(most, launch.getNumKernelOperands());
  });
  if (most) {
    parameters = createSpace(most, abi.i64);
    addresses = createSpace(most, abi.pointer);
  }
  for (Operation *op : ops)
    if (failed(lower(op)))
      return failure();
  function->setAttr(scratchBytesAttr, builder.getI64IntegerAttr(0));
  return success();
}

namespace {
struct LaunchesToRuntime : impl::LaunchesToRuntimeBase<LaunchesToRuntime> {
  void runOnOperation() override {
    llvm::StringMap<int64_t> kernels;
    getOperation().walk([&](LLVM::LLVMFuncOp function) {
      if (function->hasAttr(gpu::GPUDialect::getKernelFuncAttrName()))
        kernels.try_emplace(function.getName(), kernels.size());
    });
    auto lower = [&](func::FuncOp function, Value invocation) {
      return FunctionLowering(function, invocation, kernels).run();
    };
    if (failed(addInvocations(getOperation(), lower)))
      signalPassFailure();
  }
};
} // namespace

} // namespace attention
