//===- Runs a compiled model ----------------------------------------------===//
#include "runtime/files/RunOptions.h"
#include "tools/attention-run/Interpret.h"
#include "tools/attention-run/List.h"
#include "tools/attention-run/ModelRun.h"
#include "tools/attention-run/Report.h"

#include <chrono>
#include <cstdio>
#include <unistd.h>

using namespace attention;

static bool endsWith(const std::string &text, const std::string &suffix) {
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

/// Shows how far long work is, where somebody looks.
static void showProgress(int64_t done, int64_t total) {
  static const bool visible = ::isatty(STDERR_FILENO) != 0;
  if (visible)
    std::fprintf(stderr, done < total ? "\rrun %lld of %lld" : "\r\033[K",
                 static_cast<long long>(done + 1),
                 static_cast<long long>(total));
}

/// Runs once, or with --repeat once to warm up and then as often as it says.
static MaybeFailure runRepeatedly(ModelRun &run, int64_t repeat,
                                  std::vector<double> &seconds) {
  if (repeat > 0)
    if (MaybeFailure failure = run.run())
      return failure;
  const int64_t runs = repeat > 0 ? repeat : 1;
  for (int64_t i = 0; i < runs; ++i) {
    if (repeat > 0)
      showProgress(i, runs);
    const auto start = std::chrono::steady_clock::now();
    if (MaybeFailure failure = run.run())
      return failure;
    const std::chrono::duration<double> elapsed =
        std::chrono::steady_clock::now() - start;
    seconds.push_back(elapsed.count());
  }
  if (repeat > 0)
    showProgress(runs, runs);
  return std::nullopt;
}

static MaybeFailure runModel(const RunOptions &options) {
  attn_model *made;
  if (MaybeFailure failure = failureOf(attn_model_load_for(
          options.model.c_str(),
          options.cpu.empty() ? nullptr : options.cpu.c_str(), &made)))
    return failure;
  const ModelHandle model(made);
  if (options.list) {
    printFunctions(made);
    return std::nullopt;
  }
  ModelRun run;
  if (MaybeFailure failure = run.prepare(made, options))
    return failure;
  std::vector<double> seconds;
  if (MaybeFailure failure = runRepeatedly(run, options.repeat, seconds))
    return failure;
  if (MaybeFailure failure = run.writeOutputs(options))
    return failure;
  const Report report{run.functionName(),   run.deviceName(), run.threads(),
                      run.workspaceBytes(), run.stateBytes(), seconds};
  if (options.repeat > 0)
    printTimes(report);
  return options.json.empty() ? std::nullopt
                              : writeReport(report, options.json);
}

static int fail(const Failure &failure) {
  std::fprintf(stderr, "attention-run: error: %s\n", failure.message.c_str());
  return 1;
}

int main(int argumentCount, char **arguments) {
  Result<RunOptions> options = parseRunOptions(argumentCount, arguments);
  if (!options)
    return fail(options.failure());
  if (options->help) {
    const std::string help =
        runHelp("attention-run", "MODEL.so",
                "Runs a function of a compiled model. A MODEL.mlir is handed "
                "to attention-interpret.");
    std::fputs(help.c_str(), stdout);
    return 0;
  }
  if (endsWith(options->model, ".mlir"))
    return fail(becomeInterpreter(arguments));
  MaybeFailure failure = runModel(*options);
  if (failure)
    return fail(*failure);
  if (std::fflush(stdout) != 0)
    return fail({"cannot write to standard output"});
  return 0;
}
