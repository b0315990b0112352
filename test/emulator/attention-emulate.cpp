/// Compiles a model for GPUs and runs a function of it on an emulated one, with
/// the command line of `attention-run`: a check of kernels without a device.
#include "lowering/Dialects.h"
#include "lowering/nvptx/Pipeline.h"
#include "mlir/Conversion/Passes.h"
#include "mlir/Parser/Parser.h"
#include "mlir/Transforms/Passes.h"
#include "runtime/files/Npy.h"
#include "runtime/files/RunOptions.h"
#include "test/emulator/HostProgram.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/SourceMgr.h"
#include "llvm/Support/raw_ostream.h"
#include <iostream>

using namespace attention;
using namespace attention::emulator;

[[noreturn]] static void fail(const std::string &message) {
  std::cerr << "attention-emulate: " << message << "\n";
  std::exit(1);
}

static ElementType typeOf(mlir::Type type) {
  if (type.isF32())
    return ElementType::F32;
  if (type.isF64())
    return ElementType::F64;
  if (type.isF16())
    return ElementType::F16;
  if (type.isBF16())
    return ElementType::BF16;
  if (type.isInteger(1))
    return ElementType::I1;
  return type.isInteger(32) ? ElementType::I32 : ElementType::I64;
}

namespace {

/// The arguments of one function: inputs from files, results to be filled.
class Arguments {
public:
  Arguments(HostProgram &program, mlir::func::FuncOp function,
            const RunOptions &options)
      : program(program), function(function), options(options) {}

  std::vector<HostValue> load(mlir::ModuleOp module);
  void writeOutputs();

private:
  HostTensor input(unsigned number, const std::string &name);
  std::string name(unsigned number) {
    auto name =
        function.getArgAttrOfType<mlir::StringAttr>(number, "attention.name");
    return name ? name.str() : "";
  }
  void add(HostTensor tensor) {
    HostValue value;
    value.memref =
        program.addBuffer(tensor.data(), tensor.shape, byteSize(tensor.type));
    values.push_back(value);
    tensors.push_back(std::move(tensor));
  }

  HostProgram &program;
  mlir::func::FuncOp function;
  const RunOptions &options;
  std::vector<HostValue> values;
  std::vector<HostTensor> tensors;
};

} // namespace

HostTensor Arguments::input(unsigned number, const std::string &name) {
  auto type = mlir::cast<mlir::MemRefType>(function.getArgumentTypes()[number]);
  for (const InputSpec &spec : options.inputs) {
    if (spec.name != name)
      continue;
    auto tensor = loadInput(spec, typeOf(type.getElementType()),
                            std::vector<int64_t>(type.getShape()));
    if (!tensor)
      fail(tensor.message());
    return std::move(*tensor);
  }
  fail("expects the input '" + name + "', but got none");
}

/// Sizes of results come from the function that the compiler made for them.
std::vector<HostValue> Arguments::load(mlir::ModuleOp module) {
  std::vector<int64_t> sizes;
  bool sized = false;
  for (unsigned i = 0; i < function.getNumArguments(); ++i) {
    if (!function.getArgAttr(i, "attention.result")) {
      add(input(i, name(i)));
      continue;
    }
    if (auto symbol = function->getAttrOfType<mlir::FlatSymbolRefAttr>(
            "attention.result_sizes");
        symbol && !sized) {
      auto ask = module.lookupSymbol<mlir::func::FuncOp>(symbol);
      for (const HostValue &size : program.run(ask, values))
        sizes.push_back(mlir::cast<mlir::IntegerAttr>(size.scalar).getInt());
      sized = true;
    }
    auto type = mlir::cast<mlir::MemRefType>(function.getArgumentTypes()[i]);
    std::vector<int64_t> shape(type.getShape());
    for (int64_t &size : shape)
      if (mlir::ShapedType::isDynamic(size)) {
        size = sizes.front();
        sizes.erase(sizes.begin());
      }
    auto tensor =
        HostTensor::allocate(typeOf(type.getElementType()), shape, name(i));
    if (!tensor)
      fail(tensor.message());
    add(std::move(*tensor));
  }
  return values;
}

void Arguments::writeOutputs() {
  for (const OutputSpec &output : options.outputs)
    for (unsigned i = 0; i < function.getNumArguments(); ++i)
      if (name(i) == output.name && function.getArgAttr(i, "attention.result"))
        if (auto failure = writeNpy(output.path, tensors[i].type,
                                    tensors[i].shape, tensors[i].data()))
          fail(failure->message);
}

/// The function that is asked for. Others become private, so that those which
/// it does not use need not be compiled.
static mlir::func::FuncOp choose(mlir::ModuleOp module,
                                 const RunOptions &options) {
  mlir::func::FuncOp chosen;
  for (auto candidate : module.getOps<mlir::func::FuncOp>())
    if (candidate.getName() == options.function ||
        (options.function.empty() && candidate.isPublic()))
      chosen = candidate;
  if (!chosen)
    fail("there is no function '" + options.function + "'");
  for (auto other : module.getOps<mlir::func::FuncOp>())
    if (other != chosen)
      other.setPrivate();
  return chosen;
}

static void run(const RunOptions &options, const NvptxOptions &target) {
  mlir::MLIRContext context(compilerDialects());
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(options.model, &context);
  if (!module)
    fail("cannot parse '" + options.model + "'");
  const std::string name = choose(*module, options).getName().str();
  mlir::PassManager passes(&context);
  passes.addPass(mlir::createSymbolDCEPass());
  buildNvptxPipeline(passes, target);
  passes.addNestedPass<mlir::func::FuncOp>(mlir::createLowerAffinePass());
  std::string text;
  if (failed(passes.run(*module)))
    std::exit(1);
  // Where nothing is computed, there are no kernels.
  if (!module->getOps<mlir::gpu::GPUModuleOp>().empty() &&
      failed(emitNvptxLlvmIr(*module, target, text)))
    std::exit(1);
  llvm::LLVMContext llvmContext;
  llvm::SMDiagnostic diagnostic;
  auto kernels = llvm::parseIR(llvm::MemoryBufferRef(text, "kernels"),
                               diagnostic, llvmContext);
  if (!kernels)
    fail("cannot read what the compiler wrote");
  auto function = module->lookupSymbol<mlir::func::FuncOp>(name);
  HostProgram program(*kernels);
  Arguments arguments(program, function, options);
  program.run(function, arguments.load(*module));
  arguments.writeOutputs();
}

int main(int count, char **texts) {
  NvptxOptions target;
  std::vector<char *> others;
  for (llvm::StringRef text : llvm::ArrayRef(texts, count)) {
    if (text.consume_front("--gpu="))
      target.chip = text.str();
    else if (text.consume_front("--span="))
      target.span = std::stoll(text.str());
    else
      others.push_back(const_cast<char *>(text.data()));
  }
  auto options = parseRunOptions(others.size(), others.data());
  if (!options)
    fail(options.message());
  run(*options, target);
  return 0;
}
