//===- .npy files ---------------------------------------------------------===//
#include "runtime/files/Npy.h"

#include "runtime/files/FileAccess.h"
#include "runtime/files/NearestName.h"

#include <cstring>
#include <string_view>

using namespace attention;

namespace {
/// The header of a file, in the order of its keys.
struct Header {
  std::string description;
  bool fortranOrder = false;
  std::vector<int64_t> shape;
};

/// Reads the one Python literal that a header may be: a dictionary of the keys
/// 'descr', 'fortran_order' and 'shape', each once.
class HeaderParser {
public:
  explicit HeaderParser(std::string_view text) : text(text) {}
  /// False where the text is not such a dictionary.
  bool parse(Header &header);

private:
  bool parseEntry(Header &header);
  bool parseString(std::string &value);
  bool parseBool(bool &value);
  bool parseShape(std::vector<int64_t> &shape);
  bool parseSize(int64_t &value);
  void skipSpace();
  bool take(char expected);
  bool takeWord(std::string_view word);

  std::string_view text;
  bool hasDescription = false, hasOrder = false, hasShape = false;
};
} // namespace

void HeaderParser::skipSpace() {
  const size_t next = text.find_first_not_of(" \t\n");
  text.remove_prefix(next == std::string_view::npos ? text.size() : next);
}

bool HeaderParser::take(char expected) {
  skipSpace();
  if (text.empty() || text.front() != expected)
    return false;
  text.remove_prefix(1);
  return true;
}

bool HeaderParser::takeWord(std::string_view word) {
  skipSpace();
  if (text.substr(0, word.size()) != word)
    return false;
  text.remove_prefix(word.size());
  return true;
}

bool HeaderParser::parseString(std::string &value) {
  skipSpace();
  if (text.empty() || (text.front() != '\'' && text.front() != '"'))
    return false;
  const size_t end = text.find(text.front(), 1);
  if (end == std::string_view::npos)
    return false;
  value = text.substr(1, end - 1);
  text.remove_prefix(end + 1);
  return true;
}

bool HeaderParser::parseBool(bool &value) {
  value = takeWord("True");
  return value || takeWord("False");
}

bool HeaderParser::parseSize(int64_t &value) {
  skipSpace();
  value = 0;
  size_t digits = 0;
  for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9';
       ++digits)
    if (__builtin_mul_overflow(value, 10, &value) ||
        __builtin_add_overflow(value, text[digits] - '0', &value))
      return false;
  text.remove_prefix(digits);
  return digits > 0;
}

bool HeaderParser::parseShape(std::vector<int64_t> &shape) {
  if (!take('('))
    return false;
  while (!take(')')) {
    int64_t size;
    if (!parseSize(size))
      return false;
    shape.push_back(size);
    // "(3)" is a number in Python; a tuple of one element is "(3,)".
    if (!take(','))
      return shape.size() > 1 && take(')');
  }
  return true;
}

bool HeaderParser::parseEntry(Header &header) {
  std::string key;
  if (!parseString(key) || !take(':'))
    return false;
  if (key == "descr")
    return !std::exchange(hasDescription, true) &&
           parseString(header.description);
  if (key == "fortran_order")
    return !std::exchange(hasOrder, true) && parseBool(header.fortranOrder);
  if (key == "shape")
    return !std::exchange(hasShape, true) && parseShape(header.shape);
  return false;
}

bool HeaderParser::parse(Header &header) {
  if (!take('{'))
    return false;
  while (!take('}')) {
    if (!parseEntry(header))
      return false;
    if (!take(',')) {
      if (!take('}'))
        return false;
      break;
    }
  }
  skipSpace();
  return text.empty() && hasDescription && hasOrder && hasShape;
}

static const char *descriptionOf(ElementType type) {
  switch (type) {
  case ElementType::F32:
    return "<f4";
  case ElementType::F64:
    return "<f8";
  case ElementType::F16:
    return "<f2";
  case ElementType::BF16:
    return "<V2";
  case ElementType::I64:
    return "<i8";
  case ElementType::I32:
    return "<i4";
  case ElementType::I1:
    return "|b1";
  }
  return "";
}

static bool typeOf(const std::string &description, ElementType &type) {
  for (ElementType candidate :
       {ElementType::F32, ElementType::F64, ElementType::F16, ElementType::BF16,
        ElementType::I64, ElementType::I32, ElementType::I1})
    if (description == descriptionOf(candidate)) {
      type = candidate;
      return true;
    }
  type = ElementType::BF16;
  return description == "|V2";
}

/// The header's text, and what follows it.
struct Pieces {
  std::string_view header, data;
};

static Result<Pieces> cutHeader(std::string_view file,
                                const std::string &path) {
  if (file.size() < 8 || file.substr(0, 6) != "\x93NUMPY")
    return Failure{"expects a .npy file, but got '" + path + "'"};
  const int major = file[6], minor = file[7];
  if ((major != 1 && major != 2) || minor != 0)
    return Failure{"expects .npy version 1.0 or 2.0, but got " +
                   std::to_string(static_cast<unsigned char>(file[6])) + "." +
                   std::to_string(static_cast<unsigned char>(file[7])) +
                   " in '" + path + "'"};
  const size_t lengthBytes = major == 1 ? 2 : 4;
  if (file.size() < 8 + lengthBytes)
    return Failure{"truncated .npy header in '" + path + "'"};
  size_t length = 0;
  for (size_t i = 0; i < lengthBytes; ++i)
    length |= size_t(static_cast<unsigned char>(file[8 + i])) << (8 * i);
  file.remove_prefix(8 + lengthBytes);
  if (length > file.size())
    return Failure{"truncated .npy header in '" + path + "': expects " +
                   std::to_string(length) + " bytes, but got " +
                   std::to_string(file.size())};
  return Pieces{file.substr(0, length), file.substr(length)};
}

static MaybeFailure checkBooleans(const HostTensor &tensor,
                                  const std::string &path) {
  for (int64_t i = 0; i < tensor.byteCount(); ++i)
    if (static_cast<uint8_t>(tensor.data()[i]) > 1)
      return Failure{"expects 0 or 1 in a |b1 file, but got " +
                     std::to_string(static_cast<uint8_t>(tensor.data()[i])) +
                     " at element " + std::to_string(i) + " of '" + path + "'"};
  return std::nullopt;
}

Result<HostTensor> attention::readNpy(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.failure();
  Result<Pieces> pieces = cutHeader(
      {reinterpret_cast<const char *>(file->data()), file->size()}, path);
  if (!pieces)
    return pieces.failure();
  Header header;
  if (!HeaderParser(pieces->header).parse(header))
    return Failure{"malformed .npy header in '" + path + "'"};
  ElementType type;
  if (!typeOf(header.description, type))
    return Failure{"expects .npy type <f8, <f4, <f2, <i8, <i4, |b1, <V2 or "
                   "|V2, but got " +
                   quote(header.description) + " in '" + path + "'"};
  if (header.fortranOrder)
    return Failure{"expects C order, but got Fortran order in '" + path + "'"};
  int64_t bytes;
  if (!checkedProduct(header.shape, byteSize(type), bytes))
    return Failure{"shape " + formatShape(header.shape) + " in '" + path +
                   "' has more bytes than a size can count"};
  if (static_cast<uint64_t>(bytes) != pieces->data.size())
    return Failure{"expects " + std::to_string(bytes) +
                   " bytes of elements in '" + path + "', but got " +
                   std::to_string(pieces->data.size())};
  Result<HostTensor> tensor =
      HostTensor::allocate(type, header.shape, "'" + path + "'");
  if (!tensor)
    return tensor;
  if (bytes)
    std::memcpy(tensor->data(), pieces->data.data(), pieces->data.size());
  if (type == ElementType::I1)
    if (MaybeFailure failure = checkBooleans(*tensor, path))
      return *failure;
  return tensor;
}

MaybeFailure attention::writeNpy(const std::string &path, ElementType type,
                                 const std::vector<int64_t> &shape,
                                 const void *data) {
  int64_t bytes;
  if (!checkedProduct(shape, byteSize(type), bytes))
    return Failure{"shape " + formatShape(shape) +
                   " has more bytes than a size can count"};
  std::string dictionary = std::string("{'descr': '") + descriptionOf(type) +
                           "', 'fortran_order': False, 'shape': (";
  for (size_t axis = 0; axis < shape.size(); ++axis)
    dictionary += (axis ? " " : "") + std::to_string(shape[axis]) + ",";
  if (shape.size() > 1)
    dictionary.pop_back();
  dictionary += "), }";
  // The elements start at a multiple of 64 bytes, the header ends in a newline.
  const size_t prefix = 10;
  dictionary.append(63 - (prefix + dictionary.size()) % 64, ' ');
  dictionary += '\n';
  if (dictionary.size() > 0xffff)
    return Failure{"expects a shape that a .npy header holds, but got rank " +
                   std::to_string(shape.size())};
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(dictionary.size() & 0xff);
  header += static_cast<char>(dictionary.size() >> 8);
  header += dictionary;
  return writeAtomically(path, {{header.data(), header.size()},
                                {data, static_cast<size_t>(bytes)}});
}
