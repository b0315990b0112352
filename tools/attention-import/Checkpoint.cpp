#include "tools/attention-import/Checkpoint.h"

#include "runtime/files/NearestName.h"
#include "runtime/files/Safetensors.h"
#include "tools/attention-import/JsonFile.h"

#include <filesystem>
#include <set>

using namespace attention;
namespace fs = std::filesystem;

static bool exists(const std::string &path) {
  std::error_code ignored;
  return fs::exists(path, ignored);
}

MaybeFailure Checkpoint::addFile(const std::string &path) {
  Result<SafetensorsFile> file = SafetensorsFile::open(path);
  if (!file)
    return file.failure();
  for (const auto &[name, stored] : file->tensors()) {
    auto [place, isNew] = tensors.try_emplace(
        name, Tensor{path, stored.dtype, stored.shape, stored.type()});
    if (!isNew)
      return Failure{"expects weight '" + name +
                     "' in one file, but got it in " + place->second.file +
                     " and " + path};
  }
  return std::nullopt;
}

/// Opens every file that the index names, each once, and checks that what it
/// places is there.
MaybeFailure Checkpoint::addShards(const std::string &path) {
  Result<JsonFile> index = JsonFile::read(path);
  if (!index)
    return index.failure();
  auto map = index->root().find("weight_map");
  if (map == index->root().end() || !map->is_object())
    return index->expects("'weight_map' to be an object",
                          map == index->root().end() ? "none" : excerpt(*map));
  std::set<std::string> shards;
  for (const auto &[name, shard] : map->items()) {
    // A shard lies beside its index: a path could lead anywhere.
    if (!shard.is_string() || fs::path(shard.get<std::string>()).filename() !=
                                  shard.get<std::string>())
      return index->expects("a file name for '" + name + "'", excerpt(shard));
    shards.insert(shard.get<std::string>());
  }
  for (const std::string &shard : shards)
    if (MaybeFailure failure = addFile(directory + "/" + shard))
      return failure;
  for (const auto &[name, shard] : map->items()) {
    auto found = tensors.find(name);
    const std::string wanted = directory + "/" + shard.get<std::string>();
    if (found == tensors.end() || found->second.file != wanted)
      return index->expects(
          "'" + name + "' in " + wanted,
          found == tensors.end() ? "none" : "it in " + found->second.file);
  }
  return std::nullopt;
}

Result<Checkpoint> Checkpoint::open(const std::string &directory) {
  Checkpoint result;
  result.directory = directory;
  const std::string single = directory + "/model.safetensors";
  const std::string index = single + ".index.json";
  if (!exists(single) && !exists(index))
    return Failure{directory + ": expects model.safetensors or "
                               "model.safetensors.index.json, but got neither"};
  MaybeFailure failure =
      exists(single) ? result.addFile(single) : result.addShards(index);
  if (failure)
    return *failure;
  return result;
}

Result<ElementType>
Checkpoint::typeOf(const std::string &name,
                   const std::vector<int64_t> &shape) const {
  auto found = tensors.find(name);
  if (found == tensors.end()) {
    std::vector<std::string> names;
    for (const auto &entry : tensors)
      names.push_back(entry.first);
    return Failure{directory + ": expects weight '" + name +
                   "', but got none of that name" + nearestHint(name, names)};
  }
  const Tensor &tensor = found->second;
  if (tensor.type != ElementType::F32 && tensor.type != ElementType::F16 &&
      tensor.type != ElementType::BF16)
    return Failure{tensor.file + ": expects weight '" + name +
                   "' of type F32, F16 or BF16, but got " + tensor.dtype};
  if (tensor.shape != shape)
    return Failure{tensor.file + ": expects weight '" + name + "' of shape " +
                   formatShape(shape) + ", but got " +
                   formatShape(tensor.shape)};
  return *tensor.type;
}
