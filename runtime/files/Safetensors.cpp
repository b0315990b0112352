//===- .safetensors files -------------------------------------------------===//
#include "runtime/files/Safetensors.h"

#include "runtime/files/NearestName.h"
#include "runtime/files/SafetensorsHeader.h"

#include <algorithm>

using namespace attention;

namespace {
struct FileType {
  const char *name;
  int64_t bytes;
  std::optional<ElementType> type;
};
} // namespace

/// The types of the format whose elements are whole bytes.
static const FileType *findFileType(const std::string &name) {
  static const FileType types[] = {
      {"F32", 4, ElementType::F32}, {"F64", 8, ElementType::F64},
      {"F16", 2, ElementType::F16}, {"BF16", 2, ElementType::BF16},
      {"I64", 8, ElementType::I64}, {"I32", 4, ElementType::I32},
      {"BOOL", 1, ElementType::I1}, {"U8", 1, std::nullopt},
      {"I8", 1, std::nullopt},      {"U16", 2, std::nullopt},
      {"I16", 2, std::nullopt},     {"U32", 4, std::nullopt},
      {"U64", 8, std::nullopt},     {"C64", 8, std::nullopt},
      {"F8_E4M3", 1, std::nullopt}, {"F8_E5M2", 1, std::nullopt},
      {"F8_E8M0", 1, std::nullopt},
  };
  for (const FileType &type : types)
    if (name == type.name)
      return &type;
  return nullptr;
}

std::optional<ElementType> StoredTensor::type() const {
  const FileType *fileType = findFileType(dtype);
  return fileType ? fileType->type : std::nullopt;
}

/// Length of the header, after the eight bytes that say so.
static Result<uint64_t> headerLength(const std::byte *data, size_t size) {
  if (size < 8)
    return Failure{"expects at least 8 bytes, but got " + std::to_string(size)};
  uint64_t length = 0;
  for (int i = 7; i >= 0; --i)
    length = length << 8 | static_cast<uint8_t>(data[i]);
  // The limit of the reference implementation.
  const uint64_t longest = 100'000'000;
  if (length > longest)
    return Failure{"expects a header of at most " + std::to_string(longest) +
                   " bytes, but got " + std::to_string(length)};
  if (length > size - 8)
    return Failure{"expects a header of " + std::to_string(length) +
                   " bytes, but got " + std::to_string(size - 8)};
  return length;
}

/// Checks one entry by itself and places it in the data of the file.
static Result<StoredTensor> placeTensor(const std::string &name,
                                        const HeaderEntry &entry,
                                        const std::byte *data,
                                        int64_t dataSize) {
  const std::string label = quote(name);
  const FileType *type = findFileType(entry.dtype);
  if (!type)
    return Failure{label + " has unknown dtype " + quote(entry.dtype)};
  if (entry.offsets.size() != 2)
    return Failure{label + " expects two data_offsets, but got " +
                   std::to_string(entry.offsets.size())};
  const int64_t begin = entry.offsets[0], end = entry.offsets[1];
  if (begin > end || end > dataSize)
    return Failure{label + " expects data_offsets within " +
                   std::to_string(dataSize) + " bytes, but got " +
                   std::to_string(begin) + " and " + std::to_string(end)};
  int64_t bytes;
  if (!checkedProduct(entry.shape, type->bytes, bytes))
    return Failure{label +
                   " has a shape with more bytes than a size can count"};
  if (bytes != end - begin)
    return Failure{label + " expects " + std::to_string(bytes) +
                   " bytes for its shape, but got " +
                   std::to_string(end - begin)};
  return StoredTensor{name, entry.dtype, entry.shape, data + begin, bytes};
}

/// Fails unless the tensors follow one another through all of the data.
static MaybeFailure
checkCover(const std::map<std::string, StoredTensor> &tensors,
           const std::byte *data, int64_t dataSize) {
  std::vector<const StoredTensor *> sorted;
  for (const auto &[name, tensor] : tensors)
    sorted.push_back(&tensor);
  // Empty tensors come before the one that starts where they stand.
  std::sort(sorted.begin(), sorted.end(),
            [](const StoredTensor *a, const StoredTensor *b) {
              return std::make_pair(a->data, a->byteCount) <
                     std::make_pair(b->data, b->byteCount);
            });
  int64_t covered = 0;
  for (const StoredTensor *tensor : sorted) {
    const int64_t begin = tensor->data - data;
    if (begin != covered)
      return Failure{quote(tensor->name) + " " +
                     (begin < covered ? "overlaps the tensor before it"
                                      : "leaves a gap before it")};
    covered = begin + tensor->byteCount;
  }
  if (covered != dataSize)
    return Failure{"expects " + std::to_string(covered) +
                   " bytes of tensors, but got " + std::to_string(dataSize)};
  return std::nullopt;
}

MaybeFailure SafetensorsFile::readHeader() {
  Result<uint64_t> length = headerLength(file.data(), file.size());
  if (!length)
    return length.failure();
  const char *header = reinterpret_cast<const char *>(file.data()) + 8;
  Result<std::map<std::string, HeaderEntry>> entries =
      parseSafetensorsHeader(header, header + *length);
  if (!entries)
    return entries.failure();
  const std::byte *data = file.data() + 8 + *length;
  const auto dataSize = static_cast<int64_t>(file.size() - 8 - *length);
  for (const auto &[name, entry] : *entries) {
    Result<StoredTensor> tensor = placeTensor(name, entry, data, dataSize);
    if (!tensor)
      return tensor.failure();
    stored.emplace(name, std::move(*tensor));
  }
  return checkCover(stored, data, dataSize);
}

MaybeFailure SafetensorsFile::alignTensors() {
  for (auto &[name, tensor] : stored) {
    const std::optional<ElementType> type = tensor.type();
    if (!type || reinterpret_cast<uintptr_t>(tensor.data) %
                         static_cast<uintptr_t>(byteSize(*type)) ==
                     0)
      continue;
    Result<HostTensor> copy =
        HostTensor::allocate(*type, tensor.shape, quote(name));
    if (!copy)
      return copy.failure();
    std::copy_n(tensor.data, tensor.byteCount, copy->data());
    tensor.data = copy->data();
    copies.push_back(std::move(*copy));
  }
  return std::nullopt;
}

Result<SafetensorsFile> SafetensorsFile::open(const std::string &path) {
  Result<MappedFile> mapped = MappedFile::open(path);
  if (!mapped)
    return mapped.failure();
  SafetensorsFile file(path, std::move(*mapped));
  if (MaybeFailure failure = file.readHeader())
    return Failure{"malformed safetensors file '" + path +
                   "': " + failure->message};
  if (MaybeFailure failure = file.alignTensors())
    return *failure;
  return file;
}

MaybeFailure WeightFiles::add(const std::string &path) {
  Result<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.failure();
  files.push_back(std::move(*file));
  return std::nullopt;
}

bool WeightFiles::contains(const std::string &name) const {
  for (const SafetensorsFile &file : files)
    if (file.tensors().count(name))
      return true;
  return false;
}

std::vector<std::string> WeightFiles::names() const {
  std::vector<std::string> all;
  for (const SafetensorsFile &file : files)
    for (const auto &[name, tensor] : file.tensors())
      all.push_back(name);
  return all;
}

static std::string describe(const std::string &type,
                            const std::vector<int64_t> &shape) {
  return type + " of shape " + formatShape(shape);
}

Result<const StoredTensor *>
WeightFiles::find(const std::string &name, ElementType type,
                  const std::vector<int64_t> &shape) const {
  const StoredTensor *found = nullptr;
  const SafetensorsFile *home = nullptr;
  for (const SafetensorsFile &file : files) {
    auto it = file.tensors().find(name);
    if (it == file.tensors().end())
      continue;
    if (found)
      return Failure{"weight '" + name + "' is in '" + home->path() +
                     "' and in '" + file.path() + "'"};
    found = &it->second;
    home = &file;
  }
  if (!found)
    return Failure{"missing weight '" + name + "'" +
                   nearestHint(name, names())};
  if (found->type() != type || !shapeMatches(shape, found->shape))
    return Failure{
        "weight '" + name + "' expects " + describe(nameOf(type), shape) +
        ", but got " +
        describe(found->type() ? nameOf(*found->type()) : found->dtype,
                 found->shape) +
        " in '" + home->path() + "'"};
  return found;
}
