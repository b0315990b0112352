#include "tools/attention-import/EncoderConfig.h"

#include "runtime/files/NearestName.h"
#include "tools/attention-import/JsonFile.h"

using namespace attention;

static constexpr EncoderFamily bertLike(const char *modelType,
                                        const char *prefix, bool countsTokens) {
  return {modelType,
          prefix,
          "attention.self.query",
          "attention.self.key",
          "attention.self.value",
          "attention.output.dense",
          "attention.output.LayerNorm",
          /*hasTokenTypes=*/true,
          countsTokens,
          /*hasDistanceBias=*/false};
}

static constexpr EncoderFamily families[] = {
    bertLike("bert", "bert.", /*countsTokens=*/false),
    bertLike("roberta", "roberta.", /*countsTokens=*/true),
    bertLike("xlm-roberta", "roberta.", /*countsTokens=*/true),
    bertLike("camembert", "roberta.", /*countsTokens=*/true),
    {"mpnet", "mpnet.", "attention.attn.q", "attention.attn.k",
     "attention.attn.v", "attention.attn.o", "attention.LayerNorm",
     /*hasTokenTypes=*/false, /*countsTokens=*/true, /*hasDistanceBias=*/true},
};

const EncoderFamily *
attention::findEncoderFamily(const std::string &modelType) {
  for (const EncoderFamily &family : families)
    if (modelType == family.modelType)
      return &family;
  return nullptr;
}

std::string attention::encoderFamilyNames() {
  std::string names;
  for (const EncoderFamily &family : families)
    names += (names.empty() ? "" : ", ") + std::string(family.modelType);
  return names;
}

/// The activation that a configuration calls `name`.
static Result<Activation> parseActivation(const JsonFile &file) {
  Result<std::string> name = file.text("hidden_act");
  if (!name)
    return name.failure();
  if (*name == "gelu")
    return Activation::Gelu;
  if (*name == "gelu_new" || *name == "gelu_pytorch_tanh" ||
      *name == "gelu_fast")
    return Activation::GeluTanh;
  if (*name == "silu" || *name == "swish")
    return Activation::Silu;
  return file.expects("'hidden_act' to be gelu, gelu_new, gelu_pytorch_tanh, "
                      "gelu_fast, silu or swish",
                      "'" + *name + "'");
}

/// Refuses what would change the computation and is not imported.
static MaybeFailure refuseOtherModels(const JsonFile &file) {
  Result<std::string> position =
      file.text("position_embedding_type", "absolute");
  if (!position)
    return position.failure();
  if (*position != "absolute")
    return file.expects("'position_embedding_type' to be 'absolute'",
                        "'" + *position + "'");
  for (const char *name : {"is_decoder", "add_cross_attention"}) {
    Result<bool> set = file.flag(name);
    if (!set)
      return set.failure();
    if (*set)
      return file.expects("'" + std::string(name) + "' to be false", "true");
  }
  return std::nullopt;
}

/// Reads sizes into `config`, each of them a positive number.
static MaybeFailure readSizes(const JsonFile &file, EncoderConfig &config) {
  const std::pair<const char *, int64_t *> sizes[] = {
      {"num_hidden_layers", &config.layers},
      {"num_attention_heads", &config.heads},
      {"hidden_size", &config.width},
      {"intermediate_size", &config.innerWidth},
      {"vocab_size", &config.vocabulary},
      {"max_position_embeddings", &config.positions}};
  for (const auto &[name, size] : sizes) {
    Result<int64_t> number = file.positive(name);
    if (!number)
      return number.failure();
    *size = *number;
  }
  if (config.width % config.heads != 0)
    return file.expects(
        "'hidden_size' to be a multiple of 'num_attention_heads'",
        std::to_string(config.width) + " and " + std::to_string(config.heads));
  return std::nullopt;
}

/// Reads what only some families have.
static MaybeFailure readFamilySizes(const JsonFile &file,
                                    EncoderConfig &config) {
  if (config.family->hasTokenTypes) {
    Result<int64_t> types = file.positive("type_vocab_size");
    if (!types)
      return types.failure();
    config.tokenTypes = *types;
  }
  if (config.family->hasDistanceBias) {
    Result<int64_t> buckets =
        file.natural("relative_attention_num_buckets", 32);
    if (!buckets)
      return buckets.failure();
    // Half of the buckets for each direction, half of those one distance each.
    if (*buckets < 4 || *buckets > 128 || *buckets % 4 != 0)
      return file.expects("'relative_attention_num_buckets' to be a multiple "
                          "of 4 from 4 to 128",
                          std::to_string(*buckets));
    config.distanceBuckets = *buckets;
  }
  Result<int64_t> padding =
      file.natural("pad_token_id", config.family->countsTokens ? 1 : 0);
  if (!padding)
    return padding.failure();
  config.padding = *padding;
  return std::nullopt;
}

Result<EncoderConfig>
attention::readEncoderConfig(const std::string &directory) {
  Result<JsonFile> file = JsonFile::read(directory + "/config.json");
  if (!file)
    return file.failure();
  Result<std::string> modelType = file->text("model_type");
  if (!modelType)
    return modelType.failure();
  EncoderConfig config;
  config.family = findEncoderFamily(*modelType);
  if (!config.family)
    return file->expects("'model_type' to be one of " + encoderFamilyNames(),
                         "'" + *modelType + "'");
  if (MaybeFailure failure = refuseOtherModels(*file))
    return *failure;
  if (MaybeFailure failure = readSizes(*file, config))
    return *failure;
  if (MaybeFailure failure = readFamilySizes(*file, config))
    return *failure;
  Result<double> epsilon = file->positiveNumber("layer_norm_eps");
  if (!epsilon)
    return epsilon.failure();
  config.epsilon = *epsilon;
  Result<Activation> activation = parseActivation(*file);
  if (!activation)
    return activation.failure();
  config.activation = *activation;
  return config;
}
