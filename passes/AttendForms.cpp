#include "passes/AttendForms.h"

using namespace mlir;

namespace attention {

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
  return success();
}

} // namespace attention
