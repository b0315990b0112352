//===- An encoder of the BERT family as MLIR
//-------------------------------===//
#ifndef ATTENTION_TOOLS_IMPORT_ENCODERTEXT_H
#define ATTENTION_TOOLS_IMPORT_ENCODERTEXT_H

#include "tools/attention-import/Checkpoint.h"
#include "tools/attention-import/EncoderConfig.h"
#include "tools/attention-import/PoolingConfig.h"

namespace attention {

/// The module: `encode` (ids, mask and, where the family has them, token types,
/// each [batch, length], to token states [batch, length, width]) and, where
/// pooling is configured, `embed` (to [batch, width]). The layers compute in
/// `computeType` (f32, bf16 or f16); the sum of embeddings, pooling, arguments
/// and results are f32. Fails where a weight is missing or not as expected.
Result<std::string> writeEncoder(const EncoderConfig &config,
                                 const PoolingConfig &pooling,
                                 const Checkpoint &checkpoint,
                                 ElementType computeType);

} // namespace attention
#endif
