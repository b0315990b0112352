/// Reads the PTX of inline assembly.
#ifndef ATTENTION_TEST_EMULATOR_ASSEMBLY_H
#define ATTENTION_TEST_EMULATOR_ASSEMBLY_H

#include "llvm/ADT/StringRef.h"
#include <string>
#include <vector>

namespace attention::emulator {

/// `@!p opcode a, [b], {c, d};`, or a label, whose opcode is `name:`. Operands
/// are texts without brackets; a list in braces is one for each of its parts.
struct Statement {
  std::string predicate;
  bool isNegated = false;
  std::string opcode;
  std::vector<std::string> operands;
};

std::vector<Statement> parseAssembly(llvm::StringRef text);

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_ASSEMBLY_H
