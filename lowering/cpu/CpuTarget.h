/// Which processor code is generated for.
#ifndef ATTENTION_LOWERING_CPU_CPUTARGET_H
#define ATTENTION_LOWERING_CPU_CPUTARGET_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/StringRef.h"
#include "llvm/Support/Error.h"

#include <memory>
#include <string>
#include <vector>

namespace llvm {
class TargetMachine;
}

namespace attention {

/// A processor, as LLVM names its parts.
struct CpuTarget {
  std::string triple; ///< x86_64-unknown-linux-gnu
  std::string cpu;    ///< x86-64-v3
  std::string name;   ///< as users see it: x86-64-v3+amx-bf16
  std::string
      features; ///< what is switched on or off beside the cpu's: +avx2,-sse4a

  /// "x86_64" or "aarch64".
  llvm::StringRef architecture() const;
};

/// Chooses by `name`: "native", or a processor that LLVM knows on x86-64 or
/// AArch64, or the word "aarch64" for that family's baseline; behind it, after
/// a plus each, features that it has besides ("znver4+amx-bf16"). `triple` may
/// be empty: then it follows from the processor, on Linux.
llvm::Expected<CpuTarget> selectCpuTarget(llvm::StringRef name,
                                          llvm::StringRef triple);

/// The same for several processors of one artefact, of one family and with
/// different features each.
llvm::Expected<std::vector<CpuTarget>>
selectCpuTargets(llvm::ArrayRef<std::string> names, llvm::StringRef triple);

/// A code generator for `target`: position independent, optimising.
llvm::Expected<std::unique_ptr<llvm::TargetMachine>>
createTargetMachine(const CpuTarget &target);

/// The features beyond the baseline of the architecture that generated code may
/// use, as LLVM names them, separated by commas: "avx,avx2,fma".
std::string requiredFeatures(const CpuTarget &target);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_CPUTARGET_H
