//===- The command line of programs that run a model ----------------------===//
#include "runtime/files/RunOptions.h"

#include "runtime/files/Flags.h"

#include <algorithm>

using namespace attention;

static MaybeFailure storeInput(RunOptions &options, const std::string &value) {
  Result<InputSpec> spec = parseInputSpec(value);
  if (!spec)
    return spec.failure();
  for (const InputSpec &other : options.inputs)
    if (other.name == spec->name)
      return Failure{"input '" + spec->name + "' is given twice"};
  options.inputs.push_back(std::move(*spec));
  return std::nullopt;
}

static MaybeFailure storeOutput(RunOptions &options, const std::string &value) {
  const size_t equals = value.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == value.size())
    return Failure{"expects NAME=F.npy, but got '" + value + "'"};
  OutputSpec spec{value.substr(0, equals), value.substr(equals + 1)};
  for (const OutputSpec &other : options.outputs)
    if (other.name == spec.name)
      return Failure{"output '" + spec.name + "' is given twice"};
  options.outputs.push_back(std::move(spec));
  return std::nullopt;
}

static MaybeFailure storeChunks(RunOptions &options, const std::string &value) {
  options.chunks.clear();
  for (size_t from = 0; from <= value.size();) {
    const size_t comma = std::min(value.find(',', from), value.size());
    options.chunks.emplace_back();
    if (MaybeFailure failure =
            storeCount(options.chunks.back(), 1000000000, "--chunks",
                       value.substr(from, comma - from)))
      return failure;
    from = comma + 1;
  }
  return std::nullopt;
}

static MaybeFailure storeDevice(RunOptions &options, const std::string &value) {
  if (value != "cpu" && value != "cuda" && value.rfind("cuda:", 0) != 0)
    return Failure{"expects device cpu, cuda or cuda:N, but got '" + value +
                   "'"};
  options.device = value;
  return std::nullopt;
}

static const Flag<RunOptions> flags[] = {
    {"--weights", "F.safetensors...", "map weights from these files",
     [](RunOptions &options, const std::string &value) -> MaybeFailure {
       options.weights.push_back(value);
       return std::nullopt;
     }},
    {"--input", "NAME=F.npy",
     "read an input; also NAME=random:1x8x2048x64[:SEED] (standard normal) "
     "and NAME=zeros:1x8",
     storeInput},
    {"--output", "NAME=F.npy", "write an output", storeOutput},
    {"--threads", "N", "run on N threads (default: one per processor)",
     [](RunOptions &options, const std::string &value) {
       return storeCount(options.threads, 1024, "--threads", value);
     }},
    {"--device", "cpu|cuda[:N]", "where to run (default: cpu)", storeDevice},
    {"--cpu", "NAME",
     "run the code for this processor (default: the best that fits)",
     [](RunOptions &options, const std::string &value) -> MaybeFailure {
       options.cpu = value;
       return std::nullopt;
     }},
    {"--repeat", "N",
     "after one warm-up run N times and print the minimum, median and maximum "
     "time; inputs and results of a device stay there",
     [](RunOptions &options, const std::string &value) {
       return storeCount(options.repeat, 1000000, "--repeat", value);
     }},
    {"--json", "F",
     "write function, device, threads, bytes and seconds as JSON",
     [](RunOptions &options, const std::string &value) -> MaybeFailure {
       options.json = value;
       return std::nullopt;
     }},
    {"--chunks", "N,N...",
     "feed the tokens to a session in chunks of these lengths, the last "
     "repeating",
     storeChunks},
    {"--load-session", "F", "go on from the session in this file",
     [](RunOptions &options, const std::string &value) -> MaybeFailure {
       options.loadSession = value;
       return std::nullopt;
     }},
    {"--save-session", "F", "write the session to this file afterwards",
     [](RunOptions &options, const std::string &value) -> MaybeFailure {
       options.saveSession = value;
       return std::nullopt;
     }},
    {"--list", nullptr, "print the functions of the model and stop",
     [](RunOptions &options, const std::string &) -> MaybeFailure {
       options.list = true;
       return std::nullopt;
     }},
    {"--help", nullptr, "print this text",
     [](RunOptions &options, const std::string &) -> MaybeFailure {
       options.help = true;
       return std::nullopt;
     }},
};

static bool isWeightFile(const std::string &text) {
  const std::string suffix = ".safetensors";
  return text.size() >= suffix.size() &&
         text.compare(text.size() - suffix.size(), suffix.size(), suffix) == 0;
}

static MaybeFailure storePositional(RunOptions &options,
                                    const std::string &value) {
  if (value.empty())
    return Failure{"expects a name, but got ''"};
  if (options.model.empty())
    options.model = value;
  else if (options.function.empty())
    options.function = value;
  else
    return Failure{"expects a model and a function, but got '" + value +
                   "' as well"};
  return std::nullopt;
}

/// Reads the flag at `index` with its values and moves `index` to the last.
static MaybeFailure storeFlag(RunOptions &options,
                              const std::vector<std::string> &arguments,
                              size_t &index) {
  Result<const Flag<RunOptions> *> found = findFlag(flags, arguments[index]);
  if (!found)
    return found.failure();
  const Flag<RunOptions> &flag = **found;
  Result<std::string> value = readFlagValue(flag.text(), arguments, index);
  if (!value)
    return value.failure();
  if (MaybeFailure failure = flag.store(options, *value))
    return failure;
  // One --weights takes all shards that a shell's pattern names.
  while (flag.name == std::string("--weights") &&
         index + 1 < arguments.size() && isWeightFile(arguments[index + 1]))
    options.weights.push_back(arguments[++index]);
  return std::nullopt;
}

Result<RunOptions> attention::parseRunOptions(int argumentCount,
                                              const char *const *arguments) {
  const std::vector<std::string> texts(arguments + 1,
                                       arguments + argumentCount);
  RunOptions options;
  for (size_t index = 0; index < texts.size(); ++index) {
    const bool isFlag = texts[index].size() > 1 && texts[index][0] == '-';
    MaybeFailure failure = isFlag ? storeFlag(options, texts, index)
                                  : storePositional(options, texts[index]);
    if (options.help)
      return options;
    if (failure)
      return *failure;
  }
  if (options.model.empty())
    return Failure{"expects a model to run (see --help)"};
  return options;
}

std::string attention::runHelp(const std::string &program,
                               const std::string &model,
                               const std::string &summary) {
  return "usage: " + program + " " + model + " [FUNCTION] [flags]\n\n" +
         summary + "\n\n" + flagsHelp(flags);
}
