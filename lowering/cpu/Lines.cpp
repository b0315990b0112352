#include "lowering/cpu/Lines.h"

#include "lowering/cpu/TileMemory.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"

using namespace mlir;

namespace attention {

Value mayCutLines(ImplicitLocOpBuilder &b, Value memref, int64_t bytes) {
  auto type = cast<MemRefType>(memref.getType());
  int64_t elementBytes = type.getElementTypeBitWidth() / 8;
  auto metadata = memref::ExtractStridedMetadataOp::create(b, memref);
  // The bits of all steps between rows, in elements.
  Value steps = metadata.getOffset();
  for (auto [known, stride] :
       llvm::zip(ArrayRef(type.getStridesAndOffset().first).drop_back(),
                 metadata.getStrides()))
    if (ShapedType::isDynamic(known) || known * elementBytes % bytes)
      steps = b.createOrFold<arith::OrIOp>(steps, stride);
  Value start = memref::ExtractAlignedPointerAsIndexOp::create(b, memref);
  Value all = arith::OrIOp::create(
      b, start,
      arith::MulIOp::create(b, steps, indexConstant(b, elementBytes)));
  Value within = arith::AndIOp::create(b, all, indexConstant(b, bytes - 1));
  return arith::CmpIOp::create(b, arith::CmpIPredicate::ne, within,
                               indexConstant(b, 0));
}

} // namespace attention
