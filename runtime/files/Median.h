//===- The number in the middle ---------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_FILES_MEDIAN_H
#define ATTENTION_RUNTIME_FILES_MEDIAN_H

#include <algorithm>
#include <vector>

namespace attention {

/// Of one number or more; the mean of both where two are in the middle.
inline double medianOf(std::vector<double> numbers) {
  std::sort(numbers.begin(), numbers.end());
  const size_t middle = numbers.size() / 2;
  return numbers.size() % 2 ? numbers[middle]
                            : (numbers[middle - 1] + numbers[middle]) / 2;
}

} // namespace attention
#endif
