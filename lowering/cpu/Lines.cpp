#include "lowering/cpu/Lines.h"

#include "lowering/cpu/TileMemory.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

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

Value choosePlace(ImplicitLocOpBuilder &b, Value condition, Type type,
                  llvm::function_ref<Value()> one,
                  llvm::function_ref<Value()> other) {
  auto choice = scf::IfOp::create(b, type, condition, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  auto fill = [&](Block *block, llvm::function_ref<Value()> emit) {
    b.setInsertionPointToEnd(block);
    Value value = emit();
    if (value.getType() != type)
      value = memref::CastOp::create(b, type, value);
    scf::YieldOp::create(b, value);
  };
  fill(choice.thenBlock(), one);
  fill(choice.elseBlock(), other);
  return choice.getResult(0);
}

MemRefType placedLike(MemRefType type, MemRefType longer) {
  int64_t columns = type.getDimSize(1),
          stride = longer.getStridesAndOffset().first.front();
  if (stride != columns)
    stride = ShapedType::kDynamic;
  return MemRefType::get(type.getShape(), type.getElementType(),
                         StridedLayoutAttr::get(type.getContext(),
                                                ShapedType::kDynamic,
                                                {stride, 1}));
}

} // namespace attention
