/// Inline assembly as it is called.
#ifndef ATTENTION_TEST_EMULATOR_ASSEMBLYCALL_H
#define ATTENTION_TEST_EMULATOR_ASSEMBLYCALL_H

#include "test/emulator/Assembly.h"
#include "llvm/IR/InstrTypes.h"

namespace attention::emulator {

struct AssemblyCall {
  explicit AssemblyCall(llvm::CallInst &call);

  std::vector<Statement> statements;
  /// For each output, which argument it is tied to, or -1. In the text, outputs
  /// have the first numbers, and arguments the next.
  std::vector<int> ties;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_ASSEMBLYCALL_H
