//===- Command lines as tables of flags -----------------------------------===//
#include "runtime/files/Flags.h"

#include <algorithm>

using namespace attention;

MaybeFailure attention::storeCount(int64_t &count, int64_t most,
                                   const char *flag, const std::string &value) {
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

Result<std::string>
attention::readFlagValue(const FlagText &flag,
                         const std::vector<std::string> &arguments,
                         size_t &index) {
  const std::string &argument = arguments[index];
  const size_t equals = argument.find('=');
  std::string value;
  if (equals != std::string::npos)
    value = argument.substr(equals + 1);
  if (!flag.value) {
    if (equals != std::string::npos)
      return Failure{"expects no value after " + std::string(flag.name) +
                     ", but got '" + value + "'"};
    return value;
  }
  if (equals == std::string::npos && index + 1 < arguments.size())
    value = arguments[++index];
  if (value.empty())
    return Failure{"expects " + std::string(flag.value) + " after " +
                   flag.name};
  return value;
}

std::string attention::helpLine(const FlagText &flag) {
  std::string line = std::string("  ") + flag.name;
  if (flag.value)
    line += std::string(" ") + flag.value;
  line.resize(std::max<size_t>(line.size() + 2, 30), ' ');
  return line + flag.help + "\n";
}
