//===- The command line of attention-bench --------------------------------===//
#include "tools/attention-bench/BenchOptions.h"

#include "runtime/files/Flags.h"

using namespace attention;

static MaybeFailure storeClock(BenchOptions &options,
                               const std::string &value) {
  if (value != "wall" && value != "cpu")
    return Failure{"expects wall or cpu after --clock, but got " +
                   quote(value)};
  options.clock = value == "cpu" ? Clock::Processor : Clock::Wall;
  return std::nullopt;
}

static const Flag<BenchOptions> flags[] = {
    {"--filter", "REGEX",
     "measure the rows whose name matches (an extended regular expression)",
     [](BenchOptions &options, const std::string &value) -> MaybeFailure {
       options.filter = value;
       return std::nullopt;
     }},
    {"--threads", "N", "run on N threads (default: one per processor)",
     [](BenchOptions &options, const std::string &value) {
       return storeCount(options.threads, 1024, "--threads", value);
     }},
    {"--cpu", "NAME",
     "compile for this processor, as attention-compile does (native)",
     [](BenchOptions &options, const std::string &value) -> MaybeFailure {
       options.cpu = value;
       return std::nullopt;
     }},
    {"--device", "NAME",
     "cuda, or cuda:1: measure an NVIDIA GPU, beside its own products of "
     "matrices and copies",
     [](BenchOptions &options, const std::string &value) -> MaybeFailure {
       options.device = value;
       return std::nullopt;
     }},
    {"--gpu", "NAMES",
     "compile for these, of which the device takes the best (sm_80,sm_90a)",
     [](BenchOptions &options, const std::string &value) -> MaybeFailure {
       options.gpu = value;
       return std::nullopt;
     }},
    {"--shrink", "N",
     "divide all lengths by N, also those that peaks of a device are measured "
     "at: to try the table out",
     [](BenchOptions &options, const std::string &value) {
       return storeCount(options.shrink, 8192, "--shrink", value);
     }},
    {"--rounds", "N", "measure every row and peak N times, in turns (5)",
     [](BenchOptions &options, const std::string &value) {
       return storeCount(options.rounds, 1000, "--rounds", value);
     }},
    {"--milliseconds", "N", "repeat within a turn for so long at least (50)",
     [](BenchOptions &options, const std::string &value) {
       return storeCount(options.milliseconds, 60000, "--milliseconds", value);
     }},
    {"--clock", "wall|cpu",
     "cpu: processor time, where others use the machine (best with "
     "--threads 1)",
     storeClock},
    {"--json", "F", "write all figures as JSON",
     [](BenchOptions &options, const std::string &value) -> MaybeFailure {
       options.json = value;
       return std::nullopt;
     }},
    {"--remarks", nullptr,
     "print what the compiler says of each row: forms, tiles, what bounds them",
     [](BenchOptions &options, const std::string &) -> MaybeFailure {
       options.remarks = true;
       return std::nullopt;
     }},
    {"--list", nullptr, "print the names of the rows and stop",
     [](BenchOptions &options, const std::string &) -> MaybeFailure {
       options.list = true;
       return std::nullopt;
     }},
    {"--text", nullptr, "print the models of the rows and stop",
     [](BenchOptions &options, const std::string &) -> MaybeFailure {
       options.text = true;
       return std::nullopt;
     }},
    {"--help", nullptr, "print this text",
     [](BenchOptions &options, const std::string &) -> MaybeFailure {
       options.help = true;
       return std::nullopt;
     }},
};

Result<BenchOptions>
attention::parseBenchOptions(int argumentCount, const char *const *arguments) {
  const std::vector<std::string> texts(arguments + 1,
                                       arguments + argumentCount);
  BenchOptions options;
  for (size_t index = 0; index < texts.size(); ++index) {
    if (texts[index].compare(0, 1, "-") != 0)
      return Failure{"expects flags alone, but got " + quote(texts[index])};
    Result<const Flag<BenchOptions> *> flag = findFlag(flags, texts[index]);
    if (!flag)
      return flag.failure();
    Result<std::string> value = readFlagValue((*flag)->text(), texts, index);
    if (!value)
      return value.failure();
    if (MaybeFailure failure = (*flag)->store(options, *value))
      return *failure;
  }
  if (options.onDevice() && options.clock != Clock::Wall)
    return Failure{"expects --clock wall for device " + quote(options.device)};
  return options;
}

std::string attention::benchHelp() {
  return "usage: attention-bench [flags]\n\n"
         "Measures compiled attention, each row beside what this machine can "
         "do at most.\n\n" +
         flagsHelp(flags);
}
