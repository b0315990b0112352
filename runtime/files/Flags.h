//===- Command lines as tables of flags -------------------------*- C++ -*-===//
//
// Read by hand: the messages name the nearest flag, and a library of command
// lines would pull exceptions into programs that have none.
//
//===----------------------------------------------------------------------===//
#ifndef ATTENTION_RUNTIME_FILES_FLAGS_H
#define ATTENTION_RUNTIME_FILES_FLAGS_H

#include "runtime/files/NearestName.h"
#include "runtime/files/Result.h"

#include <cstdint>

namespace attention {

/// How the user writes a flag.
struct FlagText {
  const char *name;
  const char *value; ///< what --help calls it; null where there is none
  const char *help;
};

template <typename Options> struct Flag {
  const char *name, *value, *help; ///< as in FlagText
  MaybeFailure (*store)(Options &options, const std::string &value);
  FlagText text() const { return {name, value, help}; }
};

/// A number from 1 to `most`, for `flag`.
MaybeFailure storeCount(int64_t &count, int64_t most, const char *flag,
                        const std::string &value);

/// Reads the value of `flag` in or behind the argument at `index`, which moves
/// to the last one read; "" where the flag has none.
Result<std::string> readFlagValue(const FlagText &flag,
                                  const std::vector<std::string> &arguments,
                                  size_t &index);

/// One line of --help.
std::string helpLine(const FlagText &flag);

/// The flag that an argument names, alone or before a "=".
template <typename Options, size_t count>
Result<const Flag<Options> *> findFlag(const Flag<Options> (&flags)[count],
                                       const std::string &argument) {
  const std::string name = argument.substr(0, argument.find('='));
  std::vector<std::string> names;
  for (const Flag<Options> &flag : flags) {
    if (name == flag.name)
      return &flag;
    names.push_back(flag.name);
  }
  return Failure{"unknown flag '" + name + "'" + nearestHint(name, names)};
}

template <typename Options, size_t count>
std::string flagsHelp(const Flag<Options> (&flags)[count]) {
  std::string text;
  for (const Flag<Options> &flag : flags)
    text += helpLine(flag.text());
  return text;
}

} // namespace attention
#endif
