#include "test/emulator/Block.h"
#include "llvm/IR/Constants.h"
#include "llvm/IR/DataLayout.h"
#include "llvm/IR/GetElementPtrTypeIterator.h"
#include "llvm/IR/Module.h"
#include "llvm/IR/Operator.h"
#include "llvm/Support/raw_ostream.h"
#include <cstring>

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

Block::Block(Function &kernel, ArrayRef<Bits> arguments, unsigned threads,
             unsigned number, uint64_t sharedBytes, const GlobalMemory &global)
    : kernel(kernel), threads(threads), number(number), shared(sharedBytes),
      copies(shared, threads), global(global), joins(kernel),
      cameFrom(threads) {
  for (auto [argument, bits] : zip(kernel.args(), arguments))
    values[&argument] = {std::vector<Bits>(
        threads, truncated(bits, widthOf(argument.getType())))};
}

void Block::fail(const std::string &what) {
  errs() << "emulator: block " << number << " of " << kernel.getName() << " "
         << what;
  if (current)
    errs() << " at" << *current;
  errs() << "\n";
  std::exit(1);
}

void Block::failAt(const std::string &what, Bits sharedAddress) {
  fail(what + ", in byte " + std::to_string(sharedAddress) +
       " of shared memory,");
}

LaneValues Block::make(size_t elements) const {
  return LaneValues(elements, std::vector<Bits>(threads));
}

LaneValues Block::constant(Constant *constant) {
  SmallVector<Type *> types = elementsOf(constant->getType());
  LaneValues value = make(types.size());
  for (size_t i = 0; i < types.size(); ++i) {
    Constant *element = types.size() == 1 && !constant->getType()->isVectorTy()
                            ? constant
                            : constant->getAggregateElement(i);
    Bits bits = 0;
    if (auto *integer = dyn_cast<ConstantInt>(element))
      bits = integer->getZExtValue();
    else if (auto *real = dyn_cast<ConstantFP>(element))
      bits = real->getValueAPF().bitcastToAPInt().getZExtValue();
    else if (auto *expression = dyn_cast<GEPOperator>(element)) {
      APInt offset(64, 0);
      if (!expression->accumulateConstantOffset(
              kernel.getParent()->getDataLayout(), offset))
        fail("has an address that is not constant");
      bits = get(expression->getPointerOperand())[0][0] + offset.getZExtValue();
    } else if (auto *cast = dyn_cast<PtrToIntOperator>(element)) {
      bits = get(cast->getPointerOperand())[0][0];
    } else if (!isa<UndefValue, ConstantAggregateZero, ConstantPointerNull,
                    GlobalVariable>(element))
      fail("has a constant that is not known");
    // Shared memory starts at 0.
    value[i].assign(threads, bits);
  }
  return value;
}

const LaneValues &Block::get(llvm::Value *value) {
  auto known = values.find(value);
  if (known != values.end())
    return known->second;
  auto *fixed = dyn_cast<Constant>(value);
  if (!fixed)
    fail("uses a value before it is defined");
  LaneValues made = constant(fixed);
  return values[value] = made;
}

void Block::run() {
  runFrom(&kernel.getEntryBlock(), Mask(threads, true), nullptr);
}

void Block::runFrom(BasicBlock *block, const Mask &mask, BasicBlock *end) {
  while (block != end) {
    enter(*block, mask);
    for (Instruction &instruction : *block)
      if (!isa<PHINode>(instruction) && !instruction.isTerminator())
        execute(instruction, mask);
    for (unsigned thread = 0; thread < threads; ++thread)
      if (mask[thread])
        cameFrom[thread] = block;
    current = block->getTerminator();
    if (isa<ReturnInst>(current))
      return;
    auto *branch = dyn_cast<BranchInst>(current);
    if (!branch)
      fail("has an unknown way to go on");
    if (branch->isUnconditional()) {
      block = branch->getSuccessor(0);
      continue;
    }
    Mask taken(threads), other(threads);
    bool anyTaken = false, anyOther = false;
    const std::vector<Bits> &condition = get(branch->getCondition())[0];
    for (unsigned thread = 0; thread < threads; ++thread) {
      taken[thread] = mask[thread] && condition[thread];
      other[thread] = mask[thread] && !condition[thread];
      anyTaken |= taken[thread];
      anyOther |= other[thread];
    }
    if (!anyTaken || !anyOther) {
      block = branch->getSuccessor(anyTaken ? 0 : 1);
      continue;
    }
    BasicBlock *join = joins.getNode(block)->getIDom()->getBlock();
    runFrom(branch->getSuccessor(0), taken, join);
    runFrom(branch->getSuccessor(1), other, join);
    block = join;
  }
}

/// Phis read all their operands before any of them changes.
void Block::enter(BasicBlock &block, const Mask &mask) {
  SmallVector<std::pair<PHINode *, LaneValues>> results;
  for (PHINode &phi : block.phis()) {
    current = &phi;
    auto old = values.find(&phi);
    LaneValues result = old != values.end()
                            ? old->second
                            : make(elementsOf(phi.getType()).size());
    for (unsigned edge = 0; edge < phi.getNumIncomingValues(); ++edge) {
      Mask here(threads);
      bool any = false;
      for (unsigned thread = 0; thread < threads; ++thread)
        any |= here[thread] =
            mask[thread] && cameFrom[thread] == phi.getIncomingBlock(edge);
      if (!any)
        continue;
      const LaneValues &incoming = get(phi.getIncomingValue(edge));
      for (size_t i = 0; i < result.size(); ++i)
        for (unsigned thread = 0; thread < threads; ++thread)
          if (here[thread])
            result[i][thread] = incoming[i][thread];
    }
    results.push_back({&phi, std::move(result)});
  }
  for (auto &[phi, result] : results)
    values[phi] = std::move(result);
}

void Block::execute(Instruction &instruction, const Mask &mask) {
  current = &instruction;
  if (auto *write = dyn_cast<StoreInst>(&instruction))
    return store(*write, mask);
  LaneValues result = evaluate(instruction, mask);
  if (instruction.getType()->isVoidTy())
    return;
  auto old = values.find(&instruction);
  if (old != values.end())
    for (size_t i = 0; i < result.size(); ++i)
      for (unsigned thread = 0; thread < threads; ++thread)
        if (!mask[thread])
          result[i][thread] = old->second[i][thread];
  values[&instruction] = std::move(result);
}

LaneValues Block::evaluate(Instruction &instruction, const Mask &mask) {
  if (auto *read = dyn_cast<LoadInst>(&instruction))
    return load(*read, mask);
  if (auto *atomic = dyn_cast<AtomicRMWInst>(&instruction))
    return exchange(*atomic, mask);
  if (auto *place = dyn_cast<GetElementPtrInst>(&instruction))
    return address(*place);
  if (auto *callee = dyn_cast<CallInst>(&instruction))
    return call(*callee, mask);
  if (isa<ExtractElementInst, InsertElementInst, ShuffleVectorInst,
          ExtractValueInst, InsertValueInst>(instruction))
    return shuffleElements(instruction);
  if (isa<BitCastInst>(instruction))
    return bitcast(instruction.getOperand(0), instruction.getType());
  return elementwise(instruction);
}

LaneValues Block::elementwise(Instruction &instruction) {
  SmallVector<Type *> types = elementsOf(instruction.getType());
  LaneValues result = make(types.size());
  auto operand = [&](unsigned number, size_t i) -> const std::vector<Bits> & {
    const LaneValues &value = get(instruction.getOperand(number));
    return value[std::min(i, value.size() - 1)];
  };
  for (size_t i = 0; i < types.size(); ++i)
    for (unsigned thread = 0; thread < threads; ++thread) {
      Bits a = operand(0, i)[thread];
      Bits &to = result[i][thread];
      Type *from = instruction.getOperand(0)->getType()->getScalarType();
      if (isa<FreezeInst>(instruction)) {
        to = a;
      } else if (isa<CastInst>(instruction)) {
        to = convert(instruction.getOpcode(), a, from, types[i]);
      } else if (auto *test = dyn_cast<CmpInst>(&instruction)) {
        to = compare(test->getPredicate(), a, operand(1, i)[thread], from);
      } else if (isa<SelectInst>(instruction)) {
        to = a ? operand(1, i)[thread] : operand(2, i)[thread];
      } else if (instruction.getOpcode() == Instruction::FNeg) {
        to = a ^ (Bits(1) << (widthOf(types[i]) - 1));
      } else if (!isa<BinaryOperator>(instruction)) {
        fail("has an unknown instruction");
      } else if (types[i]->isFloatingPointTy()) {
        to = floatOperation(instruction.getOpcode(), a, operand(1, i)[thread],
                            types[i]);
      } else {
        to = integerOperation(instruction.getOpcode(), a, operand(1, i)[thread],
                              widthOf(types[i]));
      }
    }
  return result;
}

LaneValues Block::shuffleElements(Instruction &instruction) {
  if (auto *extract = dyn_cast<ExtractValueInst>(&instruction))
    return {get(extract->getAggregateOperand())[extract->getIndices()[0]]};
  LaneValues source = get(instruction.getOperand(0));
  if (auto *insert = dyn_cast<InsertValueInst>(&instruction)) {
    source[insert->getIndices()[0]] = get(insert->getInsertedValueOperand())[0];
    return source;
  }
  if (auto *mixed = dyn_cast<ShuffleVectorInst>(&instruction)) {
    const LaneValues &second = get(mixed->getOperand(1));
    LaneValues result = make(mixed->getShuffleMask().size());
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

LaneValues Block::bitcast(llvm::Value *source, Type *to) {
  const LaneValues &value = get(source);
  SmallVector<Type *> from = elementsOf(source->getType()),
                      into = elementsOf(to);
  unsigned narrow = widthOf(from[0]), wide = widthOf(into[0]);
  LaneValues result = make(into.size());
  for (unsigned thread = 0; thread < threads; ++thread)
    for (size_t bit = 0; bit < from.size() * narrow;) {
      // Step by the part that lies in one element on both sides.
      unsigned count =
          std::min<unsigned>(narrow - bit % narrow, wide - bit % wide);
      Bits part =
          truncated(value[bit / narrow][thread] >> (bit % narrow), count);
      result[bit / wide][thread] |= part << (bit % wide);
      bit += count;
    }
  return result;
}

LaneValues Block::address(GetElementPtrInst &instruction) {
  const DataLayout &layout = kernel.getParent()->getDataLayout();
  LaneValues result = get(instruction.getPointerOperand());
  for (auto part = gep_type_begin(instruction), end = gep_type_end(instruction);
       part != end; ++part) {
    if (part.getStructTypeOrNull())
      fail("addresses a part of a struct");
    uint64_t stride = part.getSequentialElementStride(layout).getFixedValue();
    llvm::Value *index = part.getOperand();
    const LaneValues &places = get(index);
    for (unsigned thread = 0; thread < threads; ++thread)
      result[0][thread] +=
          toSigned(places[0][thread], widthOf(index->getType())) * stride;
  }
  return result;
}

void Block::access(bool writes, Type *pointer, Bits address, uint8_t *bytes,
                   uint64_t count, unsigned thread, uint64_t alignment) {
  if (address % alignment != 0)
    fail("accesses an address that is not aligned as it says");
  if (pointer->getPointerAddressSpace() == 3) {
    std::string wrong = writes ? shared.write(address, bytes, count, thread)
                               : shared.read(address, bytes, count, thread);
    if (!wrong.empty())
      failAt(wrong, address);
    return;
  }
  uint8_t *place = global.at(address, count);
  if (!place)
    fail("accesses global memory out of bounds");
  std::memcpy(writes ? place : bytes, writes ? bytes : place, count);
}

LaneValues Block::load(LoadInst &instruction, const Mask &mask) {
  SmallVector<Type *> types = elementsOf(instruction.getType());
  LaneValues result = make(types.size());
  llvm::Value *pointer = instruction.getPointerOperand();
  const std::vector<Bits> places = get(pointer)[0];
  // Elements of a few bits lie side by side in a vector's bytes.
  uint64_t bytes = bytesOf(types[0]), width = widthOf(types[0]),
           alignment = instruction.getAlign().value();
  bool isPacked = width % 8 != 0;
  for (unsigned thread = 0; thread < threads; ++thread)
    for (size_t i = 0; mask[thread] && i < types.size(); ++i) {
      Bits &element = result[i][thread];
      access(false, pointer->getType(),
             places[thread] + (isPacked ? i * width / 8 : i * bytes),
             reinterpret_cast<uint8_t *>(&element), bytes, thread,
             i == 0 ? alignment : 1);
      if (isPacked)
        element = truncated(element >> (i * width % 8), width);
    }
  return result;
}

void Block::store(StoreInst &instruction, const Mask &mask) {
  llvm::Value *pointer = instruction.getPointerOperand();
  LaneValues value = get(instruction.getValueOperand());
  const std::vector<Bits> places = get(pointer)[0];
  Type *element = elementsOf(instruction.getValueOperand()->getType())[0];
  if (value.size() > 1 && widthOf(element) % 8 != 0)
    fail("stores a vector of elements that share bytes");
  uint64_t bytes = bytesOf(element);
  uint64_t alignment = instruction.getAlign().value();
  for (unsigned thread = 0; thread < threads; ++thread)
    for (size_t i = 0; mask[thread] && i < value.size(); ++i)
      access(true, pointer->getType(), places[thread] + i * bytes,
             reinterpret_cast<uint8_t *>(&value[i][thread]), bytes, thread,
             i == 0 ? alignment : 1);
}

/// Blocks run one after another: what is atomic is so.
LaneValues Block::exchange(AtomicRMWInst &instruction, const Mask &mask) {
  if (instruction.getOperation() != AtomicRMWInst::Xchg)
    fail("has an unknown atomic operation");
  LaneValues result = make(1);
  llvm::Value *pointer = instruction.getPointerOperand();
  const std::vector<Bits> places = get(pointer)[0],
                          given = get(instruction.getValOperand())[0];
  uint64_t bytes = bytesOf(instruction.getType());
  for (unsigned thread = 0; thread < threads; ++thread) {
    if (!mask[thread])
      continue;
    Bits value = given[thread];
    access(false, pointer->getType(), places[thread],
           reinterpret_cast<uint8_t *>(&result[0][thread]), bytes, thread,
           bytes);
    access(true, pointer->getType(), places[thread],
           reinterpret_cast<uint8_t *>(&value), bytes, thread, bytes);
  }
  return result;
}

} // namespace attention::emulator
