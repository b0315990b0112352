#include "dialect/Attention.h"

using namespace mlir;

namespace attention {

bool LogExpAttr::accepts(Clause) const { return false; }
bool LogExpAttr::scalesByHeadSize() const { return false; }

} // namespace attention
