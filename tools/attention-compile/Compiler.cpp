#include "tools/attention-compile/Compiler.h"

#include "lowering/nvptx/Pipeline.h"
#include "tools/attention-compile/Cache.h"
#include "tools/attention-compile/CpuOutput.h"
#include "tools/attention-compile/Header.h"
#include "tools/attention-compile/StageRun.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace attention {

namespace {

/// One compilation, up to the bytes of its output.
class Compiler {
public:
  Compiler(const CommandLine &line, StringRef suffix, MemoryBufferRef text,
           mlir::TimingScope &timing)
      : line(line), suffix(suffix), text(text), timing(timing) {
    if (unsigned jobs = hardware_concurrency(line.jobs).compute_thread_count();
        jobs > 1)
      threads =
          std::make_unique<DefaultThreadPool>(hardware_concurrency(line.jobs));
  }

  Error run(SmallVectorImpl<char> &output);

private:
  Error openCache();
  Error selectTargets();
  Error checkPrecision() const;
  std::vector<std::string> precisionRemarks() const;
  std::string cacheKey() const;
  Error compile(SmallVectorImpl<char> &output);
  Error compileForCpu(SmallVectorImpl<char> &output);
  Error compileForGpu(SmallVectorImpl<char> &output);
  Error printHeader(SmallVectorImpl<char> &output);
  void printRemarks(ArrayRef<std::string> remarks);

  const CommandLine &line;
  StringRef suffix;
  MemoryBufferRef text;
  mlir::TimingScope &timing;
  std::unique_ptr<ThreadPoolInterface> threads;
  std::optional<Cache> cache;
  std::vector<CpuTarget> targets; ///< none where the output is for no CPU
};

} // namespace

void Compiler::printRemarks(ArrayRef<std::string> remarks) {
  if (!line.remarks)
    return;
  for (const std::string &remark : remarks)
    errs() << "attention-compile: remark: " << remark << "\n";
}

/// From the model as it was parsed: tensors, not yet memory.
Error Compiler::printHeader(SmallVectorImpl<char> &output) {
  StageRun model(line, text, threads.get());
  if (Error error = model.parse(timing))
    return error;
  raw_svector_ostream stream(output);
  if (failed(attention::printHeader(model.getModule(), line.prefix, stream)))
    return model.fail("cannot describe '" + line.input + "' in C");
  return Error::success();
}

Error Compiler::compileForCpu(SmallVectorImpl<char> &output) {
  CpuOutput compilation(line, suffix, targets, text, timing, threads.get(),
                        cache ? &*cache : nullptr);
  Error error = compilation.compile(output);
  printRemarks(compilation.remarks());
  printRemarks(precisionRemarks());
  return error;
}

Error Compiler::compileForGpu(SmallVectorImpl<char> &output) {
  NvptxOptions options;
  options.chip = line.gpu;
  options.form = line.form;
  options.precision = line.precision;
  StageRun stages(line, text, threads.get());
  Error error = stages.run(stagesForGpu(options), timing);
  printRemarks(stages.remarks());
  if (error)
    return error;
  raw_svector_ostream stream(output);
  if (suffix == ".mlir") {
    stages.getModule()->print(stream);
    return Error::success();
  }
  mlir::TimingScope scope = timing.nest("emit");
  std::string code;
  auto emit = suffix == ".ll" ? emitNvptxLlvmIr : emitPtx;
  if (failed(emit(stages.getModule(), options, code)))
    return stages.fail("cannot write PTX for '" + line.gpu + "'");
  stream << code;
  return Error::success();
}

static Error expectSuffix(StringRef suffix, StringRef what,
                          ArrayRef<StringRef> known) {
  if (is_contained(known, suffix))
    return Error::success();
  return createStringError(what + " expects an output that ends in " +
                           join(known.drop_back(), ", ") + " or " +
                           known.back() + ", but got '" + suffix + "'");
}

static bool isForGpu(const CommandLine &line, StringRef suffix) {
  return suffix == ".ptx" || is_contained(line.targets, "cuda");
}

/// One kind of output holds code for one kind of target; artefacts for both
/// come with running on GPUs.
static Error checkSuffix(const CommandLine &line, StringRef suffix) {
  if (!line.stopAfter.empty() && suffix != ".mlir")
    return createStringError(
        "--stop-after expects an output that ends in .mlir, but got '" +
        suffix + "'");
  if (isForGpu(line, suffix))
    return expectSuffix(suffix, "--target=cuda", {".ptx", ".ll", ".mlir"});
  if (line.cpus.size() > 1 && !is_contained({".so", ".o", ".h"}, suffix))
    return createStringError("--cpu expects one processor for an output that "
                             "ends in '" +
                             suffix + "', but got " + join(line.cpus, ", "));
  return expectSuffix(suffix, "-o",
                      {".so", ".o", ".h", ".ll", ".s", ".ptx", ".mlir"});
}

Error Compiler::compile(SmallVectorImpl<char> &output) {
  if (suffix == ".h")
    return printHeader(output);
  return isForGpu(line, suffix) ? compileForGpu(output) : compileForCpu(output);
}

Error Compiler::openCache() {
  if (line.cache.empty())
    return Error::success();
  Expected<Cache> opened = Cache::open(line.cache, line.cacheBytes);
  if (!opened)
    return opened.takeError();
  cache = std::move(*opened);
  return Error::success();
}

static bool multipliesInBf16(const CpuTarget &target) {
  return hasProductsOfBf16(target.architecture(), requiredFeatures(target));
}

/// Processors that do not do what was asked for.
std::vector<std::string> Compiler::precisionRemarks() const {
  std::vector<std::string> remarks;
  if (line.precision == "bf16")
    for (const CpuTarget &target : targets)
      if (!multipliesInBf16(target))
        remarks.push_back(target.cpu +
                          " multiplies in f32: it has no avx512bf16");
  return remarks;
}

/// Where no processor can do what was asked for, nothing else is done instead.
Error Compiler::checkPrecision() const {
  if (line.precision != "bf16" || any_of(targets, multipliesInBf16))
    return Error::success();
  return createStringError("--precision=bf16 expects a processor with "
                           "avx512bf16, but got " +
                           join(line.cpus, ", "));
}

Error Compiler::selectTargets() {
  if (suffix == ".h" || isForGpu(line, suffix))
    return Error::success();
  if (Error error = selectCpuTargets(line.cpus, line.triple).moveInto(targets))
    return error;
  return checkPrecision();
}

/// What the output depends on; the path of the input stands in messages.
std::string Compiler::cacheKey() const {
  std::vector<std::string> parts{"output", suffix.str(), line.input,
                                 text.getBuffer().str()};
  append_range(parts, line.asked);
  for (const CpuTarget &target : targets)
    parts.insert(parts.end(), {target.triple, target.cpu, target.features});
  return cache->key(std::vector<StringRef>(parts.begin(), parts.end()));
}

Error Compiler::run(SmallVectorImpl<char> &output) {
  if (Error error = selectTargets())
    return error;
  if (Error error = openCache())
    return error;
  if (!cache)
    return compile(output);
  std::string key = cacheKey();
  // Remarks come from compiling.
  std::optional<SmallString<0>> found;
  if (!line.remarks)
    found = cache->find(key);
  if (found) {
    output.assign(found->begin(), found->end());
    return Error::success();
  }
  if (Error error = compile(output))
    return error;
  mlir::TimingScope scope = timing.nest("cache");
  cache->insert(key, StringRef(output.data(), output.size()));
  cache->prune();
  return Error::success();
}

static Error write(StringRef path, ArrayRef<char> bytes) {
  Error error = writeToOutput(path, [&](raw_ostream &out) {
    out.write(bytes.data(), bytes.size());
    return Error::success();
  });
  if (!error)
    return error;
  std::error_code code = errorToErrorCode(std::move(error));
  return createStringError("cannot write '" + path + "': " + code.message());
}

Error compile(const CommandLine &line) {
  mlir::DefaultTimingManager manager;
  manager.setEnabled(line.timing);
  manager.setDisplayMode(mlir::DefaultTimingManager::DisplayMode::Tree);
  mlir::TimingScope timing = manager.getRootScope();
  StringRef suffix = sys::path::extension(line.output);
  if (Error error = checkSuffix(line, suffix))
    return error;
  auto text = MemoryBuffer::getFileOrSTDIN(line.input);
  if (!text)
    return createStringError("cannot read '" + line.input +
                             "': " + text.getError().message());
  SmallString<0> output;
  Compiler compiler(line, suffix, (*text)->getMemBufferRef(), timing);
  if (Error error = compiler.run(output))
    return error;
  return write(line.output, output);
}

} // namespace attention
