//===- The Sentence Transformers part of a checkpoint
//----------------------===//
#ifndef ATTENTION_TOOLS_IMPORT_POOLINGCONFIG_H
#define ATTENTION_TOOLS_IMPORT_POOLINGCONFIG_H

#include "runtime/files/Result.h"

#include <cstdint>

namespace attention {

/// How token states become one embedding.
enum class Pooling { Absent, Mean, FirstToken };

struct PoolingConfig {
  Pooling pooling = Pooling::Absent;
  bool normalize = false;
};

/// Reads DIRECTORY/modules.json (Sentence Transformers) and what it refers to;
/// without that file there is no pooling.
Result<PoolingConfig> readPoolingConfig(const std::string &directory,
                                        int64_t width);

} // namespace attention
#endif
