#include "dialect/Attention.h"

using namespace mlir;

namespace attention {

bool LinearAttr::accepts(Clause clause) const {
  return clause == Clause::Scale || clause == Clause::Decay;
}
bool LinearAttr::scalesByHeadSize() const { return false; }
/// Without decay it is a sum over whatever keys are seen.
bool LinearAttr::recurs(bool decays) const { return decays; }

} // namespace attention
