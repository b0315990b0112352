//===- Buckets of relative distances
//---------------------------------------===//
#ifndef ATTENTION_TOOLS_IMPORT_DISTANCEBUCKETS_H
#define ATTENTION_TOOLS_IMPORT_DISTANCEBUCKETS_H

#include <cstdint>
#include <vector>

namespace attention {

/// From this distance on, all distances of one direction share a bucket.
constexpr int64_t largestDistance = 128;

/// The bucket of each distance key - query from -largestDistance to
/// largestDistance (T5's rule, both directions): one bucket for each short
/// distance, then buckets that grow with the logarithm. `buckets` is a multiple
/// of 4, at most 128.
std::vector<int64_t> distanceBuckets(int64_t buckets);

} // namespace attention
#endif
