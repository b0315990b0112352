#include "lowering/FailToRuntime.h"

#include "dialect/Attention.h"
#include "lowering/Abi.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention {

static constexpr StringLiteral helperName = "attention.fail";

static Value createConstant(OpBuilder &builder, Location loc, Type type,
                            int64_t value) {
  return LLVM::ConstantOp::create(builder, loc, type,
                                  builder.getIntegerAttr(type, value));
}

/// The helper's body: hands the values to the host in an array on its stack.
static void fillHelper(LLVM::LLVMFuncOp helper, const AbiTypes &abi) {
  OpBuilder builder(helper.getContext());
  Block *body = helper.addEntryBlock(builder);
  builder.setInsertionPointToStart(body);
  Location loc = helper.getLoc();
  ValueRange arguments = body->getArguments();
  Value invocation = arguments[0], order = arguments[1], message = arguments[2],
        count = arguments[3];
  Value one = createConstant(builder, loc, abi.i64, 1);
  auto arrayType = LLVM::LLVMArrayType::get(abi.i64, FailToRuntime::maxValues);
  Value values =
      LLVM::AllocaOp::create(builder, loc, abi.pointer, arrayType, one);
  for (auto [i, value] : llvm::enumerate(arguments.drop_front(4))) {
    Value place =
        LLVM::GEPOp::create(builder, loc, abi.pointer, abi.i64, values,
                            ArrayRef<LLVM::GEPArg>{static_cast<int32_t>(i)});
    LLVM::StoreOp::create(builder, loc, value, place);
  }
  Value host = abi.invocation.load(builder, loc, invocation, invocationHost);
  Value fail = abi.host.load(builder, loc, host, hostFail);
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(helper.getContext()),
      {abi.pointer, abi.i64, abi.pointer, abi.pointer, abi.i64});
  LLVM::CallOp::create(builder, loc, type,
                       ValueRange{fail, host, order, message, values, count});
  // Workers may fail at the same time: all of them store the same.
  Value failed =
      abi.invocation.address(builder, loc, invocation, invocationFailed);
  LLVM::StoreOp::create(builder, loc, createConstant(builder, loc, abi.i32, 1),
                        failed, /*alignment=*/4,
                        /*isVolatile=*/false, /*isNonTemporal=*/false,
                        /*isInvariantGroup=*/false,
                        LLVM::AtomicOrdering::monotonic);
  LLVM::ReturnOp::create(builder, loc, ValueRange());
}

LLVM::LLVMFuncOp FailToRuntime::getHelper() {
  if (auto helper = module.lookupSymbol<LLVM::LLVMFuncOp>(helperName))
    return helper;
  AbiTypes abi(module.getContext());
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  SmallVector<Type> inputs = {abi.pointer, abi.i64, abi.pointer, abi.i64};
  inputs.append(maxValues, abi.i64);
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(module.getContext()), inputs);
  auto helper = LLVM::LLVMFuncOp::create(builder, module.getLoc(), helperName,
                                         type, LLVM::Linkage::Internal);
  helper.setPassthroughAttr(builder.getStrArrayAttr({"noinline", "cold"}));
  fillHelper(helper, abi);
  return helper;
}

void FailToRuntime::report(OpBuilder &builder, Location loc, Value invocation,
                           Value order, Value message, ValueRange values) {
  LLVM::LLVMFuncOp helper = getHelper();
  Type i64 = builder.getI64Type();
  SmallVector<Value> operands = {
      invocation, order, message,
      createConstant(builder, loc, i64, values.size())};
  llvm::append_range(operands, values);
  for (size_t i = values.size(); i < maxValues; ++i)
    operands.push_back(createConstant(builder, loc, i64, 0));
  LLVM::CallOp::create(builder, loc, helper, operands);
}

/// Fills `void(invocation, order, message, shape, sizes, rank)`.
static void fillShapeHelper(FailToRuntime &failures, LLVM::LLVMFuncOp helper,
                            const AbiTypes &abi) {
  OpBuilder builder(helper.getContext());
  Block *body = helper.addEntryBlock(builder);
  builder.setInsertionPointToStart(body);
  Location loc = helper.getLoc();
  ValueRange arguments = body->getArguments();
  Value zero = createConstant(builder, loc, abi.i64, 0),
        one = createConstant(builder, loc, abi.i64, 1);
  auto loop = scf::ForOp::create(builder, loc, zero, arguments[5], one);
  LLVM::ReturnOp::create(builder, loc, ValueRange());
  builder.setInsertionPoint(loop.getBody()->getTerminator());
  Value dimension = loop.getInductionVar();
  auto loadAt = [&](Value array) -> Value {
    Value place = LLVM::GEPOp::create(builder, loc, abi.pointer, abi.i64, array,
                                      ArrayRef<LLVM::GEPArg>{dimension});
    return LLVM::LoadOp::create(builder, loc, abi.i64, place);
  };
  Value expected = loadAt(arguments[3]), got = loadAt(arguments[4]);
  Value isStatic = arith::CmpIOp::create(
      builder, loc, arith::CmpIPredicate::sge, expected, zero);
  Value differs = arith::CmpIOp::create(builder, loc, arith::CmpIPredicate::ne,
                                        expected, got);
  auto branch = scf::IfOp::create(
      builder, loc, arith::AndIOp::create(builder, loc, isStatic, differs));
  builder.setInsertionPoint(branch.thenBlock()->getTerminator());
  failures.report(builder, loc, arguments[0], arguments[1], arguments[2],
                  {dimension, expected, got});
}

LLVM::LLVMFuncOp FailToRuntime::getShapeHelper() {
  if (shapeHelper)
    return shapeHelper;
  AbiTypes abi(module.getContext());
  OpBuilder builder = OpBuilder::atBlockEnd(module.getBody());
  auto type = LLVM::LLVMFunctionType::get(
      LLVM::LLVMVoidType::get(module.getContext()),
      {abi.pointer, abi.i64, abi.pointer, abi.pointer, abi.pointer, abi.i64});
  shapeHelper = LLVM::LLVMFuncOp::create(builder, module.getLoc(),
                                         "attention.check_shape", type,
                                         LLVM::Linkage::Internal);
  shapeHelper.setPassthroughAttr(builder.getStrArrayAttr({"noinline"}));
  fillShapeHelper(*this, shapeHelper, abi);
  return shapeHelper;
}

void FailToRuntime::checkShape(OpBuilder &builder, Location loc,
                               Value invocation, Value order, StringRef message,
                               Value shape, Value sizes, Value rank) {
  Value text = messages.address(builder, loc, message);
  LLVM::CallOp::create(builder, loc, getShapeHelper(),
                       ValueRange{invocation, order, text, shape, sizes, rank});
}

LogicalResult FailToRuntime::lower(func::FuncOp function, Value invocation) {
  SmallVector<FailIfOp> ops;
  function.walk([&](FailIfOp op) { ops.push_back(op); });
  for (FailIfOp op : ops) {
    if (op.getValues().size() > maxValues)
      return op.emitOpError("expects at most ")
             << maxValues << " values, but got " << op.getValues().size();
    OpBuilder builder(op);
    Location loc = op.getLoc();
    auto branch = scf::IfOp::create(builder, loc, op.getBad());
    builder.setInsertionPoint(branch.thenBlock()->getTerminator());
    auto toInteger = [&](Value value) -> Value {
      return arith::IndexCastOp::create(builder, loc, builder.getI64Type(),
                                        value);
    };
    SmallVector<Value> values = llvm::map_to_vector(op.getValues(), toInteger);
    Value message = messages.address(builder, loc, op.getMessage());
    report(builder, loc, invocation, toInteger(op.getOrder()), message, values);
    op.erase();
  }
  return success();
}

} // namespace attention
