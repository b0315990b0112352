#include "tools/attention-import/DistanceBuckets.h"

#include <algorithm>
#include <cmath>

using namespace attention;

/// The bucket among those of one direction. In float, as the reference does it:
/// at powers of two the rounding decides.
static int64_t bucketOf(int64_t distance, int64_t buckets) {
  const int64_t exact = buckets / 2;
  if (distance < exact)
    return distance;
  const float octaves =
      std::log(static_cast<float>(distance) / static_cast<float>(exact));
  const auto allOctaves = static_cast<float>(std::log(
      static_cast<double>(largestDistance) / static_cast<double>(exact)));
  const float share =
      octaves / allOctaves * static_cast<float>(buckets - exact);
  return std::min(exact + static_cast<int64_t>(share), buckets - 1);
}

std::vector<int64_t> attention::distanceBuckets(int64_t buckets) {
  const int64_t eachWay = buckets / 2;
  std::vector<int64_t> result;
  for (int64_t distance = -largestDistance; distance <= largestDistance;
       ++distance)
    result.push_back(bucketOf(std::abs(distance), eachWay) +
                     (distance > 0 ? eachWay : 0));
  return result;
}
