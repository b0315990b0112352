/// How an `attend` is compiled, as an attribute of the op says it.
#ifndef ATTENTION_DIALECT_FORM_H
#define ATTENTION_DIALECT_FORM_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"

#include <optional>

namespace attention {

/// Pair by pair, with a memory chunk after chunk of tokens, with a memory
/// token after token, or in chunks of spans of tokens that are gone through at
/// the same time.
enum class Form { Parallel, Chunked, Recurrent, Scan };

/// On `attend` and `continue`: the name of a form, as a model's author or
/// attention-choose-form writes it.
inline constexpr llvm::StringLiteral formAttr = "attention.form";

llvm::StringRef nameOf(Form form);
std::optional<Form> formNamed(llvm::StringRef name);
/// All of them.
llvm::ArrayRef<llvm::StringRef> formNames();

} // namespace attention

#endif // ATTENTION_DIALECT_FORM_H
