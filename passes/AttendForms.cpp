#include "passes/AttendForms.h"

using namespace mlir;

namespace attention {

std::optional<Form> formOf(Operation *op) {
  auto name = op->getAttrOfType<StringAttr>(formAttr);
  return name ? formNamed(name) : std::nullopt;
}

bool hasPairs(AttendOp op) {
  return isa<TiledVariantInterface>(op.getVariant()) &&
         !op.getVariant().recurs(bool(op.getDecay()));
}

bool hasMemory(AttendOp op) {
  MaskInterface mask = op.getMaskAttr();
  return isa<ChunkedVariantInterface>(op.getVariant()) &&
         (!mask || mask.isCausal());
}

bool hasSpans(AttendOp op) {
  return hasMemory(op) && isa<ScannedVariantInterface>(op.getVariant()) &&
         !op.getDocuments();
}

int64_t columnParts(int64_t columns, int64_t most) {
  if (most == 0 || columns % 16 != 0)
    return 1;
  most = std::min(most, columns);
  while (columns % most != 0)
    most -= 16;
  return columns / most;
}

LogicalResult requireStatic(AttendOp op) {
  for (auto [name, value] :
       {std::pair<StringRef, Value>{"query", op.getQuery()},
        {"key", op.getKey()},
        {"value", op.getValue()}}) {
    auto type = cast<RankedTensorType>(value.getType());
    if (type.isDynamicDim(1) || type.isDynamicDim(3))
      return op.emitOpError(
                 "expects static heads and columns in compiled code, but ")
             << name << " is " << type;
  }
  if (op.getValue().getType().getDimSize(3) == 0)
    return op.emitOpError(
        "expects value to have columns in compiled code, but got 0");
  return success();
}

} // namespace attention
