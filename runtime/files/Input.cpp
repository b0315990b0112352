//===- Inputs named on a command line -------------------------------------===//
#include "runtime/files/Input.h"

#include "runtime/files/Npy.h"

#include <cmath>
#include <cstring>

using namespace attention;

/// Digits only, the whole text, within T.
template <typename T>
static bool parseNumber(const std::string &text, T &value) {
  value = 0;
  for (char digit : text)
    if (digit < '0' || digit > '9' ||
        __builtin_mul_overflow(value, T(10), &value) ||
        __builtin_add_overflow(value, T(digit - '0'), &value))
      return false;
  return !text.empty();
}

/// "1x8x64" to its sizes; the empty text is the shape of a scalar.
static bool parseShape(const std::string &text, std::vector<int64_t> &shape) {
  if (text.empty())
    return true;
  for (size_t begin = 0; begin <= text.size();) {
    const size_t end = std::min(text.find('x', begin), text.size());
    int64_t size;
    if (!parseNumber(text.substr(begin, end - begin), size))
      return false;
    shape.push_back(size);
    begin = end + 1;
  }
  return true;
}

/// FNV-1a: inputs that name no seed differ from one another.
static uint64_t seedOf(const std::string &name) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char letter : name)
    hash = (hash ^ static_cast<unsigned char>(letter)) * 0x100000001b3;
  return hash;
}

Result<InputSpec> attention::parseInputSpec(const std::string &text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    return Failure{"expects NAME=F.npy, NAME=random:SHAPE[:SEED] or "
                   "NAME=zeros:SHAPE, but got '" +
                   text + "'"};
  InputSpec spec;
  spec.name = text.substr(0, equals);
  std::string value = text.substr(equals + 1);
  const bool random = value.rfind("random:", 0) == 0;
  if (!random && value.rfind("zeros:", 0) != 0) {
    spec.path = value;
    return spec;
  }
  spec.source = random ? InputSpec::Source::Random : InputSpec::Source::Zeros;
  spec.seed = seedOf(spec.name);
  std::string shape = value.substr(value.find(':') + 1);
  const size_t colon = shape.find(':');
  if (random && colon != std::string::npos) {
    const std::string seed = shape.substr(colon + 1);
    if (!parseNumber(seed, spec.seed))
      return Failure{"expects a seed of digits for input '" + spec.name +
                     "', but got '" + seed + "'"};
    shape.resize(colon);
  }
  if (!parseShape(shape, spec.shape))
    return Failure{"expects a shape like 1x8x2048x64 for input '" + spec.name +
                   "', but got '" + shape + "'"};
  return spec;
}

static uint64_t splitmix(uint64_t &state) {
  uint64_t z = state += 0x9e3779b97f4a7c15;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

void attention::fillNormal(HostTensor &tensor, uint64_t seed) {
  // Box and Muller: two uniform numbers, the first in (0, 1], give two normals.
  uint64_t state = seed;
  const double unit = 0x1p-53, turn = 6.283185307179586;
  const int64_t count = tensor.elementCount();
  for (int64_t i = 0; i < count; i += 2) {
    const double first = static_cast<double>((splitmix(state) >> 11) + 1);
    const double second = static_cast<double>(splitmix(state) >> 11);
    const double radius = std::sqrt(-2.0 * std::log(first * unit));
    const double angle = turn * (second * unit);
    tensor.setFromDouble(i, radius * std::cos(angle));
    if (i + 1 < count)
      tensor.setFromDouble(i + 1, radius * std::sin(angle));
  }
}

static MaybeFailure checkShape(const InputSpec &spec, ElementType type,
                               const std::vector<int64_t> &shape,
                               ElementType foundType,
                               const std::vector<int64_t> &foundShape) {
  if (type == foundType && shapeMatches(shape, foundShape))
    return std::nullopt;
  return Failure{"input '" + spec.name + "' expects " + nameOf(type) +
                 " of shape " + formatShape(shape) + ", but got " +
                 nameOf(foundType) + " of shape " + formatShape(foundShape) +
                 (spec.path.empty() ? "" : " in '" + spec.path + "'")};
}

Result<HostTensor> attention::loadInput(const InputSpec &spec, ElementType type,
                                        const std::vector<int64_t> &shape) {
  if (spec.source == InputSpec::Source::File) {
    Result<HostTensor> tensor = readNpy(spec.path);
    if (!tensor)
      return tensor;
    if (MaybeFailure failure =
            checkShape(spec, type, shape, tensor->type, tensor->shape))
      return *failure;
    return tensor;
  }
  const bool random = spec.source == InputSpec::Source::Random;
  if (random && !isFloat(type))
    return Failure{"expects a file or zeros for input '" + spec.name +
                   "' of type " + nameOf(type) + ", but got random"};
  if (MaybeFailure failure = checkShape(spec, type, shape, type, spec.shape))
    return *failure;
  Result<HostTensor> tensor =
      HostTensor::allocate(type, spec.shape, "input '" + spec.name + "'");
  if (!tensor)
    return tensor;
  if (random)
    fillNormal(*tensor, spec.seed);
  else
    std::memset(tensor->data(), 0, static_cast<size_t>(tensor->byteCount()));
  return tensor;
}
