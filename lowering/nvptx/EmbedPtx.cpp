#include "dialect/Names.h"
#include "lowering/nvptx/Passes.h"
#include "lowering/nvptx/Pipeline.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_EMBEDPTX
#include "lowering/nvptx/Passes.h.inc"

/// The names of the kernels, in the order of launches' numbers.
static ArrayAttr namesOfKernels(ModuleOp module) {
  SmallVector<Attribute> names;
  module.walk([&](LLVM::LLVMFuncOp function) {
    if (function->hasAttr(gpu::GPUDialect::getKernelFuncAttrName()))
      names.push_back(function.getNameAttr());
  });
  return ArrayAttr::get(module.getContext(), names);
}

static void addText(ModuleOp module, StringRef text) {
  OpBuilder builder = OpBuilder::atBlockBegin(module.getBody());
  std::string terminated = text.str() + '\0';
  auto type = LLVM::LLVMArrayType::get(builder.getI8Type(), terminated.size());
  LLVM::GlobalOp::create(builder, module.getLoc(), type, /*isConstant=*/true,
                         LLVM::Linkage::Internal, ptxSymbol,
                         builder.getStringAttr(terminated));
}

namespace {
struct EmbedPtx : impl::EmbedPtxBase<EmbedPtx> {
  using EmbedPtxBase::EmbedPtxBase;

  void getDependentDialects(DialectRegistry &registry) const override {
    registry.insert<LLVM::LLVMDialect>();
    registerPtxTranslations(registry);
  }

  void runOnOperation() override {
    ModuleOp module = getOperation();
    NvptxOptions options;
    options.chip = gpu;
    std::string text;
    if (failed(emitPtx(module, options, text)))
      return signalPassFailure();
    module->setAttr(kernelsAttr, namesOfKernels(module));
    addText(module, text);
    for (auto kernels :
         llvm::make_early_inc_range(module.getOps<gpu::GPUModuleOp>()))
      kernels.erase();
    module->removeAttr(gpu::GPUDialect::getContainerModuleAttrName());
  }
};
} // namespace

} // namespace attention
