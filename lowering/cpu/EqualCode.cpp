#include "lowering/cpu/EqualCode.h"

#include "mlir/IR/OperationSupport.h"

using namespace mlir;

namespace attention {

llvm::hash_code hashCode(MutableArrayRef<Region> regions) {
  llvm::hash_code hash(0);
  for (Region &region : regions)
    region.walk<WalkOrder::PreOrder>([&](Operation *op) {
      hash = llvm::hash_combine(hash,
                                OperationEquivalence::computeHash(
                                    op, OperationEquivalence::ignoreHashValue,
                                    OperationEquivalence::ignoreHashValue,
                                    OperationEquivalence::IgnoreLocations));
    });
  return hash;
}

} // namespace attention
