//===- The tensors of a checkpoint, by name
//---------------------------------===//
#ifndef ATTENTION_TOOLS_IMPORT_CHECKPOINT_H
#define ATTENTION_TOOLS_IMPORT_CHECKPOINT_H

#include "runtime/files/ElementType.h"
#include "runtime/files/Result.h"

#include <map>
#include <optional>

namespace attention {

/// Names, types and shapes of all tensors in a directory's safetensors files:
/// one `model.safetensors`, or the shards that `model.safetensors.index.json`
/// lists.
class Checkpoint {
public:
  static Result<Checkpoint> open(const std::string &directory);

  bool holds(const std::string &name) const { return tensors.count(name) != 0; }

  /// The type of the tensor of this name, which must be f32, f16 or bf16 and of
  /// this shape.
  Result<ElementType> typeOf(const std::string &name,
                             const std::vector<int64_t> &shape) const;

private:
  struct Tensor {
    std::string file;
    std::string dtype; ///< as the file spells it: "F32"
    std::vector<int64_t> shape;
    std::optional<ElementType> type;
  };

  MaybeFailure addFile(const std::string &path);
  MaybeFailure addShards(const std::string &index);

  std::string directory;
  std::map<std::string, Tensor> tensors;
};

} // namespace attention
#endif
