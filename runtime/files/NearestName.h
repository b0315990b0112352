//===- Names in messages -----------------------------------------*- C++
//-*-===//
#ifndef ATTENTION_RUNTIME_FILES_NEARESTNAME_H
#define ATTENTION_RUNTIME_FILES_NEARESTNAME_H

#include <string>
#include <vector>

namespace attention {

/// The text in quotes, fit for one line of a message: cut where it is long,
/// control characters replaced.
std::string quote(const std::string &text);

/// The candidate of the smallest edit distance to `name`, the first of several;
/// empty if there are no candidates.
std::string nearestName(const std::string &name,
                        const std::vector<std::string> &candidates);

/// " (the nearest is 'x')" to end a message with, or "" without candidates.
std::string nearestHint(const std::string &name,
                        const std::vector<std::string> &candidates);

} // namespace attention
#endif
