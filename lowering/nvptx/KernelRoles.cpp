#include "lowering/nvptx/KernelRoles.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attention::nvptx {

/// Registers of a thread of warps that copy, and of the others, where a block
/// has four and eight of these: 64 K between them.
static constexpr int64_t kProducerRegisters = 24, kConsumerRegisters = 240;

/// Gives the induction variables of the loop their values: tasks are numbered
/// in row-major order, which is the one in which they should start.
void KernelRoles::chooseTask(Value number) {
  auto bound = [&](OpFoldResult value) -> Value {
    if (auto dynamic = dyn_cast<Value>(value))
      return inputs.scalar(dynamic);
    return b.index(*getConstantIntValue(value));
  };
  for (int64_t i = counts.size() - 1; i >= 0; --i) {
    Value place = number;
    if (i > 0) {
      Value count = inputs.scalar(counts[i]);
      place = arith::RemUIOp::create(b, number, count);
      number = arith::DivUIOp::create(b, number, count);
    }
    place = b.add(b.mul(place, bound(loop.getMixedStep()[i])),
                  bound(loop.getMixedLowerBound()[i]));
    inputs.mapping.map(loop.getInductionVar(i), place);
  }
}

/// Emits `body` for each task of a block. Without items, it is known already.
LogicalResult KernelRoles::forEachTask(Items::Taker isTaker,
                                       Producers::Turns &turns,
                                       function_ref<LogicalResult()> body) {
  if (!items)
    return body();
  return items->forEach(b, isTaker, turns, [&](Value item) {
    inputs.setBody(b.getInsertionBlock());
    chooseTask(item);
    return body();
  });
}

/// Producers take for the block what there is to take.
LogicalResult KernelRoles::emitBeside(TileLowering &lowering) {
  producers.initialize(b);
  Value isConsumer = b.lessThan(b.rowWarp, b.i32(b.warps.rows));
  auto roles = scf::IfOp::create(b, isConsumer, /*withElseRegion=*/true);
  OpBuilder::InsertionGuard guard(b);
  auto setRegisters = [&](int64_t count, NVVM::SetMaxRegisterAction action) {
    if (producers.moveRegisters())
      NVVM::SetMaxRegisterOp::create(b, count, action);
  };
  b.setInsertionPointToStart(roles.elseBlock());
  setRegisters(kProducerRegisters, NVVM::SetMaxRegisterAction::decrease);
  Producers::Turns turns = producers.noTurns(b);
  if (failed(forEachTask([&] { return producers.isProducer(b); }, turns,
                         [&] {
                           producers.emit(b, inputs, turns);
                           return success();
                         })))
    return failure();
  b.setInsertionPointToStart(roles.thenBlock());
  setRegisters(kConsumerRegisters, NVVM::SetMaxRegisterAction::increase);
  b.hasOthers = true;
  inputs.setBody(roles.thenBlock());
  return forEachTask(nullptr, lowering.producedTurns,
                     [&] { return lowering.lowerBody(*loop.getBody()); });
}

LogicalResult KernelRoles::emit(TileLowering &lowering) {
  if (!items)
    chooseTask(b.toIndex(NVVM::BlockIdXOp::create(b, b.getI32Type(),
                                                  LLVM::ConstantRangeAttr())));
  if (producers.exist())
    return emitBeside(lowering);
  auto isFirst = [&]() -> Value {
    return arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.thread,
                                 b.i32(0));
  };
  return forEachTask(isFirst, lowering.producedTurns,
                     [&] { return lowering.lowerBody(*loop.getBody()); });
}

} // namespace attention::nvptx
