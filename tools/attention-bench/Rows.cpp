//===- All rows -----------------------------------------------------------===//
#include "tools/attention-bench/Rows.h"

#include "tools/attention-bench/ModelText.h"

using namespace attention;

Peak attention::productPeak(ElementType type) {
  if (type == ElementType::F64)
    return Peak::FmaF64;
  if (type == ElementType::BF16)
    for (const Peak peak : {Peak::AmxBf16, Peak::DotBf16})
      if (peakLoop(peak).run)
        return peak;
  return Peak::FmaF32;
}

std::string attention::shapeText(ElementType type, int64_t width,
                                 int64_t length) {
  return std::string(" ") + nameOf(type) + " d" + std::to_string(width) + " n" +
         std::to_string(length);
}

std::vector<InputPlan> attention::attendInputs(ElementType type, int64_t width,
                                               int64_t length, Fill keys) {
  const std::vector<int64_t> shape = {1, rowHeads, length, width};
  return {{"q", type, shape, Fill::Normal},
          {"k", type, shape, keys},
          {"v", type, shape, Fill::Normal}};
}

Group attention::decodeRows(ElementType type, int64_t shrink) {
  const int64_t queryHeads = 32, keys = shrunk(32768, shrink);
  Group group;
  for (const int64_t width : {64, 128}) {
    const std::vector<int64_t> kept = {1, rowHeads, keys, width};
    const double bytes = double(2 * rowHeads * keys * width * byteSize(type));
    group.push_back({"decode" + shapeText(type, width, keys),
                     print({"softmax",
                            type,
                            queryHeads,
                            rowHeads,
                            width,
                            " mask(#attention.causal)",
                            "",
                            "",
                            "",
                            {}}),
                     {{"q", type, {1, queryHeads, 1, width}, Fill::Normal},
                      {"k", type, kept, Fill::Normal},
                      {"v", type, kept, Fill::Normal}},
                     bytes,
                     Peak::Read,
                     ""});
  }
  return group;
}

/// What a device has in the place of a processor's peak.
static Peak devicePeak(Peak peak, ElementType type) {
  if (peak == Peak::Read)
    return Peak::Copy;
  if (type == ElementType::F32)
    return Peak::MatmulF32;
  if (type == ElementType::F64)
    return Peak::MatmulF64;
  return type == ElementType::F16 ? Peak::MatmulF16 : Peak::MatmulBf16;
}

std::vector<Group> attention::allRows(bool onDevice, int64_t shrink) {
  const auto types = {ElementType::F32, ElementType::F64, ElementType::F16,
                      ElementType::BF16};
  std::vector<Group> groups;
  for (const ElementType type : types)
    for (const int64_t width : {64, 128}) {
      groups.push_back(pairRows(type, width, shrink));
      groups.push_back(memoryRows(type, width, shrink));
    }
  for (const ElementType type : types)
    groups.push_back(decodeRows(type, shrink));
  for (Group &group : groups)
    for (Row &row : group)
      if (onDevice)
        row.peak = devicePeak(row.peak, row.inputs.front().type);
  return groups;
}
