//===- Which code of an artefact runs here --------------------------------===//
#include "runtime/Target.h"

#include "runtime/CpuFeatures.h"
#include "runtime/Status.h"
#include "runtime/files/NearestName.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

using namespace attention;

namespace {
/// A target, and what stands between it and this processor.
struct Candidate {
  const attn_target_desc *target;
  std::set<std::string> needed;
  std::vector<std::string> missing;

  explicit Candidate(const attn_target_desc *target)
      : target(target), missing(missingFeatures(target->cpu_features)) {
    const std::string features = target->cpu_features;
    for (size_t begin = 0; begin < features.size();) {
      const size_t end = std::min(features.find(',', begin), features.size());
      needed.insert(features.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  bool surpasses(const Candidate &other) const {
    return needed.size() > other.needed.size() &&
           std::includes(needed.begin(), needed.end(), other.needed.begin(),
                         other.needed.end());
  }
};
} // namespace

static std::string join(const std::vector<std::string> &names) {
  std::string text;
  for (const std::string &name : names)
    text += (text.empty() ? "" : ",") + name;
  return text;
}

/// What the machine has, and what each target needs beyond it.
static attn_status *noneFits(const std::vector<Candidate> &candidates) {
  std::string text = "expects a processor with other features: code for ";
  for (const Candidate &candidate : candidates)
    text += (&candidate == &candidates.front() ? "" : ", for ") +
            quote(candidate.target->cpu) + " needs " + join(candidate.missing);
  return makeStatus(ATTN_INCOMPATIBLE,
                    text + ", but this one has only " + presentFeatures());
}

static Candidate *best(std::vector<Candidate> &candidates) {
  for (size_t i = candidates.size(); i-- > 0;) {
    Candidate &one = candidates[i];
    if (!one.missing.empty())
      continue;
    const bool surpassed = std::any_of(
        candidates.begin(), candidates.end(), [&](const Candidate &other) {
          return other.missing.empty() && other.surpasses(one);
        });
    if (!surpassed)
      return &one;
  }
  return nullptr;
}

static attn_status *unknownTarget(const attn_artifact_desc &artifact,
                                  const char *cpu) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < artifact.target_count; ++i)
    names.push_back(artifact.targets[i]->cpu);
  for (int64_t i = 0; i < artifact.gpu_count; ++i)
    names.push_back(artifact.gpus[i]->gpu);
  return makeStatus(ATTN_NOT_FOUND, "the model has no code for " + quote(cpu) +
                                        ", but for " + join(names));
}

attn_status *attention::chooseTarget(const attn_artifact_desc &artifact,
                                     const char *cpu,
                                     const attn_target_desc *&chosen) {
  std::vector<Candidate> candidates;
  for (int64_t i = 0; i < artifact.target_count; ++i)
    if (!cpu || std::strcmp(cpu, artifact.targets[i]->cpu) == 0)
      candidates.emplace_back(artifact.targets[i]);
  if (candidates.empty())
    return unknownTarget(artifact, cpu);
  // Permissions are asked for what is going to run, not for what might.
  while (Candidate *candidate = best(candidates)) {
    candidate->missing = refusedFeatures(candidate->target->cpu_features);
    if (candidate->missing.empty()) {
      chosen = candidate->target;
      return nullptr;
    }
    candidate->missing.back() += " (which the kernel refuses)";
  }
  return noneFits(candidates);
}
