//===- Names in messages
//---------------------------------------------------===//
#include "runtime/files/NearestName.h"

#include <algorithm>
#include <cstddef>
#include <numeric>

using namespace attention;

std::string attention::quote(const std::string &text) {
  const size_t longest = 200;
  std::string line = text.substr(0, longest);
  for (char &letter : line)
    if (static_cast<unsigned char>(letter) < ' ' || letter == 0x7f)
      letter = '?';
  return "'" + line + (text.size() > longest ? "...'" : "'");
}

/// Insertions, deletions and substitutions from `from` to `to`.
static size_t editDistance(const std::string &from, const std::string &to) {
  std::vector<size_t> row(to.size() + 1);
  std::iota(row.begin(), row.end(), size_t(0));
  for (size_t i = 0; i < from.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < to.size(); ++j) {
      const size_t substituted = diagonal + (from[i] != to[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({substituted, row[j] + 1, diagonal + 1});
    }
  }
  return row.back();
}

std::string attention::nearestName(const std::string &name,
                                   const std::vector<std::string> &candidates) {
  // Names out of hostile files may be long, and the distance is quadratic.
  const size_t longest = 512;
  std::string best;
  size_t bestDistance = SIZE_MAX;
  for (const std::string &candidate : candidates) {
    const size_t distance =
        editDistance(name.substr(0, longest), candidate.substr(0, longest));
    if (distance < bestDistance) {
      bestDistance = distance;
      best = candidate;
    }
  }
  return best;
}

std::string attention::nearestHint(const std::string &name,
                                   const std::vector<std::string> &candidates) {
  if (candidates.empty())
    return "";
  return " (the nearest is " + quote(nearestName(name, candidates)) + ")";
}
