#include "tools/attention-import/JsonFile.h"

#include "runtime/files/FileAccess.h"

#include <cmath>

using namespace attention;
using nlohmann::json;

static constexpr int64_t largestNumber = (int64_t(1) << 31) - 1;

Result<json> attention::parseJsonFile(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.failure();
  const char *text = reinterpret_cast<const char *>(file->data());
  // Printing and destroying a value recurse: what nests too deep is not kept.
  constexpr int deepest = 32;
  bool tooDeep = false;
  auto keep = [&](int depth, json::parse_event_t, json &) {
    tooDeep |= depth > deepest;
    return depth <= deepest;
  };
  json parsed = json::parse(text, text + file->size(), keep,
                            /*allow_exceptions=*/false);
  if (tooDeep)
    return Failure{path + ": expects JSON with at most " +
                   std::to_string(deepest) + " levels, but got more"};
  if (parsed.is_discarded())
    return Failure{path + ": expects JSON, but it does not parse as such"};
  return parsed;
}

std::string attention::excerpt(const json &value) {
  constexpr size_t longest = 60;
  std::string text = value.dump(-1, ' ', /*ensure_ascii=*/true,
                                json::error_handler_t::replace);
  return text.size() <= longest ? text : text.substr(0, longest) + "...";
}

Result<JsonFile> JsonFile::read(const std::string &path) {
  Result<json> parsed = parseJsonFile(path);
  if (!parsed)
    return parsed.failure();
  JsonFile result;
  result.file = path;
  result.object = std::move(*parsed);
  if (!result.object.is_object())
    return result.expects("a JSON object", excerpt(result.object));
  return result;
}

const json &JsonFile::field(const char *name) const {
  static const json absent;
  auto found = object.find(name);
  return found == object.end() ? absent : *found;
}

Failure JsonFile::expects(const std::string &what,
                          const std::string &found) const {
  return {file + ": expects " + what + ", but got " + found};
}

Failure JsonFile::expectsField(const char *name,
                               const std::string &what) const {
  const json &value = field(name);
  return expects("'" + std::string(name) + "' to be " + what,
                 value.is_null() ? "none" : excerpt(value));
}

Result<int64_t> JsonFile::positive(const char *name) const {
  const json &value = field(name);
  if (!value.is_number_unsigned() || value.get<uint64_t>() < 1 ||
      value.get<uint64_t>() > uint64_t(largestNumber))
    return expectsField(name, "a positive number below 2^31");
  return value.get<int64_t>();
}

Result<int64_t> JsonFile::natural(const char *name, int64_t otherwise) const {
  const json &value = field(name);
  if (value.is_null())
    return otherwise;
  if (!value.is_number_unsigned() ||
      value.get<uint64_t>() > uint64_t(largestNumber))
    return expectsField(name, "a number from 0 to 2^31 - 1");
  return value.get<int64_t>();
}

Result<double> JsonFile::positiveNumber(const char *name) const {
  const json &value = field(name);
  if (!value.is_number() || !std::isfinite(value.get<double>()) ||
      value.get<double>() <= 0)
    return expectsField(name, "a finite number above 0");
  return value.get<double>();
}

Result<std::string> JsonFile::text(const char *name) const {
  const json &value = field(name);
  if (!value.is_string())
    return expectsField(name, "a text");
  return value.get<std::string>();
}

Result<std::string> JsonFile::text(const char *name,
                                   const std::string &otherwise) const {
  return field(name).is_null() ? Result<std::string>(otherwise) : text(name);
}

Result<bool> JsonFile::flag(const char *name) const {
  const json &value = field(name);
  if (value.is_null())
    return false;
  if (!value.is_boolean())
    return expectsField(name, "true or false");
  return value.get<bool>();
}
