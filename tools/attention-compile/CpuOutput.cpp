#include "tools/attention-compile/CpuOutput.h"

#include "lowering/cpu/Codegen.h"
#include "lowering/cpu/Link.h"
#include "lowering/cpu/Partition.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace attention {

CpuOutput::CpuOutput(const CommandLine &line, StringRef suffix,
                     ArrayRef<CodeTarget> targets, MemoryBufferRef text,
                     mlir::TimingScope &timing, ThreadPoolInterface *threads,
                     const Cache *cache)
    : line(line), suffix(suffix), targets(targets), timing(timing),
      threads(threads), cache(cache) {
  for (size_t i = 0; i < targets.size(); ++i)
    runs.push_back(std::make_unique<StageRun>(line, text, threads));
}

std::vector<std::string> CpuOutput::remarks() const {
  std::vector<std::string> all;
  for (const auto &run : runs)
    for (const std::string &remark : run->remarks())
      if (!is_contained(all, remark))
        all.push_back(remark);
  return all;
}

std::vector<Stage> CpuOutput::stagesFor(size_t index) const {
  const CodeTarget &target = targets[index];
  int64_t gpus = count_if(
      targets, [](const CodeTarget &other) { return !other.gpu.empty(); });
  int64_t cpus = targets.size() - gpus;
  auto fill = [&](auto &options) {
    options.prefix = line.prefix;
    options.architecture = target.cpu.architecture().str();
    options.form = line.form;
    options.precision = line.precision;
    options.explain = line.remarks;
    options.target = index;
    options.targets = cpus;
    options.gpus = gpus;
  };
  if (!target.gpu.empty()) {
    NvptxOptions options;
    fill(options);
    options.chip = target.gpu;
    options.steps = true;
    return stagesForGpu(options);
  }
  CpuOptions options;
  fill(options);
  options.cpu = target.cpu.name;
  options.features = requiredFeatures(target.cpu);
  return stagesForCpu(options);
}

/// Runs `task` for every index below `count`, in threads where there are any;
/// of several errors the first counts.
Error CpuOutput::forAll(size_t count, function_ref<Error(size_t)> task) {
  if (!threads || count == 1) {
    for (size_t i = 0; i < count; ++i)
      if (Error error = task(i))
        return error;
    return Error::success();
  }
  std::vector<std::optional<Error>> errors(count);
  ThreadPoolTaskGroup group(*threads);
  for (size_t i = 0; i < count; ++i)
    group.async([&, i] { errors[i].emplace(task(i)); });
  group.wait();
  Error first = Error::success();
  for (std::optional<Error> &error : errors) {
    if (first)
      consumeError(std::move(*error));
    else
      first = std::move(*error);
  }
  return first;
}

Error CpuOutput::runStages() {
  return forAll(targets.size(), [&](size_t target) {
    return runs[target]->run(stagesFor(target), timing);
  });
}

Error CpuOutput::translate(size_t target, LLVMContext &context,
                           std::unique_ptr<Module> &module) {
  mlir::TimingScope scope = timing.nest("translate");
  auto machine = createTargetMachine(targets[target].cpu);
  if (!machine)
    return machine.takeError();
  module = translateToLlvm(runs[target]->getModule(), context, **machine);
  if (!module)
    return runs[target]->fail("cannot translate to LLVM");
  return Error::success();
}

/// LLVM IR or assembly, as one module: for people.
Error CpuOutput::emitText(SmallVectorImpl<char> &output) {
  LLVMContext context;
  std::unique_ptr<Module> module;
  if (Error error = translate(0, context, module))
    return error;
  auto machine = createTargetMachine(targets[0].cpu);
  if (!machine)
    return machine.takeError();
  mlir::TimingScope scope = timing.nest("optimize");
  mergeEqualFunctions(*module);
  optimize(*module, **machine);
  raw_svector_ostream stream(output);
  if (suffix == ".ll") {
    module->print(stream, nullptr);
    return Error::success();
  }
  scope = timing.nest("emit");
  return emitCode(*module, **machine, CodeGenFileType::AssemblyFile, stream);
}

Error CpuOutput::split() {
  std::vector<std::vector<SmallString<0>>> parts(targets.size());
  Error error = forAll(targets.size(), [&](size_t target) -> Error {
    LLVMContext context;
    std::unique_ptr<Module> module;
    if (Error error = translate(target, context, module))
      return error;
    mlir::TimingScope scope = timing.nest("split");
    mergeEqualFunctions(*module);
    parts[target] = splitIntoPieces(*module, "." + targets[target].name());
    return Error::success();
  });
  if (error)
    return error;
  for (auto [target, ofTarget] : enumerate(parts))
    for (SmallString<0> &bitcode : ofTarget)
      pieces.push_back({target, std::move(bitcode), {}});
  return Error::success();
}

Error CpuOutput::emit(Piece &piece, mlir::TimingScope &timing) const {
  const CpuTarget &target = targets[piece.target].cpu;
  std::string key;
  if (cache) {
    key = cache->key(
        {"object", target.triple, target.cpu, target.features, piece.bitcode});
    if (std::optional<SmallString<0>> found = cache->find(key)) {
      piece.object = std::move(*found);
      return Error::success();
    }
  }
  mlir::TimingScope scope;
  auto step = [&](StringRef name) { scope = timing.nest(name); };
  if (Error error = compilePiece(piece.bitcode, target, step, piece.object))
    return error;
  if (cache)
    cache->insert(key, piece.object);
  return Error::success();
}

Error CpuOutput::emitObjects() {
  if (Error error = split())
    return error;
  mlir::TimingScope scope = timing.nest("code");
  return forAll(pieces.size(),
                [&](size_t i) { return emit(pieces[i], scope); });
}

Error CpuOutput::link(SmallVectorImpl<char> &output) {
  mlir::TimingScope scope = timing.nest("link");
  SmallVector<MemoryBufferRef> objects;
  for (const Piece &piece : pieces)
    objects.emplace_back(piece.object, line.input);
  StringRef architecture = targets.front().cpu.architecture();
  auto linked = suffix == ".so" ? linkSharedObject(objects, architecture)
                                : linkObject(objects, architecture);
  if (!linked)
    return linked.takeError();
  append_range(output, (*linked)->getBuffer());
  return Error::success();
}

Error CpuOutput::compile(SmallVectorImpl<char> &output) {
  if (Error error = runStages())
    return error;
  if (suffix == ".mlir") {
    raw_svector_ostream stream(output);
    runs.front()->getModule()->print(stream);
    return Error::success();
  }
  if (suffix == ".ll" || suffix == ".s")
    return emitText(output);
  if (Error error = emitObjects())
    return error;
  return link(output);
}

} // namespace attention
