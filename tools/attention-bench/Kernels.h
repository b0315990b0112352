//===- Compiled models of rows ----------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_KERNELS_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_KERNELS_H

#include "tools/attention-run/Handles.h"

#include <map>
#include <vector>

namespace attention {

/// Compiles texts by the attention-compile beside this program, each text once.
class Kernels {
public:
  /// With these flags of attention-compile.
  explicit Kernels(std::vector<std::string> flags) : flags(std::move(flags)) {}
  Kernels(const Kernels &) = delete;
  Kernels &operator=(const Kernels &) = delete;
  ~Kernels(); ///< removes its folder

  /// The only function of a model.
  Result<const attn_function *> compile(const std::string &text);

private:
  MaybeFailure makeFolder();

  const std::vector<std::string> flags;
  std::string folder;
  std::map<std::string, ModelHandle> models; // by their text
};

} // namespace attention
#endif
