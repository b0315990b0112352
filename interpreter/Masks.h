/// Masks, by their definition on positions.
#ifndef ATTENTION_INTERPRETER_MASKS_H
#define ATTENTION_INTERPRETER_MASKS_H

#include "mlir/IR/Attributes.h"
#include <cstdint>
#include <optional>

namespace attention {

/// Whether the query at this position sees the key at that one; nullopt for a
/// mask that the interpreter does not know.
std::optional<bool> sees(mlir::Attribute mask, int64_t query, int64_t key);

} // namespace attention

#endif // ATTENTION_INTERPRETER_MASKS_H
