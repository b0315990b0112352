//===- The project's own benchmarks ---------------------------------------===//
#include "runtime/files/NearestName.h"
#include "tools/attention-bench/BenchReport.h"
#include "tools/attention-bench/Device.h"
#include "tools/attention-bench/Peaks.h"
#include "tools/attention-bench/Rows.h"

#include <cstdio>
#include <regex.h>

using namespace attention;

/// The rows whose name matches, in their groups; empty groups go.
static Result<std::vector<Group>> chooseRows(const BenchOptions &options) {
  const std::string &filter = options.filter;
  regex_t pattern;
  if (const int error =
          ::regcomp(&pattern, filter.c_str(), REG_EXTENDED | REG_NOSUB)) {
    char why[128];
    ::regerror(error, &pattern, why, sizeof(why));
    return Failure{"expects a regular expression after --filter, but got " +
                   quote(filter) + ": " + why};
  }
  std::vector<Group> chosen;
  for (const Group &group : allRows(options.onDevice(), options.shrink)) {
    Group rows;
    for (const Row &row : group)
      if (::regexec(&pattern, row.name.c_str(), 0, nullptr, 0) == 0)
        rows.push_back(row);
    if (!rows.empty())
      chosen.push_back(std::move(rows));
  }
  ::regfree(&pattern);
  if (chosen.empty())
    return Failure{"no row matches " + quote(filter) +
                   "; --list prints the names of all"};
  return chosen;
}

/// What attention-compile is told.
static std::vector<std::string> compilerFlags(const BenchOptions &options) {
  std::vector<std::string> flags = {"--cpu=" + options.cpu};
  if (options.onDevice())
    flags = {"--target=cuda", "--gpu=" + options.gpu};
  if (options.remarks)
    flags.push_back("--remarks");
  return flags;
}

static MaybeFailure measureOn(Machine &machine, Kernels &kernels,
                              const BenchOptions &options,
                              const std::vector<Group> &groups) {
  Rounds rounds(options, machine, kernels);
  BenchReport report(options, machine);
  if (MaybeFailure failure = rounds.measurePeaks())
    return failure;
  report.printPeaks(rounds.peaks());
  report.printHeading();
  for (const Group &group : groups) {
    Result<std::vector<RowFigures>> figures = rounds.measure(group);
    if (!figures)
      return figures.failure();
    for (size_t i = 0; i < group.size(); ++i)
      report.add(group[i], (*figures)[i]);
  }
  return options.json.empty() ? std::nullopt : report.write(rounds.peaks());
}

static MaybeFailure measure(const BenchOptions &options,
                            const std::vector<Group> &groups) {
  if (options.onDevice()) {
    attn_device *made;
    if (MaybeFailure failure =
            failureOf(attn_device_open(options.device.c_str(), &made)))
      return failure;
    const DeviceHandle device(made);
    Kernels kernels(compilerFlags(options));
    Device machine(made, kernels, options.shrink);
    return measureOn(machine, kernels, options, groups);
  }
  attn_pool *made;
  if (MaybeFailure failure =
          failureOf(attn_pool_create(options.threads, &made)))
    return failure;
  const PoolHandle pool(made);
  Kernels kernels(compilerFlags(options));
  Processors machine(made, options.clock);
  return measureOn(machine, kernels, options, groups);
}

/// The names of rows, or their models with the names as comments.
static void print(const std::vector<Group> &groups, bool text) {
  for (const Group &group : groups)
    for (const Row &row : group)
      std::printf("%s%s\n%s", text ? "// " : "", row.name.c_str(),
                  text ? row.text.c_str() : "");
}

static int fail(const Failure &failure) {
  std::fprintf(stderr, "attention-bench: error: %s\n", failure.message.c_str());
  return 1;
}

int main(int argumentCount, char **arguments) {
  Result<BenchOptions> options = parseBenchOptions(argumentCount, arguments);
  if (!options)
    return fail(options.failure());
  if (options->help) {
    std::fputs(benchHelp().c_str(), stdout);
    return 0;
  }
  Result<std::vector<Group>> groups = chooseRows(*options);
  if (!groups)
    return fail(groups.failure());
  if (options->list || options->text)
    print(*groups, options->text);
  else if (MaybeFailure failure = measure(*options, *groups))
    return fail(*failure);
  if (std::fflush(stdout) != 0)
    return fail({"cannot write to standard output"});
  return 0;
}
