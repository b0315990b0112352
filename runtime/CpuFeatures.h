//===- What this processor can do -------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_CPUFEATURES_H
#define ATTENTION_RUNTIME_CPUFEATURES_H

#include <string>
#include <vector>

namespace attention {

/// "x86_64" or "aarch64": what this code was compiled for.
const char *hostArchitecture();

/// The features of a comma-separated list that the processor lacks, the
/// operating system has not enabled, or nobody has heard of, in their order.
/// Features are named as LLVM or the kernel name them ("avx512bf16",
/// "avx512_bf16").
std::vector<std::string> missingFeatures(const std::string &features);

/// All that this processor has and the operating system has enabled, beyond the
/// baseline of the architecture, separated by commas.
std::string presentFeatures();

/// Features that the kernel grants to a process that asks for them: of those,
/// asks for what `features` names. Returns what was refused, in their order.
std::vector<std::string> refusedFeatures(const std::string &features);

} // namespace attention
#endif
