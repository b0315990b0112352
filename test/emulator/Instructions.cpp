#include "test/emulator/Block.h"
#include "test/emulator/Warp.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/Module.h"
#include <cstring>

using namespace llvm;

namespace attention::emulator {

LaneValues Warp::evaluate(Instruction &instruction) {
  if (auto *read = dyn_cast<LoadInst>(&instruction))
    return load(*read);
  if (auto *written = dyn_cast<StoreInst>(&instruction))
    return store(*written);
  if (auto *atomic = dyn_cast<AtomicRMWInst>(&instruction))
    return exchange(*atomic);
  if (auto *place = dyn_cast<GetElementPtrInst>(&instruction))
    return address(*place);
  if (auto *callee = dyn_cast<CallInst>(&instruction))
    return call(*callee);
  if (isa<ExtractElementInst, InsertElementInst, ShuffleVectorInst,
          ExtractValueInst, InsertValueInst>(instruction))
    return shuffleElements(instruction);
  if (isa<BitCastInst>(instruction))
    return bitcast(instruction.getOperand(0), instruction.getType());
  return elementwise(instruction);
}

/// What an elementwise instruction does to one element of each operand.
static bool evaluateElement(Instruction &instruction, Type *type, Bits a,
                            Bits b, Bits c, Bits &to) {
  Type *from = instruction.getOperand(0)->getType()->getScalarType();
  if (isa<FreezeInst>(instruction))
    to = a;
  else if (isa<CastInst>(instruction))
    to = convert(instruction.getOpcode(), a, from, type);
  else if (auto *test = dyn_cast<CmpInst>(&instruction))
    to = compare(test->getPredicate(), a, b, from);
  else if (isa<SelectInst>(instruction))
    to = a ? b : c;
  else if (instruction.getOpcode() == Instruction::FNeg)
    to = a ^ (Bits(1) << (widthOf(type) - 1));
  else if (!isa<BinaryOperator>(instruction))
    return false;
  else if (type->isFloatingPointTy())
    to = floatOperation(instruction.getOpcode(), a, b, type);
  else
    to = integerOperation(instruction.getOpcode(), a, b, widthOf(type));
  return true;
}

LaneValues Warp::elementwise(Instruction &instruction) {
  SmallVector<Type *> types = elementsOf(instruction.getType());
  LaneValues result = zeros(types.size());
  const LaneValues *operands[3] = {};
  unsigned count = std::min(instruction.getNumOperands(), 3u);
  for (unsigned i = 0; i < 3; ++i)
    operands[i] = &get(instruction.getOperand(i < count ? i : 0));
  auto element = [&](unsigned operand, size_t i) -> const Lanes & {
    const LaneValues &value = *operands[operand];
    return value[std::min(i, value.size() - 1)];
  };
  for (size_t i = 0; i < types.size(); ++i) {
    const Lanes &a = element(0, i), &b = element(1, i), &c = element(2, i);
    for (unsigned lane = 0; lane < laneCount; ++lane)
      if (!evaluateElement(instruction, types[i], a[lane], b[lane], c[lane],
                           result[i][lane]))
        fail("has an unknown instruction");
  }
  return result;
}

LaneValues Warp::shuffleElements(Instruction &instruction) {
  if (auto *extract = dyn_cast<ExtractValueInst>(&instruction))
    return {get(extract->getAggregateOperand())[extract->getIndices()[0]]};
  LaneValues source = get(instruction.getOperand(0));
  if (auto *insert = dyn_cast<InsertValueInst>(&instruction)) {
    source[insert->getIndices()[0]] = get(insert->getInsertedValueOperand())[0];
    return source;
  }
  if (auto *mixed = dyn_cast<ShuffleVectorInst>(&instruction)) {
    const LaneValues &second = get(mixed->getOperand(1));
    LaneValues result = zeros(mixed->getShuffleMask().size());
    for (auto [to, from] : zip(result, mixed->getShuffleMask()))
      if (from >= 0)
        to = size_t(from) < source.size() ? source[from]
                                          : second[from - source.size()];
    return result;
  }
  bool inserts = isa<InsertElementInst>(instruction);
  auto *place = dyn_cast<ConstantInt>(instruction.getOperand(inserts ? 2 : 1));
  if (!place)
    fail("moves an element of a vector whose place is not constant");
  if (!inserts)
    return {source[place->getZExtValue()]};
  source[place->getZExtValue()] = get(instruction.getOperand(1))[0];
  return source;
}

LaneValues Warp::bitcast(llvm::Value *source, Type *to) {
  const LaneValues &value = get(source);
  SmallVector<Type *> from = elementsOf(source->getType()),
                      into = elementsOf(to);
  unsigned narrow = widthOf(from[0]), wide = widthOf(into[0]);
  LaneValues result = zeros(into.size());
  for (unsigned lane = 0; lane < laneCount; ++lane)
    for (size_t bit = 0; bit < from.size() * narrow;) {
      // Step by the part that lies in one element on both sides.
      unsigned count =
          std::min<unsigned>(narrow - bit % narrow, wide - bit % wide);
      Bits part = truncated(value[bit / narrow][lane] >> (bit % narrow), count);
      result[bit / wide][lane] |= part << (bit % wide);
      bit += count;
    }
  return result;
}

LaneValues Warp::address(GetElementPtrInst &instruction) {
  const DataLayout &layout = code.function.getParent()->getDataLayout();
  LaneValues result = get(instruction.getPointerOperand());
  for (auto part = gep_type_begin(instruction), end = gep_type_end(instruction);
       part != end; ++part) {
    if (part.getStructTypeOrNull())
      fail("addresses a part of a struct");
    uint64_t stride = part.getSequentialElementStride(layout).getFixedValue();
    llvm::Value *index = part.getOperand();
    const LaneValues &places = get(index);
    for (unsigned lane = 0; lane < laneCount; ++lane)
      result[0][lane] +=
          toSigned(places[0][lane], widthOf(index->getType())) * stride;
  }
  return result;
}

void Warp::access(bool writes, Type *pointer, Bits address, uint8_t *bytes,
                  uint64_t count, unsigned lane, uint64_t alignment,
                  bool isAtomic) {
  if (address % alignment != 0)
    fail("accesses an address that is not aligned as it says");
  if (pointer->getPointerAddressSpace() == 3) {
    Wrong wrong =
        writes ? block.shared.write(address, bytes, count, threadOf(lane))
               : block.shared.read(address, bytes, count, threadOf(lane));
    if (wrong)
      failAt(wrong, address);
    return;
  }
  uint8_t *place = block.global.at(address, count);
  if (!place)
    fail("accesses global memory out of bounds");
  // What is atomic needs no order.
  Wrong wrong = nullptr;
  if (!isAtomic)
    wrong = writes ? block.globalWrites.write(
                         address, std::memcmp(place, bytes, count) != 0, number)
                   : block.globalWrites.read(address, number);
  if (wrong)
    fail(std::string(wrong) + ", in global memory,");
  std::memcpy(writes ? place : bytes, writes ? bytes : place, count);
}

LaneValues Warp::load(LoadInst &instruction) {
  SmallVector<Type *> types = elementsOf(instruction.getType());
  LaneValues result = zeros(types.size());
  llvm::Value *pointer = instruction.getPointerOperand();
  const Lanes places = get(pointer)[0];
  // Elements of a few bits lie side by side in a vector's bytes.
  uint64_t bytes = bytesOf(types[0]), width = widthOf(types[0]),
           alignment = instruction.getAlign().value();
  bool isPacked = width % 8 != 0;
  for (unsigned lane = 0; lane < laneCount; ++lane)
    for (size_t i = 0; has(mask, lane) && i < types.size(); ++i) {
      Bits &element = result[i][lane];
      access(false, pointer->getType(),
             places[lane] + (isPacked ? i * width / 8 : i * bytes),
             reinterpret_cast<uint8_t *>(&element), bytes, lane,
             i == 0 ? alignment : 1, instruction.isAtomic());
      if (isPacked)
        element = truncated(element >> (i * width % 8), width);
    }
  return result;
}

LaneValues Warp::store(StoreInst &instruction) {
  llvm::Value *pointer = instruction.getPointerOperand();
  LaneValues value = get(instruction.getValueOperand());
  const Lanes places = get(pointer)[0];
  Type *element = elementsOf(instruction.getValueOperand()->getType())[0];
  if (value.size() > 1 && widthOf(element) % 8 != 0)
    fail("stores a vector of elements that share bytes");
  uint64_t bytes = bytesOf(element);
  uint64_t alignment = instruction.getAlign().value();
  for (unsigned lane = 0; lane < laneCount; ++lane)
    for (size_t i = 0; has(mask, lane) && i < value.size(); ++i)
      access(true, pointer->getType(), places[lane] + i * bytes,
             reinterpret_cast<uint8_t *>(&value[i][lane]), bytes, lane,
             i == 0 ? alignment : 1, instruction.isAtomic());
  return {};
}

/// Blocks and warps run one after another: what is atomic is so.
LaneValues Warp::exchange(AtomicRMWInst &instruction) {
  bool counts = instruction.getOperation() == AtomicRMWInst::UIncWrap;
  if (!counts && instruction.getOperation() != AtomicRMWInst::Xchg)
    fail("has an unknown atomic operation");
  if (isAcquireOrStronger(instruction.getOrdering()))
    block.globalWrites.acquire(number);
  LaneValues result = zeros(1);
  llvm::Value *pointer = instruction.getPointerOperand();
  const Lanes places = get(pointer)[0],
              given = get(instruction.getValOperand())[0];
  uint64_t bytes = bytesOf(instruction.getType());
  for (unsigned lane = 0; lane < laneCount; ++lane) {
    if (!has(mask, lane))
      continue;
    Bits value = given[lane];
    access(false, pointer->getType(), places[lane],
           reinterpret_cast<uint8_t *>(&result[0][lane]), bytes, lane, bytes,
           /*isAtomic=*/true);
    if (counts)
      value = result[0][lane] >= value ? 0 : result[0][lane] + 1;
    access(true, pointer->getType(), places[lane],
           reinterpret_cast<uint8_t *>(&value), bytes, lane, bytes,
           /*isAtomic=*/true);
  }
  return result;
}

} // namespace attention::emulator
