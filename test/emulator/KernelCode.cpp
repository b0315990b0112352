#include "test/emulator/KernelCode.h"

#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/InstIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"

using namespace llvm;

namespace attention::emulator {

SmallVector<Type *> elementsOf(Type *type) {
  if (auto *vector = dyn_cast<FixedVectorType>(type))
    return SmallVector<Type *>(vector->getNumElements(),
                               vector->getElementType());
  if (auto *structure = dyn_cast<StructType>(type))
    return SmallVector<Type *>(structure->elements());
  return {type};
}

KernelCode::KernelCode(Function &function, const GlobalMemory &global)
    : function(function), global(global), joins(function) {
  for (Argument &argument : function.args())
    numbers.try_emplace(&argument, numbers.size());
  for (Instruction &instruction : instructions(function))
    numbers.try_emplace(&instruction, numbers.size());
}

bool KernelCode::evaluate(Constant *element, Bits &bits) {
  bits = 0;
  if (auto *integer = dyn_cast<ConstantInt>(element)) {
    bits = integer->getZExtValue();
  } else if (auto *real = dyn_cast<ConstantFP>(element)) {
    bits = real->getValueAPF().bitcastToAPInt().getZExtValue();
  } else if (auto *address = dyn_cast<GEPOperator>(element)) {
    APInt offset(64, 0);
    if (!address->accumulateConstantOffset(
            function.getParent()->getDataLayout(), offset) ||
        !evaluate(cast<Constant>(address->getPointerOperand()), bits))
      return false;
    bits += offset.getZExtValue();
  } else if (auto *expression = dyn_cast<ConstantExpr>(element)) {
    if (!expression->isCast() || !evaluate(expression->getOperand(0), bits))
      return false;
    bits = convert(expression->getOpcode(), bits,
                   expression->getOperand(0)->getType(), element->getType());
  } else if (auto *variable = dyn_cast<GlobalVariable>(element)) {
    bits = global.addressOf(variable);
  } else {
    return isa<UndefValue, ConstantAggregateZero, ConstantPointerNull>(element);
  }
  return true;
}

const LaneValues *KernelCode::constant(Constant *constant) {
  auto known = constants.find(constant);
  if (known != constants.end())
    return &known->second;
  SmallVector<Type *> types = elementsOf(constant->getType());
  LaneValues value = zeros(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    Bits bits;
    if (!evaluate(constant->getType()->isSingleValueType() &&
                          !constant->getType()->isVectorTy()
                      ? constant
                      : constant->getAggregateElement(i),
                  bits))
      return nullptr;
    value[i].fill(bits);
  }
  return &(constants[constant] = std::move(value));
}

} // namespace attention::emulator
