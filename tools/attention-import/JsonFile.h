//===- Fields of JSON files, checked --------------------------------------===//
#ifndef ATTENTION_TOOLS_IMPORT_JSONFILE_H
#define ATTENTION_TOOLS_IMPORT_JSONFILE_H

#include "nlohmann/json.hpp"
#include "runtime/files/Result.h"

#include <cstdint>

namespace attention {

/// A JSON object and the file it came from, which every message names.
class JsonFile {
public:
  /// Reads a file that holds one object.
  static Result<JsonFile> read(const std::string &path);

  const nlohmann::json &root() const { return object; }
  const std::string &path() const { return file; }

  /// A whole number in [1, 2^31).
  Result<int64_t> positive(const char *field) const;
  /// A whole number in [0, 2^31), or `otherwise` where the field is absent or
  /// null.
  Result<int64_t> natural(const char *field, int64_t otherwise) const;
  /// A finite number above zero.
  Result<double> positiveNumber(const char *field) const;
  Result<std::string> text(const char *field) const;
  /// The text of a field, or `otherwise` where it is absent or null.
  Result<std::string> text(const char *field,
                           const std::string &otherwise) const;
  /// Whether the field is there and true.
  Result<bool> flag(const char *field) const;

  /// "PATH: expects WHAT, but got FOUND".
  Failure expects(const std::string &what, const std::string &found) const;

private:
  /// The field, or null where it is absent.
  const nlohmann::json &field(const char *name) const;
  Failure expectsField(const char *name, const std::string &what) const;

  nlohmann::json object;
  std::string file;
};

/// Parses a whole file as JSON of any kind.
Result<nlohmann::json> parseJsonFile(const std::string &path);

/// `value` on one line, shortened to what a message can hold.
std::string excerpt(const nlohmann::json &value);

} // namespace attention
#endif
