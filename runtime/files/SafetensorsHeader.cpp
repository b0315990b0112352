//===- The JSON header of a .safetensors file -----------------------------===//
//
// The parser of nlohmann-json is iterative and reports by return values; the
// handler below accepts only the events of a header, so that nesting and size
// of what it keeps are bounded by the text.
//
//===----------------------------------------------------------------------===//
#include "runtime/files/SafetensorsHeader.h"

#include "runtime/files/NearestName.h"

#include <nlohmann/json.hpp>
#include <set>

using namespace attention;

namespace {
/// Every method returns false to stop the parser, after noting why.
class HeaderHandler final : public nlohmann::json_sax<nlohmann::json> {
public:
  std::map<std::string, HeaderEntry> entries;
  std::string problem;

  bool key(string_t &name) override;
  bool string(string_t &value) override;
  bool number_unsigned(number_unsigned_t value) override;
  bool start_object(std::size_t) override;
  bool end_object() override;
  bool start_array(std::size_t) override;
  bool end_array() override;
  bool null() override { return unexpected("null"); }
  bool boolean(bool) override { return unexpected("a boolean"); }
  bool number_integer(number_integer_t) override {
    return unexpected("a negative number");
  }
  bool number_float(number_float_t, const string_t &) override {
    return unexpected("a number that is no size");
  }
  bool binary(binary_t &) override { return unexpected("binary data"); }
  bool parse_error(std::size_t position, const std::string &,
                   const nlohmann::detail::exception &) override {
    return fail("it is not JSON at byte " + std::to_string(position));
  }

private:
  /// Where in the header the parser is.
  enum class Place { Outside, Names, Metadata, Entry, Sizes };

  bool fail(std::string text) {
    problem = std::move(text);
    return false;
  }
  bool unexpected(const char *what) {
    return fail(std::string("unexpected ") + what +
                (name.empty() ? "" : " in " + quote(name)));
  }
  bool startField(const std::string &field);

  Place place = Place::Outside;
  std::string name;  // of the entry
  std::string field; // of the entry, once its key was read
  std::set<std::string> fields;
  HeaderEntry *entry = nullptr;
  std::vector<int64_t> *sizes = nullptr;
  bool hasMetadata = false;
};
} // namespace

bool HeaderHandler::key(string_t &text) {
  if (place == Place::Metadata)
    return true;
  if (place == Place::Entry)
    return startField(text);
  name = text;
  if (name == "__metadata__")
    return std::exchange(hasMetadata, true) ? fail("two '__metadata__'") : true;
  if (entries.count(name))
    return fail("two tensors named " + quote(name));
  entry = &entries[name];
  return true;
}

bool HeaderHandler::startField(const std::string &text) {
  if (!fields.insert(text).second)
    return fail("two " + quote(text) + " in " + quote(name));
  if (text != "dtype" && text != "shape" && text != "data_offsets")
    return fail("unexpected key " + quote(text) + " in " + quote(name));
  field = text;
  return true;
}

bool HeaderHandler::string(string_t &value) {
  if (place == Place::Metadata)
    return true;
  if (place != Place::Entry || field != "dtype")
    return unexpected("string");
  entry->dtype = value;
  return true;
}

bool HeaderHandler::number_unsigned(number_unsigned_t value) {
  if (place != Place::Sizes)
    return unexpected("number");
  if (value > static_cast<uint64_t>(INT64_MAX))
    return unexpected("number that is too large");
  sizes->push_back(static_cast<int64_t>(value));
  return true;
}

bool HeaderHandler::start_object(std::size_t) {
  switch (place) {
  case Place::Outside:
    place = Place::Names;
    return true;
  case Place::Names:
    place = name == "__metadata__" ? Place::Metadata : Place::Entry;
    fields.clear();
    return true;
  default:
    return unexpected("object");
  }
}

bool HeaderHandler::end_object() {
  if (place == Place::Entry && fields.size() != 3)
    return fail("expects 'dtype', 'shape' and 'data_offsets' in " +
                quote(name));
  place = place == Place::Names ? Place::Outside : Place::Names;
  return true;
}

bool HeaderHandler::start_array(std::size_t) {
  if (place != Place::Entry || field == "dtype")
    return unexpected("array");
  sizes = field == "shape" ? &entry->shape : &entry->offsets;
  place = Place::Sizes;
  return true;
}

bool HeaderHandler::end_array() {
  place = Place::Entry;
  return true;
}

Result<std::map<std::string, HeaderEntry>>
attention::parseSafetensorsHeader(const char *begin, const char *end) {
  HeaderHandler handler;
  if (!nlohmann::json::sax_parse(begin, end, &handler))
    return Failure{handler.problem};
  return std::move(handler.entries);
}
