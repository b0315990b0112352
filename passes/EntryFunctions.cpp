#include "passes/EntryFunctions.h"

#include "dialect/Names.h"

using namespace mlir;

namespace attention {

bool isPreparation(func::FuncOp function) {
  return function->hasAttr(preparesAttr);
}

bool isStep(func::FuncOp function) { return function->hasAttr(isStepAttr); }

bool isEntryFunction(func::FuncOp function) {
  return !function.isDeclaration() &&
         (function.isPublic() || isPreparation(function) || isStep(function));
}

} // namespace attention
