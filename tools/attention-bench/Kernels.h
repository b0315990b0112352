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
  /// For a processor that attention-compile knows; with its remarks, if wanted.
  Kernels(std::string cpu, bool remarks)
      : cpu(std::move(cpu)), remarks(remarks) {}
  Kernels(const Kernels &) = delete;
  Kernels &operator=(const Kernels &) = delete;
  ~Kernels(); ///< removes its folder

  /// The only function of a model.
  Result<const attn_function *> compile(const std::string &text);

private:
  MaybeFailure makeFolder();

  const std::string cpu;
  const bool remarks;
  std::string folder;
  std::map<std::string, ModelHandle> models; // by their text
};

} // namespace attention
#endif
