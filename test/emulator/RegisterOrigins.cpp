/// Follows who wrote registers, and keeps instructions from those that a wgmma
/// is still writing.
#include "test/emulator/Warp.h"

using namespace llvm;

namespace attention::emulator {

Origin Warp::originOf(llvm::Value *value, unsigned element) const {
  return isa<Constant>(value) ? Origin{}
                              : registers.of(code.numberOf(value), element);
}

/// Whether an operand is only handed on: a register by another name.
static bool isHandedOn(const Use &operand, KernelCode &code) {
  auto *user = cast<Instruction>(operand.getUser());
  if (isa<ExtractValueInst, InsertValueInst>(user))
    return true;
  auto *call = dyn_cast<CallInst>(user);
  return call && call->isInlineAsm() &&
         is_contained(code.assemblyOf(*call).ties, int(operand.getOperandNo()));
}

void Warp::checkOperands(Instruction &instruction) {
  for (const Use &operand : instruction.operands()) {
    if (isa<Constant>(operand) || !isa<Instruction, Argument>(operand) ||
        isHandedOn(operand, code))
      continue;
    unsigned known = code.numberOf(operand);
    for (unsigned i = 0; i < values[known].size(); ++i)
      if (products.isPending(registers.of(known, i).product))
        fail("uses registers that a wgmma is writing");
  }
}

/// Of what an instruction has defined.
void Warp::noteOrigins(Instruction &instruction, unsigned value) {
  if (auto *extract = dyn_cast<ExtractValueInst>(&instruction)) {
    registers.set(value, {originOf(extract->getAggregateOperand(),
                                   extract->getIndices()[0])});
    return;
  }
  if (auto *call = dyn_cast<CallInst>(&instruction);
      call && call->isInlineAsm()) {
    registers.set(value, std::exchange(assemblyOrigins, {}));
    return;
  }
  auto *insert = dyn_cast<InsertValueInst>(&instruction);
  if (!insert)
    return registers.write(value, time);
  SmallVector<Origin, 1> origins;
  for (unsigned i = 0; i < values[value].size(); ++i)
    origins.push_back(i == insert->getIndices()[0]
                          ? originOf(insert->getInsertedValueOperand(), 0)
                          : originOf(insert->getAggregateOperand(), i));
  registers.set(value, std::move(origins));
}

} // namespace attention::emulator
