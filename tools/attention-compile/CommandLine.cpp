#include "tools/attention-compile/CommandLine.h"

#include "dialect/Form.h"
#include "lowering/cpu/Pipeline.h"
#include "lowering/nvptx/Pipeline.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Option/ArgList.h"
#include "llvm/Option/OptTable.h"
#include "llvm/Option/Option.h"

using namespace llvm;
using llvm::opt::DefaultVis; // the generated table names it

namespace attention {

namespace {
enum OptionId {
  OPT_INVALID = 0,
#define OPTION(...) LLVM_MAKE_OPT_ID(__VA_ARGS__),
#include "tools/attention-compile/Options.inc"
#undef OPTION
};

#define OPTTABLE_STR_TABLE_CODE
#include "tools/attention-compile/Options.inc"
#undef OPTTABLE_STR_TABLE_CODE

#define OPTTABLE_PREFIXES_TABLE_CODE
#include "tools/attention-compile/Options.inc"
#undef OPTTABLE_PREFIXES_TABLE_CODE

constexpr opt::OptTable::Info optionInfos[] = {
#define OPTION(...) LLVM_CONSTRUCT_OPT_INFO(__VA_ARGS__),
#include "tools/attention-compile/Options.inc"
#undef OPTION
};

struct Options : opt::GenericOptTable {
  Options()
      : GenericOptTable(OptionStrTable, OptionPrefixesTable, optionInfos) {}
};
} // namespace

Error unknownName(StringRef kind, StringRef name, ArrayRef<StringRef> known) {
  StringRef nearest;
  unsigned distance = name.size() / 2 + 1;
  for (StringRef candidate : known)
    if (unsigned edits = name.edit_distance(candidate); edits < distance) {
      distance = edits;
      nearest = candidate;
    }
  std::string message = ("unknown " + kind + " '" + name + "'").str();
  if (!nearest.empty())
    return createStringError(message + ", did you mean '" + nearest + "'?");
  return createStringError(message + ", expects one of: " + join(known, " "));
}

static Error expectDifferent(StringRef option, ArrayRef<std::string> names) {
  for (const std::string &name : names)
    if (count(names, name) > 1)
      return createStringError(option + " expects different names, but got '" +
                               name + "' twice");
  return Error::success();
}

static Error checkTargets(ArrayRef<std::string> targets) {
  for (StringRef target : targets)
    if (target != "cpu" && target != "cuda")
      return unknownName("target", target, {"cpu", "cuda"});
  return expectDifferent("--target", targets);
}

/// Names of GPUs are of use for code for GPUs alone.
static Error checkGpus(const CommandLine &line, const opt::Arg *given) {
  if (!given || is_contained(line.targets, "cuda") ||
      StringRef(line.output).ends_with(".ptx"))
    return Error::success();
  return createStringError("--gpu expects --target=cuda or --target=cpu,cuda, "
                           "but got --target=" +
                           join(line.targets, ","));
}

static Error checkForm(StringRef form) {
  SmallVector<StringRef> known{"auto"};
  append_range(known, formNames());
  return is_contained(known, form) ? Error::success()
                                   : unknownName("form", form, known);
}

static Error checkPrecision(StringRef precision) {
  if (precision == "f32" || precision == "bf16")
    return Error::success();
  return unknownName("precision", precision, {"f32", "bf16"});
}

static Error checkPrefix(StringRef prefix) {
  bool isWord = !prefix.empty() && !isDigit(prefix.front()) &&
                all_of(prefix, [](char c) { return isAlnum(c) || c == '_'; });
  if (!isWord)
    return createStringError("--prefix expects a C identifier, but got '" +
                             prefix + "'");
  return Error::success();
}

/// Names behind an option, separated by commas.
static void fillList(std::vector<std::string> &names, const opt::Arg *given) {
  if (!given)
    return;
  names.clear();
  for (StringRef name : split(given->getValue(), ','))
    names.push_back(name.str());
}

static Error fillJobs(CommandLine &line, const opt::Arg *given) {
  if (!given)
    return Error::success();
  if (!StringRef(given->getValue()).getAsInteger(10, line.jobs) &&
      line.jobs >= 1 && line.jobs <= 1024)
    return Error::success();
  return createStringError("--jobs expects a number from 1 to 1024, but got '" +
                           Twine(given->getValue()) + "'");
}

/// "200K": bytes, in units of 1024, 1024 x 1024, ...
static Error fillCacheSize(CommandLine &line, const opt::Arg *given) {
  if (!given)
    return Error::success();
  StringRef text = given->getValue(), digits = text;
  unsigned shift = digits.consume_back("G")   ? 30
                   : digits.consume_back("M") ? 20
                   : digits.consume_back("K") ? 10
                                              : 0;
  uint64_t number;
  if (digits.size() > 9 || digits.getAsInteger(10, number) || number == 0)
    return createStringError("--cache-size expects a number from 1 with K, M "
                             "or G behind it, but got '" +
                             text + "'");
  line.cacheBytes = number << shift;
  return Error::success();
}

/// Options that change nothing about the output, or are in the key of a cache
/// as what they stand for.
static bool changesOutput(const opt::Arg &argument) {
  switch (argument.getOption().getID()) {
  case OPT_INPUT:
  case OPT_output:
  case OPT_cache:
  case OPT_cache_size:
  case OPT_jobs:
  case OPT_remarks:
  case OPT_timing:
    return false;
  default:
    return true;
  }
}

static Error fill(CommandLine &line, const opt::InputArgList &arguments) {
  line.help = arguments.hasArg(OPT_help);
  line.version = arguments.hasArg(OPT_version);
  line.timing = arguments.hasArg(OPT_timing);
  line.output = arguments.getLastArgValue(OPT_output).str();
  line.triple = arguments.getLastArgValue(OPT_triple).str();
  line.prefix = arguments.getLastArgValue(OPT_prefix, line.prefix).str();
  line.form = arguments.getLastArgValue(OPT_form, line.form).str();
  line.precision =
      arguments.getLastArgValue(OPT_precision, line.precision).str();
  line.remarks = arguments.hasArg(OPT_remarks);
  line.stopAfter = arguments.getLastArgValue(OPT_stop_after).str();
  fillList(line.targets, arguments.getLastArg(OPT_target));
  fillList(line.cpus, arguments.getLastArg(OPT_cpu));
  fillList(line.gpus, arguments.getLastArg(OPT_gpu));
  line.cache = arguments.getLastArgValue(OPT_cache).str();
  for (const opt::Arg *argument : arguments)
    if (changesOutput(*argument))
      line.asked.push_back(argument->getAsString(arguments));
  if (Error error = fillCacheSize(line, arguments.getLastArg(OPT_cache_size)))
    return error;
  if (Error error = fillJobs(line, arguments.getLastArg(OPT_jobs)))
    return error;
  if (line.help || line.version)
    return Error::success();
  std::vector<std::string> inputs = arguments.getAllArgValues(OPT_INPUT);
  if (inputs.size() != 1)
    return createStringError("expects one model, but got " +
                             Twine(inputs.size()));
  line.input = inputs.front();
  if (line.output.empty())
    return createStringError("expects an output: -o OUT");
  if (Error error = checkTargets(line.targets))
    return error;
  if (Error error = expectDifferent("--gpu", line.gpus))
    return error;
  if (Error error = checkGpus(line, arguments.getLastArg(OPT_gpu)))
    return error;
  if (Error error = checkForm(line.form))
    return error;
  if (Error error = checkPrecision(line.precision))
    return error;
  return checkPrefix(line.prefix);
}

Expected<CommandLine> parseCommandLine(ArrayRef<const char *> arguments) {
  Options options;
  unsigned missingIndex = 0, missingCount = 0;
  opt::InputArgList parsed =
      options.ParseArgs(arguments, missingIndex, missingCount);
  if (missingCount != 0)
    return createStringError("'" + Twine(parsed.getArgString(missingIndex)) +
                             "' expects a value");
  for (const opt::Arg *argument : parsed.filtered(OPT_UNKNOWN)) {
    std::string text = argument->getAsString(parsed), nearest;
    if (options.findNearest(text, nearest) > text.size() / 2)
      return createStringError("unknown option '" + text + "'");
    return createStringError("unknown option '" + text + "', did you mean '" +
                             nearest + "'?");
  }
  CommandLine line;
  if (Error error = fill(line, parsed))
    return std::move(error);
  return line;
}

void printHelp(raw_ostream &out) {
  Options().printHelp(out, "attention-compile MODEL.mlir -o OUT [options]",
                      "Compiles an attention model ahead of time");
  out << "\nSTAGES:\n";
  for (const CpuStage &stage : cpuStages())
    out << "  " << left_justify(stage.name, 12) << stage.summary << "\n";
  out << "\nSTAGES for --target=cuda:\n";
  for (const GpuStage &stage : gpuArtefactStages())
    out << "  " << left_justify(stage.name, 12) << stage.summary << "\n";
}

} // namespace attention
