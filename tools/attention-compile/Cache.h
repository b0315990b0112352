/// A folder of compiled code that is found by what it was made from.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_CACHE_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_CACHE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallString.h"
#include "llvm/Support/Error.h"

#include <optional>
#include <string>

namespace attention {

/// Any number of processes and threads may use one folder: entries appear whole
/// or not at all, and what is not whole when it is read is removed and counts
/// as absent.
class Cache {
public:
  /// Makes the folder if there is none.
  static llvm::Expected<Cache> open(llvm::StringRef folder, uint64_t maxBytes);

  /// The name of what is made of `parts` by this build of the compiler.
  std::string key(llvm::ArrayRef<llvm::StringRef> parts) const;

  std::optional<llvm::SmallString<0>> find(llvm::StringRef key) const;

  /// A cache that cannot be written to is slow, not wrong: nothing is reported.
  void insert(llvm::StringRef key, llvm::StringRef bytes) const;

  /// Removes what was not used for longest, until the folder keeps to its size.
  void prune() const;

private:
  std::string path(llvm::StringRef key) const;

  std::string folder;
  uint64_t maxBytes = 0;
  std::string build; ///< of the compiler and of all that it is linked with
};

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_CACHE_H
