#include "passes/Fingerprint.h"

#include "llvm/ADT/SetVector.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Support/xxhash.h"

using namespace mlir;

namespace attention {

/// `op` and the symbols that it refers to, those that they refer to, and so on.
static llvm::SetVector<Operation *> withReferred(Operation *op) {
  llvm::SetVector<Operation *> found;
  found.insert(op);
  for (size_t next = 0; next < found.size(); ++next)
    found[next]->walk([&](Operation *inner) {
      inner->getAttrDictionary().walk([&](SymbolRefAttr symbol) {
        if (Operation *referred =
                SymbolTable::lookupNearestSymbolFrom(op, symbol))
          found.insert(referred);
      });
    });
  return found;
}

uint64_t fingerprintOf(func::FuncOp function) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  for (Operation *op : withReferred(function))
    op->print(stream, OpPrintingFlags().useLocalScope());
  return llvm::xxh3_64bits(text);
}

} // namespace attention
