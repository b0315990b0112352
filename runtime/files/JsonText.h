//===- Text in JSON ---------------------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_FILES_JSONTEXT_H
#define ATTENTION_RUNTIME_FILES_JSONTEXT_H

#include <string>

namespace attention {

/// As a JSON string, quotes included.
std::string jsonString(const std::string &text);

} // namespace attention
#endif
