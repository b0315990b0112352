#include "lowering/nvptx/Slice.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"
#include "mlir/Interfaces/ViewLikeInterface.h"

using namespace mlir;

namespace attention::nvptx {

bool Slice::add(Value value) {
  if (llvm::is_contained(known, value)) {
    uses = true;
    return true;
  }
  if (!scope->isAncestor(value.getParentRegion()->getParentOp()))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op || op->getNumRegions() || !isMemoryEffectFree(op) ||
      isa<VectorType>(value.getType()) || !isSpeculatable(op))
    return false;
  if (ops.contains(op))
    return true;
  for (Value operand : op->getOperands())
    if (isa<VectorType>(operand.getType()) || !add(operand))
      return false;
  // Places of views are computed where the views are read.
  if (!isa<ViewLikeOpInterface>(op))
    ops.insert(op);
  return true;
}

bool Slice::add(ValueRange values) {
  return llvm::all_of(values, [&](Value value) { return add(value); });
}

MappingScope::~MappingScope() {
  for (auto [source, before] : llvm::reverse(saved)) {
    mapping.erase(source);
    if (before)
      mapping.map(source, before);
  }
}

void MappingScope::map(Value source, Value inside) {
  saved.push_back({source, mapping.lookupOrNull(source)});
  mapping.map(source, inside);
}

void MappingScope::clone(OpBuilder &b, Operation *op) {
  for (Value result : op->getResults())
    saved.push_back({result, mapping.lookupOrNull(result)});
  b.clone(*op, mapping);
}

} // namespace attention::nvptx
