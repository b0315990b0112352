#include "lowering/Strings.h"

using namespace mlir;

namespace attention {

Value Strings::address(OpBuilder &builder, Location loc, StringRef text) {
  LLVM::GlobalOp &global = globals[text];
  if (!global) {
    OpBuilder::InsertionGuard guard(builder);
    builder.setInsertionPointToStart(module.getBody());
    std::string terminated = text.str() + '\0';
    auto type =
        LLVM::LLVMArrayType::get(builder.getI8Type(), terminated.size());
    global = LLVM::GlobalOp::create(builder, loc, type, /*isConstant=*/true,
                                    LLVM::Linkage::Private,
                                    prefix + std::to_string(globals.size() - 1),
                                    builder.getStringAttr(terminated));
    global.setUnnamedAddr(LLVM::UnnamedAddr::Global); // linkers merge them
  }
  return LLVM::AddressOfOp::create(builder, loc, global);
}

} // namespace attention
