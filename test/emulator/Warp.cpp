#include "test/emulator/Warp.h"

#include "test/emulator/Block.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace attention::emulator {

Warp::Warp(BlockState &block, KernelCode &code, unsigned number, Mask lanes,
           ArrayRef<Bits> arguments)
    : block(block), code(code), number(number), lanes(lanes), mask(lanes),
      values(code.count()), registers(code.count()) {
  for (auto [argument, bits] : zip(code.function.args(), arguments)) {
    LaneValues value = zeros(1);
    value[0].fill(truncated(bits, widthOf(argument.getType())));
    values[code.numberOf(&argument)] = value;
  }
  frames.push_back({&code.function.getEntryBlock(), {}, nullptr, lanes});
}

void Warp::fail(const std::string &what) const { block.fail(what, current); }

void Warp::failAt(const std::string &what, Bits sharedAddress) const {
  fail(what + ", in byte " + std::to_string(sharedAddress) +
       " of shared memory,");
}

void Warp::expectAll() {
  if (mask != lanes)
    fail("lets only some threads do what all have to");
}

std::string Warp::whereabouts() const {
  std::string text;
  raw_string_ostream stream(text);
  stream << "warp " << number;
  if (isDone())
    stream << " has ended";
  else
    stream << " waits " << waitsFor() << " at" << *current;
  return text;
}

const LaneValues &Warp::get(llvm::Value *value) {
  if (auto *fixed = dyn_cast<Constant>(value)) {
    if (const LaneValues *known = code.constant(fixed))
      return *known;
    fail("has a constant that is not known");
  }
  const LaneValues &known = values[code.numberOf(value)];
  if (known.empty())
    fail("uses a value before it is defined");
  return known;
}

Bits Warp::uniform(CallInst &call, unsigned i) {
  const Lanes &bits = operand(call, i);
  Bits first = bits[countr_zero(mask)];
  for (unsigned lane = 0; lane < laneCount; ++lane)
    if (has(mask, lane) && bits[lane] != first)
      fail("has lanes that do not agree on operand " + std::to_string(i));
  return first;
}

//===----------------------------------------------------------------------===//
// Ways through the kernel
//===----------------------------------------------------------------------===//

void Warp::run() {
  isResumed = isOver && !polls;
  isOver = nullptr;
  polls = false;
  while (!frames.empty()) {
    Frame &frame = frames.back();
    mask = frame.mask;
    if (!frame.isEntered) {
      go(frame.block);
    } else if (frame.at != std::prev(frame.block->end())) {
      if (execute(*frame.at))
        ++frame.at;
      isResumed = false;
      if (isOver)
        return;
    } else {
      leave();
    }
  }
}

/// The frame on top goes to `target`, or ends there.
void Warp::go(BasicBlock *target) {
  Frame &frame = frames.back();
  if (target == frame.end) {
    frames.pop_back();
    return;
  }
  mask = frame.mask;
  enter(*target);
  frame.block = target;
  frame.at = target->getFirstNonPHIIt();
  frame.isEntered = true;
}

/// Phis read all their operands before any of them changes.
void Warp::enter(BasicBlock &block) {
  struct Result {
    PHINode *phi;
    LaneValues value;
    SmallVector<Origin, 1> origins;
  };
  std::vector<Result> results;
  for (PHINode &phi : block.phis()) {
    current = &phi;
    const LaneValues &old = values[code.numberOf(&phi)];
    LaneValues result =
        old.empty() ? zeros(elementsOf(phi.getType()).size()) : old;
    SmallVector<Origin, 1> origins;
    for (unsigned edge = 0; edge < phi.getNumIncomingValues(); ++edge) {
      Mask here = 0;
      for (unsigned lane = 0; lane < laneCount; ++lane)
        if (has(mask, lane) && cameFrom[lane] == phi.getIncomingBlock(edge))
          here |= 1u << lane;
      if (!here)
        continue;
      const LaneValues &incoming = get(phi.getIncomingValue(edge));
      for (size_t i = 0; i < result.size(); ++i)
        for (unsigned lane = 0; lane < laneCount; ++lane)
          if (has(here, lane))
            result[i][lane] = incoming[i][lane];
      origins.clear();
      for (size_t i = 0; i < result.size(); ++i)
        origins.push_back(originOf(phi.getIncomingValue(edge), i));
    }
    results.push_back({&phi, std::move(result), std::move(origins)});
  }
  for (Result &result : results) {
    unsigned value = code.numberOf(result.phi);
    values[value] = std::move(result.value);
    registers.set(value, std::move(result.origins));
  }
}

/// By the terminator of the block of the frame on top.
void Warp::leave() {
  Frame &frame = frames.back();
  BasicBlock *from = frame.block;
  for (unsigned lane = 0; lane < laneCount; ++lane)
    if (has(mask, lane))
      cameFrom[lane] = from;
  current = from->getTerminator();
  if (isa<ReturnInst>(current)) {
    frames.pop_back();
    return;
  }
  auto *branch = dyn_cast<BranchInst>(current);
  if (!branch)
    fail("has an unknown way to go on");
  if (branch->isUnconditional())
    return go(branch->getSuccessor(0));
  const Lanes &condition = get(branch->getCondition())[0];
  Mask taken = 0;
  for (unsigned lane = 0; lane < laneCount; ++lane)
    if (has(mask, lane) && condition[lane])
      taken |= 1u << lane;
  Mask other = mask & ~taken;
  if (!taken || !other)
    return go(branch->getSuccessor(taken ? 0 : 1));
  // All wait at the join, if there is one, and go on from there together.
  BasicBlock *join = code.joinOf(from);
  if (join) {
    frame.block = join;
    frame.isEntered = false;
  } else {
    frames.pop_back();
  }
  frames.push_back({branch->getSuccessor(1), {}, join, other});
  frames.push_back({branch->getSuccessor(0), {}, join, taken});
}

bool Warp::execute(Instruction &instruction) {
  current = &instruction;
  ++time;
  if (products.anyPending())
    checkOperands(instruction);
  LaneValues result = evaluate(instruction);
  if (isOver && !polls)
    return false;
  if (instruction.getType()->isVoidTy())
    return true;
  unsigned place = code.numberOf(&instruction);
  LaneValues &value = values[place];
  if (mask != lanes && !value.empty())
    for (size_t i = 0; i < result.size(); ++i)
      for (unsigned lane = 0; lane < laneCount; ++lane)
        if (!has(mask, lane))
          result[i][lane] = value[i][lane];
  value = std::move(result);
  noteOrigins(instruction, place);
  return true;
}

//===----------------------------------------------------------------------===//
// Waiting
//===----------------------------------------------------------------------===//

LaneValues Warp::waitUntil(std::function<bool()> over,
                           std::function<std::string()> what) {
  isOver = std::move(over);
  waitsFor = std::move(what);
  return {};
}

void Warp::poll(std::function<bool()> hasNews,
                std::function<std::string()> what) {
  waitUntil(std::move(hasNews), std::move(what));
  polls = true;
}

} // namespace attention::emulator
