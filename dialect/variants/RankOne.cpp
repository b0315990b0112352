#include "dialect/Attention.h"

using namespace mlir;

namespace attention {

bool RankOneAttr::accepts(Clause clause) const {
  return clause == Clause::Scale || clause == Clause::Decay || needs(clause);
}
bool RankOneAttr::scalesByHeadSize() const { return false; }
bool RankOneAttr::needs(Clause clause) const {
  return clause == Clause::Remove || clause == Clause::Replace;
}
bool RankOneAttr::recurs(bool) const { return true; }

} // namespace attention
