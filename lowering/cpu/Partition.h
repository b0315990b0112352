/// Pieces of a module that code is generated for one by one.
#ifndef ATTENTION_LOWERING_CPU_PARTITION_H
#define ATTENTION_LOWERING_CPU_PARTITION_H

#include "llvm/ADT/SmallString.h"
#include "llvm/IR/Module.h"

#include <vector>

namespace attention {

/// Splits a module into pieces that together are the module, as bitcode, large
/// ones first: each kernel with the functions that it alone calls, and one
/// piece for the tables and all that is small. How it is split depends on the
/// module alone, never on the number of threads. Functions that pieces know
/// each other by become hidden and get `suffix` behind their names, so that
/// modules with different suffixes can be linked with each other.
std::vector<llvm::SmallString<0>> splitIntoPieces(llvm::Module &module,
                                                  llvm::StringRef suffix);

} // namespace attention

#endif // ATTENTION_LOWERING_CPU_PARTITION_H
