#include "dialect/Attention.h"
#include "dialect/variants/Sum.h"

using namespace mlir;

namespace attention {

bool CustomAttr::accepts(Clause clause) const { return sumAccepts(clause); }
bool CustomAttr::scalesByHeadSize() const { return true; }

LogicalResult CustomAttr::verifySymbols(Operation *op,
                                        SymbolTableCollection &symbols,
                                        FloatType score) const {
  auto variant = symbols.lookupNearestSymbolFrom<VariantOp>(op, getName());
  if (!variant)
    return op->emitOpError("expects ")
           << getName() << " to be an attention.variant";
  if (variant.getScoreType() != score)
    return op->emitOpError("expects ")
           << getName() << " to lift a score of " << score
           << ", but it lifts one of " << variant.getScoreType();
  return success();
}

} // namespace attention
