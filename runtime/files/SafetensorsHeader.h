//===- The JSON header of a .safetensors file -------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_FILES_SAFETENSORSHEADER_H
#define ATTENTION_RUNTIME_FILES_SAFETENSORSHEADER_H

#include "runtime/files/Result.h"

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace attention {

/// What the header says about one tensor; not checked against anything yet.
struct HeaderEntry {
  std::string dtype;
  std::vector<int64_t> shape;
  std::vector<int64_t> offsets; // begin and end
};

/// Reads a header: an object of entries, each with "dtype", "shape" and
/// "data_offsets", and at most one "__metadata__" of strings. Anything else is
/// a failure: duplicate or unknown keys, numbers that are no non-negative
/// int64_t, more nesting, invalid UTF-8.
Result<std::map<std::string, HeaderEntry>>
parseSafetensorsHeader(const char *begin, const char *end);

} // namespace attention
#endif
