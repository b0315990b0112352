//===- Models and their functions -------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_MODEL_H
#define ATTENTION_RUNTIME_MODEL_H

#include "runtime/SharedObject.h"
#include "runtime/attention.h"

#include <memory>
#include <vector>

/// One function: its arguments, told apart. What its preparation makes of
/// weights is neither input nor weight.
struct attn_function {
  explicit attn_function(const attn_function_desc *desc);

  const attn_function_desc *desc;
  std::vector<const attn_tensor_desc *> inputs;
  std::vector<const attn_tensor_desc *> weights;
  /// Goes on where a session of this function is; null where none does.
  std::unique_ptr<attn_function> step;

  /// Of a step: how many inputs the caller gives, and the parts of the state,
  /// which are inputs as well, behind the number of tokens so far.
  bool isStep = false;
  size_t given = 0;
  std::vector<const attn_tensor_desc *> states;

  /// Of a function of a model, and of its step: the function's number in the
  /// artefact, whose code for devices has the same functions; else null.
  const attn_artifact_desc *artifact = nullptr;
  size_t index = 0;
};

struct attn_model {
  attention::SharedObject object; // closed where the model is linked
  const attn_artifact_desc *artifact = nullptr;
  const attn_target_desc *target = nullptr; // what runs here; null: nothing
  std::vector<attn_function> functions;
};

#endif
