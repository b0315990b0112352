#include "lowering/Abi.h"

using namespace mlir;

namespace attention {

AbiStruct::AbiStruct(MLIRContext *context, ArrayRef<Type> fields)
    : structType(LLVM::LLVMStructType::getLiteral(context, fields)) {}

Value AbiStruct::address(OpBuilder &builder, Location loc, Value pointer,
                         int32_t field) const {
  return LLVM::GEPOp::create(builder, loc, pointer.getType(), structType,
                             pointer, ArrayRef<LLVM::GEPArg>{0, field},
                             LLVM::GEPNoWrapFlags::inbounds);
}

Value AbiStruct::load(OpBuilder &builder, Location loc, Value pointer,
                      int32_t field) const {
  return LLVM::LoadOp::create(builder, loc, structType.getBody()[field],
                              address(builder, loc, pointer, field));
}

void AbiStruct::store(OpBuilder &builder, Location loc, Value value,
                      Value pointer, int32_t field) const {
  LLVM::StoreOp::create(builder, loc, value,
                        address(builder, loc, pointer, field));
}

AbiTypes::AbiTypes(MLIRContext *context)
    : pointer(LLVM::LLVMPointerType::get(context)),
      i32(IntegerType::get(context, 32)), i64(IntegerType::get(context, 64)),
      host(context, {pointer, pointer, i64, pointer, pointer, pointer, pointer,
                     pointer}),
      call(context, {pointer, pointer, pointer, pointer}),
      plan(context, {i64, i64}),
      tensor(context, {pointer, pointer, pointer, i32, i32, i32, i32, i64}),
      tiles(context, {pointer, i64, i64, LLVM::LLVMArrayType::get(i64, 5),
                      LLVM::LLVMArrayType::get(i64, 5),
                      LLVM::LLVMArrayType::get(i64, 5)}),
      function(context, {pointer, pointer, pointer, i64, i64, pointer, pointer,
                         pointer, pointer, pointer, i64}),
      target(context, {pointer, pointer, pointer}),
      gpu(context, {pointer, i32, i32, pointer, pointer, i64, pointer}),
      artifact(context,
               {i32, i32, pointer, pointer, pointer, i64, i64, pointer, i64}),
      invocation(context, {pointer, pointer, i64, i32}) {}

} // namespace attention
