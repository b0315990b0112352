//===- The command line of programs that run a model ----------------------===//
//
// A table of flags read by hand: the messages name the nearest flag, and a
// library of command lines would pull exceptions into programs that have none.
//
//===----------------------------------------------------------------------===//
#include "runtime/files/RunOptions.h"

#include "runtime/files/NearestName.h"

#include <algorithm>

using namespace attention;

namespace {
struct Flag {
  const char *name;
  const char *value; // what --help calls it; null where there is none
  const char *help;
  MaybeFailure (*store)(RunOptions &options, const std::string &value);
};
} // namespace

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

/// A number from 1 to `most`.
static MaybeFailure storeCount(int64_t &count, int64_t most, const char *flag,
                               const std::string &value) {
  const bool digits = !value.empty() && value.size() <= 9 &&
                      std::all_of(value.begin(), value.end(), [](char letter) {
                        return letter >= '0' && letter <= '9';
                      });
  count = digits ? std::stoll(value) : 0;
  if (count < 1 || count > most)
    return Failure{"expects a number from 1 to " + std::to_string(most) +
                   " after " + flag + ", but got " + quote(value)};
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

static MaybeFailure storeDevice(RunOptions &, const std::string &value) {
  if (value == "cpu")
    return std::nullopt;
  if (value == "cuda")
    return Failure{"device 'cuda' is not in this build"};
  return Failure{"expects device cpu or cuda, but got '" + value + "'"};
}

static const Flag flags[] = {
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
    {"--device", "cpu", "where to run", storeDevice},
    {"--repeat", "N",
     "after one warm-up run N times and print the minimum, median and maximum "
     "time",
     [](RunOptions &options, const std::string &value) {
       return storeCount(options.repeat, 1000000, "--repeat", value);
     }},
    {"--json", "F", "write function, threads, bytes and seconds as JSON",
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

static const Flag *findFlag(const std::string &name) {
  for (const Flag &flag : flags)
    if (name == flag.name)
      return &flag;
  return nullptr;
}

static Failure unknownFlag(const std::string &name) {
  std::vector<std::string> names;
  for (const Flag &flag : flags)
    names.push_back(flag.name);
  return {"unknown flag '" + name + "'" + nearestHint(name, names)};
}

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
  const std::string &argument = arguments[index];
  const size_t equals = argument.find('=');
  const std::string name = argument.substr(0, equals);
  const Flag *flag = findFlag(name);
  if (!flag)
    return unknownFlag(name);
  if (!flag->value) {
    if (equals != std::string::npos)
      return Failure{"expects no value after " + name + ", but got '" +
                     argument.substr(equals + 1) + "'"};
    return flag->store(options, "");
  }
  std::string value;
  if (equals != std::string::npos)
    value = argument.substr(equals + 1);
  else if (index + 1 < arguments.size())
    value = arguments[++index];
  if (value.empty())
    return Failure{"expects " + std::string(flag->value) + " after " + name};
  if (MaybeFailure failure = flag->store(options, value))
    return failure;
  // One --weights takes all shards that a shell's pattern names.
  while (name == "--weights" && index + 1 < arguments.size() &&
         isWeightFile(arguments[index + 1]))
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
  std::string text = "usage: " + program + " " + model +
                     " [FUNCTION] [flags]\n\n" + summary + "\n\n";
  for (const Flag &flag : flags) {
    std::string left = std::string("  ") + flag.name;
    if (flag.value)
      left += std::string(" ") + flag.value;
    left.resize(std::max<size_t>(left.size() + 2, 30), ' ');
    text += left + flag.help + "\n";
  }
  return text;
}
