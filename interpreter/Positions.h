/// Documents packed one after another.
#ifndef ATTENTION_INTERPRETER_POSITIONS_H
#define ATTENTION_INTERPRETER_POSITIONS_H

#include "mlir/IR/Operation.h"
#include <vector>

namespace attention {

/// For each token, where its document begins and ends.
struct Spans {
  std::vector<int64_t> begin, end;
};

/// Fails unless the starts begin at 0, ascend, and end with the number of
/// tokens.
llvm::FailureOr<Spans> documentSpans(mlir::Operation *op,
                                     const std::vector<int64_t> &starts,
                                     int64_t tokens);

} // namespace attention

#endif // ATTENTION_INTERPRETER_POSITIONS_H
