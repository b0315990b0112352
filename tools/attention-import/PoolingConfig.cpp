#include "tools/attention-import/PoolingConfig.h"

#include "tools/attention-import/JsonFile.h"

#include <filesystem>

using namespace attention;
using nlohmann::json;

/// Reads one pooling configuration: exactly one mode, mean or first token.
static Result<Pooling> readPooling(const std::string &path, int64_t width) {
  Result<JsonFile> file = JsonFile::read(path);
  if (!file)
    return file.failure();
  Result<int64_t> dimension = file->natural("word_embedding_dimension", width);
  if (!dimension)
    return dimension.failure();
  if (*dimension != width)
    return file->expects("'word_embedding_dimension' to be the model's width " +
                             std::to_string(width),
                         std::to_string(*dimension));
  std::string mode;
  for (const auto &[name, value] : file->root().items()) {
    if (name.rfind("pooling_mode", 0) != 0)
      continue;
    Result<bool> set = file->flag(name.c_str());
    if (!set)
      return set.failure();
    if (!*set)
      continue;
    if (!mode.empty())
      return file->expects("one pooling mode",
                           "'" + mode + "' and '" + name + "'");
    mode = name;
  }
  if (mode == "pooling_mode_mean_tokens")
    return Pooling::Mean;
  if (mode == "pooling_mode_cls_token")
    return Pooling::FirstToken;
  return file->expects(
      "pooling_mode_mean_tokens or pooling_mode_cls_token to be set",
      mode.empty() ? "none" : "'" + mode + "'");
}

Result<PoolingConfig> attention::readPoolingConfig(const std::string &directory,
                                                   int64_t width) {
  PoolingConfig config;
  const std::string path = directory + "/modules.json";
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored))
    return config;
  Result<json> modules = parseJsonFile(path);
  if (!modules)
    return modules.failure();
  if (!modules->is_array())
    return Failure{path + ": expects a list of modules, but got " +
                   excerpt(*modules)};
  int stage = 0;
  for (const json &module : *modules) {
    if (!module.is_object() || !module.value("type", json()).is_string() ||
        !module.value("path", json()).is_string())
      return Failure{path +
                     ": expects modules with 'type' and 'path', but got " +
                     excerpt(module)};
    const std::string type = module["type"];
    const std::string name = type.substr(type.rfind('.') + 1);
    static const char *const order[] = {"Transformer", "Pooling", "Normalize"};
    if (stage >= 3 || name != order[stage])
      return Failure{path +
                     ": expects the modules Transformer, Pooling and perhaps "
                     "Normalize, but got '" +
                     type + "' as number " + std::to_string(stage)};
    if (name == "Pooling") {
      Result<Pooling> pooling = readPooling(
          directory + "/" + module["path"].get<std::string>() + "/config.json",
          width);
      if (!pooling)
        return pooling.failure();
      config.pooling = *pooling;
    }
    config.normalize = name == "Normalize";
    ++stage;
  }
  return config;
}
