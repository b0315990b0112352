//===- Models and their functions -------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_MODEL_H
#define ATTENTION_RUNTIME_MODEL_H

#include "runtime/SharedObject.h"
#include "runtime/attention.h"

#include <vector>

/// One function: its arguments, told apart. What its preparation makes of
/// weights is neither input nor weight.
struct attn_function {
  explicit attn_function(const attn_function_desc *desc);

  const attn_function_desc *desc;
  std::vector<const attn_tensor_desc *> inputs;
  std::vector<const attn_tensor_desc *> weights;
};

struct attn_model {
  attention::SharedObject object; // closed where the model is linked
  const attn_artifact_desc *artifact = nullptr;
  std::vector<attn_function> functions;
};

#endif
