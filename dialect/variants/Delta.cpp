#include "dialect/Attention.h"

using namespace mlir;

namespace attention {

bool DeltaAttr::accepts(Clause clause) const {
  return clause == Clause::Scale || clause == Clause::Decay ||
         clause == Clause::Beta;
}
bool DeltaAttr::scalesByHeadSize() const { return false; }
bool DeltaAttr::recurs(bool) const { return true; }

} // namespace attention
