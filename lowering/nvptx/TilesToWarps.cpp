#include "lowering/nvptx/ChooseWarps.h"
#include "lowering/nvptx/ExactProducts.h"
#include "lowering/nvptx/KernelRoles.h"
#include "lowering/nvptx/MultiplyAhead.h"
#include "lowering/nvptx/Passes.h"
#include "lowering/nvptx/RereadTiles.h"
#include "mlir/Dialect/Arith/Utils/Utils.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace attention {
#define GEN_PASS_DEF_TILESTOWARPS
#include "lowering/nvptx/Passes.h.inc"
} // namespace attention

using namespace mlir;
using namespace attention;
using namespace attention::nvptx;

static constexpr StringLiteral kModule = "kernels";
static constexpr StringLiteral kSharedMemory = "shared_memory";

/// Whether a value is a tile, or a scalar that is computed of tiles.
static bool isOfTiles(Value value) {
  Operation *op = value.getDefiningOp();
  auto isTile = [](Type type) { return isa<VectorType>(type); };
  return isTile(value.getType()) ||
         (op && llvm::any_of(op->getOperandTypes(), isTile));
}

/// Moves copies of the tiles that a loop captures into it, and of scalars that
/// are made of them: tiles do not cross the border of a kernel.
static LogicalResult sinkTiles(scf::ForallOp loop) {
  IRMapping copies;
  OpBuilder b = OpBuilder::atBlockBegin(loop.getBody());
  std::function<Value(Value)> copy = [&](Value value) -> Value {
    if (Value known = copies.lookupOrNull(value))
      return known;
    Operation *op = value.getDefiningOp();
    if (!op || !isMemoryEffectFree(op) || op->getNumRegions())
      return nullptr;
    for (Value operand : op->getOperands())
      if (isOfTiles(operand) && !copy(operand))
        return nullptr;
    b.clone(*op, copies);
    return copies.lookup(value);
  };
  WalkResult result = loop.getBody()->walk([&](Operation *op) {
    for (OpOperand &operand : op->getOpOperands()) {
      Value value = operand.get();
      if (!isOfTiles(value) ||
          loop.getRegion().isAncestor(value.getParentRegion()))
        continue;
      Value inside = copy(value);
      if (!inside) {
        op->emitError("expects tiles to be read or computed within the "
                      "parallel loop, but got one from outside");
        return WalkResult::interrupt();
      }
      operand.set(inside);
    }
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// Tiles have the shapes that the tile level promises.
static LogicalResult checkTile(Operation *op, Type type) {
  auto vector = dyn_cast<VectorType>(type);
  if (!vector)
    return success();
  VectorType tile = asTile(type);
  auto fits = [](int64_t size) { return size % 16 == 0 || size == 8; };
  bool good = tile && !tile.isScalable();
  if (good && tile.getRank() == 1)
    good = fits(tile.getDimSize(0));
  else if (good)
    good = (fits(tile.getDimSize(0)) || tile.getDimSize(0) == 1) &&
           (tile.getDimSize(1) % 16 == 0 || tile.getDimSize(1) == 1);
  if (good)
    return success();
  return op->emitError("expects tiles of rank 1 or 2 with sizes that are "
                       "multiples of 16, but got ")
         << type;
}

static LogicalResult checkTiles(scf::ForallOp loop) {
  WalkResult result = loop.getBody()->walk([&](Operation *op) {
    if (isa<scf::ForallOp>(op)) {
      op->emitError("expects parallel loops not to be nested");
      return WalkResult::interrupt();
    }
    for (TypeRange types :
         {TypeRange(op->getOperandTypes()), TypeRange(op->getResultTypes())})
      for (Type type : types)
        if (failed(checkTile(op, type)))
          return WalkResult::interrupt();
    return WalkResult::advance();
  });
  return failure(result.wasInterrupted());
}

/// The module that holds the kernels, and the name of shared memory in it.
static gpu::GPUModuleOp getKernels(ModuleOp module) {
  if (auto known = module.lookupSymbol<gpu::GPUModuleOp>(kModule))
    return known;
  OpBuilder b = OpBuilder::atBlockEnd(module.getBody());
  module->setAttr(gpu::GPUDialect::getContainerModuleAttrName(),
                  b.getUnitAttr());
  auto kernels = gpu::GPUModuleOp::create(b, module.getLoc(), kModule);
  b.setInsertionPointToStart(kernels.getBody());
  // Dynamic shared memory: launches say how much.
  LLVM::GlobalOp::create(b, module.getLoc(),
                         LLVM::LLVMArrayType::get(b.getI8Type(), 0),
                         /*isConstant=*/false, LLVM::Linkage::External,
                         kSharedMemory, Attribute(), /*alignment=*/1024,
                         /*addrSpace=*/3);
  return kernels;
}

static LLVM::LLVMFuncOp createKernel(gpu::GPUModuleOp kernels,
                                     scf::ForallOp loop) {
  OpBuilder b = OpBuilder::atBlockEnd(kernels.getBody());
  std::string function = loop->getParentOfType<func::FuncOp>().getName().str();
  // Names of PTX have no points.
  for (char &c : function)
    if (!llvm::isAlnum(c))
      c = '_';
  std::string name;
  for (int64_t i = 0; name.empty() || kernels.lookupSymbol(name); ++i)
    name = (function + "_" + Twine(i)).str();
  auto empty =
      LLVM::LLVMFunctionType::get(LLVM::LLVMVoidType::get(b.getContext()), {});
  auto kernel = LLVM::LLVMFuncOp::create(b, loop.getLoc(), name, empty);
  kernel->setAttr(gpu::GPUDialect::getKernelFuncAttrName(), b.getUnitAttr());
  kernel->setAttr(NVVM::NVVMDialect::getKernelFuncAttrName(), b.getUnitAttr());
  kernel.getBody().emplaceBlock();
  return kernel;
}

/// How many iterations each dimension of a loop has, before the loop.
static SmallVector<Value> iterations(OpBuilder &b, scf::ForallOp loop) {
  SmallVector<Value> counts;
  Location loc = loop.getLoc();
  for (auto [lower, upper, step] :
       llvm::zip(loop.getMixedLowerBound(), loop.getMixedUpperBound(),
                 loop.getMixedStep())) {
    Value count = getValueOrCreateConstantIndexOp(b, loc, upper);
    if (!isZeroInteger(lower))
      count = arith::SubIOp::create(
          b, loc, count, getValueOrCreateConstantIndexOp(b, loc, lower));
    if (!isOneInteger(step))
      count = arith::CeilDivSIOp::create(
          b, loc, count, getValueOrCreateConstantIndexOp(b, loc, step));
    counts.push_back(count);
  }
  return counts;
}

static void createLaunch(scf::ForallOp loop, LLVM::LLVMFuncOp kernel,
                         const KernelInputs &inputs, ArrayRef<Value> counts,
                         int64_t warps, int64_t sharedBytes) {
  OpBuilder b(loop);
  Location loc = loop.getLoc();
  Value one = arith::ConstantIndexOp::create(b, loc, 1);
  Value blocks = one;
  for (Value count : counts)
    blocks = arith::MulIOp::create(b, loc, blocks, count);
  Value threads = arith::ConstantIndexOp::create(b, loc, 32 * warps);
  Value shared = arith::ConstantIntOp::create(b, loc, sharedBytes, 32);
  auto symbol = SymbolRefAttr::get(
      b.getContext(), kModule,
      {FlatSymbolRefAttr::get(b.getContext(), kernel.getName())});
  gpu::LaunchFuncOp::create(b, loc, symbol, {blocks, one, one},
                            {threads, one, one}, shared,
                            ValueRange(inputs.arguments));
}

/// Warps of a block that may have a multiprocessor to itself.
static constexpr int64_t kWarpsOfLoneBlock = 8;
/// Stages of feeds of such a block, whose products are done sooner than a tile
/// is there (of which the copy takes about as long as one iteration).
static constexpr int64_t kManyStages = 4;
/// Bytes of shared memory that stay free for barriers of producers.
static constexpr int64_t kBarriersReserved = 256;
/// Ends the code, and gives the kernel its type and attributes.
static void finishKernel(WarpBuilder &b, LLVM::LLVMFuncOp kernel,
                         const KernelInputs &inputs, const Producers &producers,
                         Location loc) {
  b.setLoc(loc);
  b.setInsertionPointToEnd(&kernel.getBody().back());
  LLVM::ReturnOp::create(b, ValueRange());
  kernel.setFunctionType(LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(b.getContext()),
      llvm::to_vector(kernel.getBody().getArgumentTypes())));
  auto map = LLVM::LLVMArrayType::get(b.getI64Type(), 16);
  for (int64_t number : inputs.tensorMaps) {
    kernel.setArgAttr(number, LLVM::LLVMDialect::getByValAttrName(),
                      TypeAttr::get(map));
    kernel.setArgAttr(number, LLVM::LLVMDialect::getAlignAttrName(),
                      b.getI64IntegerAttr(64));
    kernel.setArgAttr(number, NVVM::NVVMDialect::getGridConstantAttrName(),
                      b.getUnitAttr());
  }
  if (!producers.moveRegisters())
    return;
  // Registers only move where it is known how many a thread has at first: all,
  // divided by so many threads.
  kernel->setAttr(
      NVVM::NVVMDialect::getReqntidAttrName(),
      b.getDenseI32ArrayAttr({int32_t(32 * (b.warps + producers.warps()))}));
  kernel->setAttr(NVVM::NVVMDialect::getMinctasmAttrName(),
                  b.getI32IntegerAttr(1));
}

/// Drops feeds that make too little room for blocks.
static SharedMemoryPlan planMemory(scf::ForallOp loop,
                                   const LayoutAnalysis &layouts, Feeds &feeds,
                                   Warps warps, const GpuFeatures &features,
                                   int64_t limit) {
  if (features.warpgroupMma && warps >= kWarpsOfLoneBlock) {
    SharedMemoryPlan plan(loop, layouts, feeds, warps, features, kManyStages);
    if (plan.bytes() <= limit)
      return plan;
  }
  SharedMemoryPlan plan(loop, layouts, feeds, warps, features);
  // Few warps leave a multiprocessor idle, unless there is room for two blocks.
  // Where the code runs on processors with less memory, it should fit there.
  int64_t wished = warps < kWarpsOfLoneBlock ? limit / 2 : limit;
  wished = std::min(wished, features.portableBytes);
  while (plan.bytes() > wished && feeds.dropOne())
    plan = SharedMemoryPlan(loop, layouts, feeds, warps, features);
  return plan;
}

static LogicalResult convertLoop(gpu::GPUModuleOp kernels, scf::ForallOp loop,
                                 const GpuFeatures &features) {
  if (loop.getNumResults())
    return loop.emitError("expects a parallel loop on memrefs, but got one "
                          "with results");
  if (failed(sinkTiles(loop)) || failed(checkTiles(loop)))
    return failure();
  bool takesItems = haveUnlikeWork(loop);
  multiplyAsGiven(loop);
  Warps warps = chooseWarps(loop, features);
  multiplyAhead(loop, LayoutAnalysis(loop, warps, features), warps);
  if (LayoutAnalysis before(loop, warps, features);
      takesTooManyRegisters(loop, before, warps))
    rereadTiles(loop, before);
  LayoutAnalysis layouts(loop, warps, features);
  Feeds feeds(loop, layouts);
  int64_t limit = features.sharedBytes - (takesItems ? Items::sharedBytes : 0) -
                  (features.warpgroupMma ? kBarriersReserved : 0);
  SharedMemoryPlan plan =
      planMemory(loop, layouts, feeds, warps, features, limit);
  if (plan.bytes() > limit)
    return loop.emitError("expects tiles that fit ")
           << limit << " bytes of shared memory, but got " << plan.bytes();
  LLVM::LLVMFuncOp kernel = createKernel(kernels, loop);
  WarpBuilder b(loop.getLoc(), &kernel.getBody().front(), warps, kSharedMemory);
  KernelInputs inputs(loop, kernel);
  OpBuilder host(loop);
  SmallVector<Value> counts = iterations(host, loop);
  Producers producers(loop, feeds, plan, inputs, features, warps);
  ExchangedMemory exchanged(loop);
  TileLowering lowering(b, inputs, layouts, feeds, producers, plan, exchanged);
  std::optional<Items> items;
  int64_t sharedBytes = producers.sharedBytes();
  if (takesItems) {
    items.emplace(b, inputs, kernel, counts, sharedBytes, producers.exist());
    sharedBytes += Items::sharedBytes;
  }
  if (failed(KernelRoles(b, inputs, loop, counts, producers, items)
                 .emit(lowering)))
    return failure();
  finishKernel(b, kernel, inputs, producers, loop.getLoc());
  createLaunch(loop, kernel, inputs, counts, warps + producers.warps(),
               sharedBytes);
  loop.erase();
  return success();
}

/// Nothing but kernels writes tiles: a loop of one iteration, say, that was
/// folded away would be lost otherwise.
static LogicalResult checkHost(ModuleOp module) {
  WalkResult result = module.walk([](vector::TransferWriteOp write) {
    write.emitError("expects tiles to be written within parallel loops on this "
                    "target, but got a write outside of them");
    return WalkResult::interrupt();
  });
  return failure(result.wasInterrupted());
}

namespace {

struct TilesToWarps : attention::impl::TilesToWarpsBase<TilesToWarps> {
  using TilesToWarpsBase::TilesToWarpsBase;

  void runOnOperation() override {
    GpuFeatures features = GpuFeatures::of(chip);
    SmallVector<scf::ForallOp> loops;
    getOperation().walk<WalkOrder::PreOrder>([&](scf::ForallOp loop) {
      loops.push_back(loop);
      return WalkResult::skip();
    });
    for (scf::ForallOp loop : loops)
      if (failed(convertLoop(getKernels(getOperation()), loop, features)))
        return signalPassFailure();
    if (failed(checkHost(getOperation())))
      signalPassFailure();
  }
};

} // namespace
