#include "dialect/Form.h"

#include "llvm/ADT/STLExtras.h"

namespace attention {

static constexpr llvm::StringRef names[] = {"parallel", "chunked", "recurrent",
                                            "scan"};

llvm::ArrayRef<llvm::StringRef> formNames() { return names; }

llvm::StringRef nameOf(Form form) { return names[static_cast<int>(form)]; }

std::optional<Form> formNamed(llvm::StringRef name) {
  auto *found = llvm::find(names, name);
  if (found == std::end(names))
    return std::nullopt;
  return static_cast<Form>(found - std::begin(names));
}

} // namespace attention
