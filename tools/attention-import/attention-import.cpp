/// Turns a checkpoint directory into a model text that names its weights.
#include "runtime/files/FileAccess.h"
#include "tools/attention-import/EncoderText.h"

#include "CLI/CLI.hpp"

#include <iostream>

using namespace attention;

namespace {
struct Options {
  std::string source;
  std::string output;
  std::string type = "f32";
};
} // namespace

static ElementType parseComputeType(const std::string &name) {
  return name == "bf16"  ? ElementType::BF16
         : name == "f16" ? ElementType::F16
                         : ElementType::F32;
}

static MaybeFailure importModel(const Options &options) {
  Result<EncoderConfig> config = readEncoderConfig(options.source);
  if (!config)
    return config.failure();
  Result<PoolingConfig> pooling =
      readPoolingConfig(options.source, config->width);
  if (!pooling)
    return pooling.failure();
  Result<Checkpoint> checkpoint = Checkpoint::open(options.source);
  if (!checkpoint)
    return checkpoint.failure();
  Result<std::string> text = writeEncoder(*config, *pooling, *checkpoint,
                                          parseComputeType(options.type));
  if (!text)
    return text.failure();
  return writeAtomically(options.output, {{text->data(), text->size()}});
}

int main(int argc, char **argv) {
  Options options;
  CLI::App app("Writes a Hugging Face checkpoint of the BERT family (" +
                   encoderFamilyNames() +
                   ") as MLIR; the weights stay in their safetensors file, "
                   "bound by name.",
               "attention-import");
  app.add_option(
         "SRC", options.source,
         "directory with config.json and model.safetensors (or its shards)")
      ->required();
  app.add_option("-o,--output", options.output, "the model text to write")
      ->required();
  app.add_option("--type", options.type,
                 "type that the layers compute in: f32, bf16 or f16")
      ->check(CLI::IsMember({"f32", "bf16", "f16"}));
  app.set_version_flag("--version", ATTENTION_VERSION);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError &error) {
    if (error.get_exit_code() == 0)
      return app.exit(error);
    std::cerr << "attention-import: " << error.what() << "\n";
    return 1;
  }
  if (MaybeFailure failure = importModel(options)) {
    std::cerr << "attention-import: " << failure->message << "\n";
    return 1;
  }
  return 0;
}
