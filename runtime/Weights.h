//===- Weights by name ------------------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_WEIGHTS_H
#define ATTENTION_RUNTIME_WEIGHTS_H

#include "runtime/Preparation.h"
#include "runtime/attention.h"
#include "runtime/cuda/Uploads.h"
#include "runtime/files/Safetensors.h"

namespace attention {

/// A weight as a runner binds it.
struct BoundWeight {
  const void *data;
  std::vector<int64_t> shape;
};

struct CallerTensor {
  ElementType type;
  std::vector<int64_t> shape;
  const void *data;
};

} // namespace attention

struct attn_weights {
  attention::WeightFiles files;
  std::map<std::string, attention::CallerTensor> tensors;
  /// Found again by runners that are made later; it locks itself.
  mutable attention::PreparedCache prepared;
  /// The same of copies on devices.
  mutable attention::cuda::Uploads uploaded;

  bool contains(const std::string &name) const;
  /// All names, for the nearest one.
  std::vector<std::string> names() const;
  /// The weight that an argument asks for, checked against it.
  attention::Result<attention::BoundWeight>
  bind(const attn_tensor_desc &argument) const;
};

#endif
