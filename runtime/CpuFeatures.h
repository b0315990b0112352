//===- What this processor can do -------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_CPUFEATURES_H
#define ATTENTION_RUNTIME_CPUFEATURES_H

#include <string>

namespace attention {

/// "x86_64" or "aarch64": what this code was compiled for.
const char *hostArchitecture();

/// The first feature of a comma-separated list that the processor lacks, the
/// operating system has not enabled, or nobody has heard of; empty if all are
/// there. Features are named as LLVM or the kernel name them ("avx512bf16",
/// "avx512_bf16").
std::string missingFeature(const std::string &features);

} // namespace attention
#endif
