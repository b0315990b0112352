//===- What a checkpoint's configuration says of an encoder
//----------------===//
#ifndef ATTENTION_TOOLS_IMPORT_ENCODERCONFIG_H
#define ATTENTION_TOOLS_IMPORT_ENCODERCONFIG_H

#include "runtime/files/Result.h"

#include <cstdint>

namespace attention {

/// How one `model_type` of the BERT family differs from the others: what its
/// tensors are called and how it numbers positions.
struct EncoderFamily {
  const char *modelType;
  /// What checkpoints with a head put before every name.
  const char *prefix;
  /// Names inside "encoder.layer.N.".
  const char *query, *key, *value, *output, *attentionNorm;
  bool hasTokenTypes;
  /// Positions count the tokens that are not padding, from padding_idx + 1.
  bool countsTokens;
  /// A learned bias for each head and bucket of distances (T5's buckets).
  bool hasDistanceBias;
};

/// The family of this name, or null.
const EncoderFamily *findEncoderFamily(const std::string &modelType);

/// Every supported name, separated by commas.
std::string encoderFamilyNames();

enum class Activation { Gelu, GeluTanh, Silu };

struct EncoderConfig {
  const EncoderFamily *family = nullptr;
  int64_t layers = 0;
  int64_t heads = 0;
  int64_t width = 0; ///< of a token's state
  int64_t innerWidth = 0;
  int64_t vocabulary = 0;
  int64_t positions = 0; ///< rows of the table of positions
  int64_t tokenTypes = 0;
  int64_t padding = 0; ///< the token id that stands for none
  int64_t distanceBuckets = 0;
  double epsilon = 0;
  Activation activation = Activation::Gelu;
};

/// Reads DIRECTORY/config.json; what this importer cannot express is refused by
/// name.
Result<EncoderConfig> readEncoderConfig(const std::string &directory);

} // namespace attention
#endif
