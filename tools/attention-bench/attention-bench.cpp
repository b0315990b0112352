//===- The project's own benchmarks ---------------------------------------===//
#include "runtime/files/NearestName.h"
#include "tools/attention-bench/BenchReport.h"
#include "tools/attention-bench/Rows.h"

#include <cstdio>
#include <regex.h>

using namespace attention;

/// The rows whose name matches, in their groups; empty groups go.
static Result<std::vector<Group>> chooseRows(const std::string &filter) {
  regex_t pattern;
  if (const int error =
          ::regcomp(&pattern, filter.c_str(), REG_EXTENDED | REG_NOSUB)) {
    char why[128];
    ::regerror(error, &pattern, why, sizeof(why));
    return Failure{"expects a regular expression after --filter, but got " +
                   quote(filter) + ": " + why};
  }
  std::vector<Group> chosen;
  for (const Group &group : allRows()) {
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

static MaybeFailure measure(const BenchOptions &options,
                            const std::vector<Group> &groups) {
  attn_pool *made;
  if (MaybeFailure failure =
          failureOf(attn_pool_create(options.threads, &made)))
    return failure;
  const PoolHandle pool(made);
  Rounds rounds(options, made);
  BenchReport report(options, attn_pool_workers(made));
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
  Result<std::vector<Group>> groups = chooseRows(options->filter);
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
