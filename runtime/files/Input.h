//===- Inputs named on a command line ---------------------------*- C++ -*-===//
//
// NAME=F.npy, NAME=random:1x8x2048x64[:SEED] or NAME=zeros:1x8x2048x64, alike
// for every program that runs models: the same text gives the same numbers.
//
//===----------------------------------------------------------------------===//
#ifndef ATTENTION_RUNTIME_FILES_INPUT_H
#define ATTENTION_RUNTIME_FILES_INPUT_H

#include "runtime/files/HostTensor.h"

namespace attention {

struct InputSpec {
  enum class Source { File, Random, Zeros };
  std::string name;
  Source source = Source::File;
  std::string path;           // of a file
  std::vector<int64_t> shape; // of anything else
  uint64_t seed = 0;          // without :SEED one that follows from the name
};

Result<InputSpec> parseInputSpec(const std::string &text);

/// Reads or makes the input. Fails unless it has exactly the type and shape
/// that the model says (negative sizes accept any).
Result<HostTensor> loadInput(const InputSpec &spec, ElementType type,
                             const std::vector<int64_t> &shape);

/// Fills a tensor of a floating type with standard normal numbers, rounded to
/// that type; element i depends on the seed and i alone.
void fillNormal(HostTensor &tensor, uint64_t seed);

} // namespace attention
#endif
