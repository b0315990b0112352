#include "tools/attention-import/EncoderText.h"

#include "tools/attention-import/DistanceBuckets.h"
#include "tools/attention-import/EncoderBuilder.h"

#include <cmath>

using namespace attention;

namespace {

/// One function over the same encoder: both functions begin alike.
class EncoderText {
public:
  EncoderText(const EncoderConfig &config, const Checkpoint &checkpoint,
              ElementType computeType, FunctionText &function)
      : config(config), family(*config.family),
        computeElement(nameOf(computeType)), function(function),
        build(function, checkpoint, checkpointPrefix(checkpoint)) {}

  /// Token states of the last layer, [batch, length, width] in f32.
  Value states();
  Value pooled(const Value &states, Pooling pooling);
  Value normalized(const Value &embedding);
  const MaybeFailure &failure() const { return build.failure(); }

private:
  std::string checkpointPrefix(const Checkpoint &checkpoint) const;
  void inputs();
  Value positions();
  Value countedPositions();
  Value embeddings();
  void distanceBias();
  std::string distanceScore() const;
  Value attend(const Value &input, const std::string &layer,
               const std::string &suffix);
  Value feedForward(const Value &input, const std::string &layer,
                    const std::string &suffix);
  Value activate(const Value &input, const std::string &suffix);
  Value meanOfTokens(const Value &states);
  Value firstToken(const Value &states);

  const EncoderConfig &config;
  const EncoderFamily &family;
  const std::string computeElement;
  FunctionText &function;
  EncoderBuilder build;
  Value ids, mask, tokenTypes, exists;
};

} // namespace

static const TensorType idsType = {{-1, -1}, "i64"};

/// Checkpoints of a model with a head on top put the family's prefix before
/// every name.
std::string EncoderText::checkpointPrefix(const Checkpoint &checkpoint) const {
  const std::string table = "embeddings.word_embeddings.weight";
  return !checkpoint.holds(table) && checkpoint.holds(family.prefix + table)
             ? family.prefix
             : "";
}

void EncoderText::inputs() {
  ids = function.argument("input_ids", idsType, "attention.name", "input_ids");
  mask = function.argument("attention_mask", idsType, "attention.name",
                           "attention_mask");
  if (family.hasTokenTypes)
    tokenTypes = function.argument("token_type_ids", idsType, "attention.name",
                                   "token_type_ids");
  function.line("%zero = arith.constant 0 : index");
  function.line("%one = arith.constant 1 : index");
  function.line("%batch = tensor.dim %input_ids, %zero : " + idsType.text());
  function.line("%length = tensor.dim %input_ids, %one : " + idsType.text());
  function.comment("A token exists where the mask is not zero.");
  function.line("%no_token = arith.constant 0 : i64");
  Value absent = function.define("absent", idsType,
                                 "tensor.splat %no_token[%batch, %length] : " +
                                     idsType.text());
  exists = function.define("exists", {idsType.shape, "i1"},
                           "arith.cmpi ne, " + operands({mask, absent}) +
                               " : " + idsType.text());
}

Value EncoderText::positions() {
  if (family.countsTokens)
    return countedPositions();
  function.comment("Row i stands at position i.");
  function.line("%positions = tensor.generate %batch, %length {");
  function.line("^bb0(%row: index, %column: index):");
  function.line("  %position = arith.index_cast %column : index to i64");
  function.line("  tensor.yield %position : i64");
  function.line("} : " + idsType.text());
  return {"positions", idsType};
}

Value EncoderText::countedPositions() {
  const std::string extract = " : " + idsType.text();
  function.comment("Tokens are counted from the padding id on; padding stands "
                   "at the padding id.");
  function.line("%padding = arith.constant " + std::to_string(config.padding) +
                " : i64");
  function.line("%positions = tensor.generate %batch, %length {");
  function.line("^bb0(%row: index, %column: index):");
  function.line("  %end = arith.addi %column, %one : index");
  function.line("  %count = scf.for %earlier = %zero to %end step %one "
                "iter_args(%sum = %no_token) -> (i64) {");
  function.line("    %id = tensor.extract %input_ids[%row, %earlier]" +
                extract);
  function.line("    %is_token = arith.cmpi ne, %id, %padding : i64");
  function.line("    %counted = arith.extui %is_token : i1 to i64");
  function.line("    %next = arith.addi %sum, %counted : i64");
  function.line("    scf.yield %next : i64");
  function.line("  }");
  function.line("  %own = tensor.extract %input_ids[%row, %column]" + extract);
  function.line("  %own_is_token = arith.cmpi ne, %own, %padding : i64");
  function.line(
      "  %offset = arith.select %own_is_token, %count, %no_token : i64");
  function.line("  %position = arith.addi %offset, %padding : i64");
  function.line("  tensor.yield %position : i64");
  function.line("} : " + idsType.text());
  return {"positions", idsType};
}

Value EncoderText::embeddings() {
  Value at = positions();
  function.comment("Embeddings, summed in f32.");
  Value sum = build.embed("words", "embeddings.word_embeddings.weight",
                          {config.vocabulary, config.width}, ids);
  if (family.hasTokenTypes) {
    Value kinds =
        build.embed("token_types", "embeddings.token_type_embeddings.weight",
                    {config.tokenTypes, config.width}, tokenTypes);
    sum = build.add("typed_words", sum, kinds);
  }
  Value places = build.embed("places", "embeddings.position_embeddings.weight",
                             {config.positions, config.width}, at);
  sum = build.add("embedded", sum, places);
  return build.layerNorm("states", sum, "embeddings.LayerNorm", config.epsilon);
}

void EncoderText::distanceBias() {
  const std::vector<int64_t> buckets = distanceBuckets(config.distanceBuckets);
  const TensorType type = {{static_cast<int64_t>(buckets.size())}, "i64"};
  function.comment("One bias for each head and distance (key - query, " +
                   std::to_string(-largestDistance) + " to " +
                   std::to_string(largestDistance) +
                   "), read from the table of buckets.");
  std::string list;
  for (int64_t bucket : buckets)
    list += (list.empty() ? "" : ", ") + std::to_string(bucket);
  Value bucket =
      function.define("bucket_of_distance", type,
                      "arith.constant dense<[" + list + "]> : " + type.text());
  build.embed("bias_of_distance", "encoder.relative_attention_bias.weight",
              {config.distanceBuckets, config.heads}, bucket);
  function.line("%nearest_end = arith.constant " +
                std::to_string(-largestDistance) + " : index");
  function.line("%farthest_end = arith.constant " +
                std::to_string(largestDistance) + " : index");
}

/// The clause that adds the bias of the distance to each score.
std::string EncoderText::distanceScore() const {
  const TensorType type = {{2 * largestDistance + 1, config.heads}, "f32"};
  return " score {\n"
         "  ^bb0(%score: f32, %batch_row: index, %head: index, %query_at: "
         "index, %key_at: index):\n"
         "    %difference = arith.subi %key_at, %query_at : index\n"
         "    %from_below = arith.maxsi %difference, %nearest_end : index\n"
         "    %distance = arith.minsi %from_below, %farthest_end : index\n"
         "    %entry = arith.addi %distance, %farthest_end : index\n"
         "    %bias = tensor.extract %bias_of_distance[%entry, %head] : " +
         type.text() +
         "\n"
         "    %biased = arith.addf %score, %bias : f32\n"
         "    attention.yield %biased : f32\n"
         "  }";
}

Value EncoderText::attend(const Value &input, const std::string &layer,
                          const std::string &suffix) {
  auto heads = [&](const std::string &role, const char *weights) {
    Value rows =
        build.project(role + suffix, input, layer + weights, config.width);
    return build.splitHeads(role + "_heads" + suffix, rows, config.heads);
  };
  Value query = heads("query", family.query);
  Value key = heads("key", family.key);
  Value value = heads("value", family.value);
  Value context = function.define(
      "context_heads" + suffix, query.type,
      "attention.attend #attention.softmax " + operands({query, key, value}) +
          " keys(%" + exists.name + " : " + exists.type.text() + ")" +
          (family.hasDistanceBias ? distanceScore() : "") + " : " +
          types({query, key, value}));
  Value merged = build.mergeHeads("context" + suffix, context);
  Value output = build.project("attended" + suffix, merged,
                               layer + family.output, config.width);
  Value sum = build.add("attention_sum" + suffix, output, input);
  return build.layerNorm("attention_states" + suffix, sum,
                         layer + family.attentionNorm, config.epsilon);
}

Value EncoderText::activate(const Value &input, const std::string &suffix) {
  static const char *const ops[] = {
      "attention.gelu", "attention.gelu approximate", "attention.silu"};
  return build.same("activated" + suffix,
                    ops[static_cast<int>(config.activation)], input);
}

Value EncoderText::feedForward(const Value &input, const std::string &layer,
                               const std::string &suffix) {
  Value inner = build.project("inner" + suffix, input,
                              layer + "intermediate.dense", config.innerWidth);
  Value output = build.project("outer" + suffix, activate(inner, suffix),
                               layer + "output.dense", config.width);
  Value sum = build.add("outer_sum" + suffix, output, input);
  return build.layerNorm("states" + suffix, sum, layer + "output.LayerNorm",
                         config.epsilon);
}

Value EncoderText::states() {
  inputs();
  Value states = build.convert(embeddings(), computeElement);
  if (family.hasDistanceBias)
    distanceBias();
  for (int64_t i = 0; i < config.layers && !failure(); ++i) {
    const std::string number = std::to_string(i);
    function.comment("Layer " + number + ".");
    const std::string layer = "encoder.layer." + number + ".";
    states =
        feedForward(attend(states, layer, "." + number), layer, "." + number);
  }
  return build.convert(states, "f32");
}

/// The mean over tokens that exist; zeros where none does.
Value EncoderText::meanOfTokens(const Value &states) {
  const TensorType maskType = {exists.type.shape, "f32"};
  const TensorType rowType = {{-1, 1, config.width}, "f32"};
  function.comment("The mean over tokens that exist: a mean over all rows, of "
                   "which the length cancels.");
  Value counted =
      function.define("counted", maskType,
                      "arith.uitofp %exists : " + exists.type.text() + " to " +
                          maskType.text());
  Value like =
      function.define("like_states", states.type,
                      "tensor.empty(%batch, %length) : " + states.type.text());
  Value wide = function.define(
      "counted_wide", states.type,
      "linalg.broadcast ins(%counted : " + maskType.text() + ") outs(%" +
          like.name + " : " + states.type.text() + ") dimensions = [2]");
  Value kept = function.define("kept", states.type,
                               "arith.mulf " + operands({states, wide}) +
                                   " : " + states.type.text());
  auto mean = [&](const char *name, const Value &rows) {
    return function.define(name, rowType,
                           "attention.mean_rows %" + rows.name + " : " +
                               rows.type.text());
  };
  Value sum = mean("kept_mean", kept);
  Value share = mean("counted_mean", wide);
  function.line("%tiny = arith.constant 1.0e-9 : f32");
  Value least = function.define(
      "least_share", rowType, "tensor.splat %tiny[%batch] : " + rowType.text());
  Value safe = function.define("share", rowType,
                               "arith.maximumf " + operands({share, least}) +
                                   " : " + rowType.text());
  return function.define("pooled", rowType,
                         "arith.divf " + operands({sum, safe}) + " : " +
                             rowType.text());
}

/// The state of the first token, read as a mean so that a length of zero gives
/// zeros.
Value EncoderText::firstToken(const Value &states) {
  const TensorType rowType = {{-1, 1, config.width}, "f32"};
  const std::string width = std::to_string(config.width);
  function.comment("The first token; zeros where there is none.");
  function.line("%first_rows = arith.minui %length, %one : index");
  Value first = function.define("first", states.type,
                                "tensor.extract_slice %" + states.name +
                                    "[0, 0, 0] [%batch, %first_rows, " + width +
                                    "] [1, 1, 1] : " + states.type.text() +
                                    " to " + states.type.text());
  return function.define("pooled", rowType,
                         "attention.mean_rows %first : " + first.type.text());
}

Value EncoderText::pooled(const Value &states, Pooling pooling) {
  return pooling == Pooling::Mean ? meanOfTokens(states) : firstToken(states);
}

/// x / |x|, written as the root-mean-square norm with the gain 1 / sqrt(width);
/// zeros stay zeros.
Value EncoderText::normalized(const Value &embedding) {
  const TensorType gainType = {{config.width}, "f32"};
  // As PyTorch's normalize, which divides by no less than 1e-12: (1e-12)^2
  // beside the sum of squares.
  const double epsilon = 1e-24 / static_cast<double>(config.width);
  function.comment("To unit length.");
  const auto share =
      static_cast<float>(1 / std::sqrt(static_cast<double>(config.width)));
  Value gain = function.define("unit_gain", gainType,
                               "arith.constant dense<" + floatLiteral(share) +
                                   "> : " + gainType.text());
  return function.define("unit", embedding.type,
                         "attention.rms_norm " + operands({embedding, gain}) +
                             " epsilon(" + floatLiteral(epsilon) +
                             ") : " + types({embedding, gain}));
}

/// One function; without pooling its result is the token states.
static Result<std::string> writeFunction(const char *name,
                                         const EncoderConfig &config,
                                         const PoolingConfig &pooling,
                                         const Checkpoint &checkpoint,
                                         ElementType computeType) {
  FunctionText function(name);
  EncoderText encoder(config, checkpoint, computeType, function);
  Value states = encoder.states();
  if (encoder.failure())
    return *encoder.failure();
  if (pooling.pooling == Pooling::Absent)
    return function.finish(states, "last_hidden_state");
  Value row = encoder.pooled(states, pooling.pooling);
  if (pooling.normalize)
    row = encoder.normalized(row);
  Value embedding =
      function.define("embedding", {{-1, config.width}, "f32"},
                      "tensor.collapse_shape %" + row.name +
                          " [[0, 1], [2]] : " + row.type.text() + " into " +
                          TensorType{{-1, config.width}, "f32"}.text());
  return function.finish(embedding, "embedding");
}

Result<std::string> attention::writeEncoder(const EncoderConfig &config,
                                            const PoolingConfig &pooling,
                                            const Checkpoint &checkpoint,
                                            ElementType computeType) {
  Result<std::string> encode =
      writeFunction("encode", config, PoolingConfig(), checkpoint, computeType);
  if (!encode || pooling.pooling == Pooling::Absent)
    return encode;
  Result<std::string> embed =
      writeFunction("embed", config, pooling, checkpoint, computeType);
  if (!embed)
    return embed;
  return *encode + "\n" + *embed;
}
