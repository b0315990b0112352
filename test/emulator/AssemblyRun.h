/// Inline assembly while it runs.
#ifndef ATTENTION_TEST_EMULATOR_ASSEMBLYRUN_H
#define ATTENTION_TEST_EMULATOR_ASSEMBLYRUN_H

#include "test/emulator/AssemblyCall.h"
#include "test/emulator/Registers.h"
#include "test/emulator/Values.h"
#include "llvm/ADT/StringMap.h"

namespace attention::emulator {

struct AssemblyRun {
  llvm::CallInst &call;
  const AssemblyCall &assembly;
  /// Outputs are what they are tied to, until a statement says otherwise.
  LaneValues results;
  llvm::SmallVector<Origin, 1> origins;
  llvm::StringMap<Mask> predicates;

  /// The number of an output, or -1.
  int outputOf(llvm::StringRef text) const;
  /// An input, or the one that an output is tied to; null for neither.
  llvm::Value *argument(llvm::StringRef text) const;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_ASSEMBLYRUN_H
