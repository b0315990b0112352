#include "passes/EntryFunctions.h"

#include "dialect/Names.h"

using namespace mlir;

namespace attention {

bool isPreparation(func::FuncOp function) {
  return function->hasAttr(preparesAttr);
}

bool isEntryFunction(func::FuncOp function) {
  return !function.isDeclaration() &&
         (function.isPublic() || isPreparation(function));
}

} // namespace attention
