#include "passes/SourcePlace.h"

#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace attention {

std::string sourcePlace(Location loc) {
  auto place = loc->findInstanceOf<FileLineColLoc>();
  if (!place)
    return "";
  return (place.getFilename().getValue() + ":" + Twine(place.getLine()) + ": ")
      .str();
}

} // namespace attention
