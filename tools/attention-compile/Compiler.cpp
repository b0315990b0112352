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
  std::vector<CodeTarget> targets; ///< of machine code; else none
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
  options.chip = line.gpus.front();
  options.form = line.form;
  options.precision = line.precision;
  options.steps = true; // kernels are those of an artefact
  options.explain = line.remarks;
  StageRun stages(line, text, threads.get());
  Error error = stages.run(stagesForGpu(options), timing, kernelsStage);
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
    return stages.fail("cannot write PTX for '" + options.chip + "'");
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

/// What holds machine code, of any number of targets.
static bool isArtefact(StringRef suffix) {
  return suffix == ".so" || suffix == ".o";
}

static bool isFor(const CommandLine &line, StringRef target) {
  return is_contained(line.targets, target);
}

/// Whether the output is the kernels alone, or MLIR on the way to them.
static bool isGpuText(const CommandLine &line, StringRef suffix) {
  return suffix == ".ptx" ||
         (isFor(line, "cuda") && !isArtefact(suffix) && suffix != ".h");
}

/// Texts are for one target.
static Error checkText(const CommandLine &line, StringRef suffix) {
  auto expectOne = [&](StringRef option, StringRef what,
                       ArrayRef<std::string> names) -> Error {
    if (names.size() == 1)
      return Error::success();
    return createStringError(option + " expects one " + what +
                             " for an output that ends in '" + suffix +
                             "', but got " + join(names, ", "));
  };
  if (Error error = expectOne("--target", "target", line.targets))
    return error;
  if (isGpuText(line, suffix))
    return expectOne("--gpu", "processor", line.gpus);
  return expectOne("--cpu", "processor", line.cpus);
}

static Error checkSuffix(const CommandLine &line, StringRef suffix) {
  if (!line.stopAfter.empty() && suffix != ".mlir")
    return createStringError(
        "--stop-after expects an output that ends in .mlir, but got '" +
        suffix + "'");
  bool known = isFor(line, "cpu") || suffix != ".s";
  if (Error error =
          known
              ? expectSuffix(suffix, "-o",
                             {".so", ".o", ".h", ".ll", ".s", ".ptx", ".mlir"})
              : expectSuffix(suffix, "--target=cuda",
                             {".so", ".o", ".h", ".ll", ".ptx", ".mlir"}))
    return error;
  if (isArtefact(suffix) || suffix == ".h")
    return Error::success();
  return checkText(line, suffix);
}

Error Compiler::compile(SmallVectorImpl<char> &output) {
  if (suffix == ".h")
    return printHeader(output);
  return isGpuText(line, suffix) ? compileForGpu(output)
                                 : compileForCpu(output);
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

static bool multipliesInBf16(const CodeTarget &target) {
  return !target.gpu.empty() || hasProductsOfBf16(target.cpu.architecture(),
                                                  requiredFeatures(target.cpu));
}

/// Processors that do not do what was asked for.
std::vector<std::string> Compiler::precisionRemarks() const {
  std::vector<std::string> remarks;
  if (line.precision == "bf16")
    for (const CodeTarget &target : targets)
      if (!multipliesInBf16(target))
        remarks.push_back(target.name() +
                          " multiplies in f32: it has neither avx512bf16 nor "
                          "amx-bf16");
  return remarks;
}

/// Where no processor can do what was asked for, nothing else is done instead.
Error Compiler::checkPrecision() const {
  if (line.precision != "bf16" || any_of(targets, multipliesInBf16))
    return Error::success();
  return createStringError("--precision=bf16 expects a processor with "
                           "avx512bf16 or amx-bf16, but got " +
                           join(line.cpus, ", "));
}

/// Code that launches kernels is for every processor of the family.
static Expected<CpuTarget> selectLauncher(const CommandLine &line) {
  Expected<CpuTarget> any = selectCpuTarget(line.cpus.front(), line.triple);
  if (!any)
    return any.takeError();
  StringRef baseline = any->architecture() == "x86_64" ? "x86-64" : "aarch64";
  return selectCpuTarget(baseline, any->triple);
}

Error Compiler::selectTargets() {
  if (suffix == ".h" || isGpuText(line, suffix))
    return Error::success();
  if (isFor(line, "cpu")) {
    std::vector<CpuTarget> cpus;
    if (Error error = selectCpuTargets(line.cpus, line.triple).moveInto(cpus))
      return error;
    for (CpuTarget &cpu : cpus)
      targets.push_back({std::move(cpu), ""});
  }
  if (isFor(line, "cuda")) {
    initializeNvptx();
    Expected<CpuTarget> launcher = selectLauncher(line);
    if (!launcher)
      return launcher.takeError();
    for (const std::string &gpu : line.gpus)
      targets.push_back({*launcher, gpu});
  }
  return checkPrecision();
}

/// What the output depends on; the path of the input stands in messages.
std::string Compiler::cacheKey() const {
  std::vector<std::string> parts{"output", suffix.str(), line.input,
                                 text.getBuffer().str()};
  append_range(parts, line.asked);
  for (const CodeTarget &target : targets)
    parts.insert(parts.end(), {target.cpu.triple, target.cpu.cpu,
                               target.cpu.features, target.gpu});
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
