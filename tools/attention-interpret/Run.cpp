#include "tools/attention-interpret/Run.h"
#include "interpreter/Interpreter.h"
#include "runtime/files/NearestName.h"
#include "runtime/files/Npy.h"
#include "runtime/files/Safetensors.h"
#include "tools/attention-interpret/Tensors.h"
#include "llvm/Support/JSON.h"
#include <algorithm>
#include <chrono>
#include <thread>

using namespace mlir;

namespace attention {

namespace {
/// A function with all that it needs.
struct PreparedRun {
  FunctionOpInterface function;
  std::vector<Port> results;
  SmallVector<Datum> arguments;
};
} // namespace

static std::vector<std::string> namesOf(const std::vector<Port> &ports) {
  std::vector<std::string> names;
  for (const Port &port : ports)
    if (port.weight.empty())
      names.push_back(port.name);
  return names;
}

/// Fails on an input or output that the function does not have.
template <typename Spec>
static MaybeFailure checkNames(const std::string &kind,
                               const std::vector<Spec> &given,
                               const std::vector<std::string> &names) {
  for (const Spec &spec : given)
    if (!llvm::is_contained(names, spec.name))
      return Failure{"the function has no " + kind + " " + quote(spec.name) +
                     nearestHint(spec.name, names)};
  return std::nullopt;
}

static Result<Datum> loadArgument(const Port &port, bool scalar,
                                  const RunOptions &options,
                                  const WeightFiles &weights) {
  if (!port.weight.empty()) {
    auto stored = weights.find(port.weight, port.type, port.shape);
    if (!stored)
      return stored.failure();
    return datumOf(port.type, (*stored)->shape, (*stored)->data, scalar);
  }
  for (const InputSpec &spec : options.inputs)
    if (spec.name == port.name) {
      auto tensor = loadInput(spec, port.type, port.shape);
      if (!tensor)
        return tensor.failure();
      return datumOf(port.type, tensor->shape, tensor->data(), scalar);
    }
  return Failure{"expects --input " + port.name + "=..., but got none"};
}

static Result<PreparedRun> prepare(ModuleOp module, const RunOptions &options) {
  auto function = findFunction(module, options.function);
  if (!function)
    return function.failure();
  auto arguments = argumentPorts(*function), results = resultPorts(*function);
  if (!arguments)
    return arguments.failure();
  if (!results)
    return results.failure();
  if (auto failure = checkNames("input", options.inputs, namesOf(*arguments)))
    return *failure;
  if (auto failure = checkNames("output", options.outputs, namesOf(*results)))
    return *failure;
  WeightFiles weights;
  for (const std::string &path : options.weights)
    if (auto failure = weights.add(path))
      return *failure;
  PreparedRun run{*function, *results, {}};
  for (auto [port, type] :
       llvm::zip(*arguments, function->getArgumentTypes())) {
    auto datum = loadArgument(port, !isa<ShapedType>(type), options, weights);
    if (!datum)
      return datum.failure();
    run.arguments.push_back(*datum);
  }
  return run;
}

static MaybeFailure writeOutputs(const PreparedRun &run,
                                 const RunOptions &options,
                                 ArrayRef<Datum> data) {
  for (auto [port, datum] : llvm::zip(run.results, data))
    for (const OutputSpec &spec : options.outputs) {
      if (spec.name != port.name)
        continue;
      auto tensor = tensorOf(datum, port.type, port.name);
      if (!tensor)
        return tensor.failure();
      if (auto failure =
              writeNpy(spec.path, tensor->type, tensor->shape, tensor->data()))
        return failure;
    }
  return std::nullopt;
}

static MaybeFailure writeTimes(const RunOptions &options,
                               const std::string &function, int64_t threads,
                               const std::vector<double> &seconds) {
  std::string text;
  llvm::raw_string_ostream(text)
      << llvm::json::Value(
             llvm::json::Object{{"function", function},
                                {"threads", threads},
                                {"workspace_bytes", 0},
                                {"state_bytes", 0},
                                {"seconds", llvm::json::Array(seconds)}})
      << "\n";
  return writeAtomically(options.json, {{text.data(), text.size()}});
}

static void printTimes(std::vector<double> seconds) {
  std::sort(seconds.begin(), seconds.end());
  llvm::outs() << llvm::formatv("min {0:f6} s, median {1:f6} s, max {2:f6} s\n",
                                seconds.front(), seconds[seconds.size() / 2],
                                seconds.back());
}

MaybeFailure runModel(ModuleOp module, const RunOptions &options,
                      const FirstError &errors) {
  auto run = prepare(module, options);
  if (!run)
    return run.failure();
  int64_t threads = options.threads
                        ? options.threads
                        : std::max(1u, std::thread::hardware_concurrency());
  Interpreter interpreter(module, threads);
  SmallVector<Datum> results;
  std::vector<double> seconds;
  // Repeats come after one run that is not timed.
  for (int64_t i = options.repeat ? -1 : 0;
       i < std::max<int64_t>(options.repeat, 1); ++i) {
    auto begin = std::chrono::steady_clock::now();
    if (failed(interpreter.call(run->function, run->arguments, results)))
      return errors.failure();
    std::chrono::duration<double> passed =
        std::chrono::steady_clock::now() - begin;
    if (i >= 0)
      seconds.push_back(passed.count());
  }
  if (auto failure = writeOutputs(*run, options, results))
    return failure;
  if (options.repeat)
    printTimes(seconds);
  if (options.json.empty())
    return std::nullopt;
  return writeTimes(options, run->function.getName().str(), threads, seconds);
}

} // namespace attention
