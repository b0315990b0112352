/// Inline assembly, statement by statement.
#include "test/emulator/AssemblyCall.h"
#include "test/emulator/Block.h"
#include "test/emulator/Warp.h"

using namespace llvm;

namespace attention::emulator {

AssemblyCall::AssemblyCall(CallInst &call)
    : statements(parseAssembly(
          cast<InlineAsm>(call.getCalledOperand())->getAsmString())) {
  for (const InlineAsm::ConstraintInfo &constraint :
       cast<InlineAsm>(call.getCalledOperand())->ParseConstraints()) {
    if (constraint.Type == InlineAsm::isOutput)
      ties.push_back(constraint.MatchingInput);
  }
  for (int &tie : ties)
    tie = tie < 0 ? tie : tie - int(ties.size());
}

/// Of an operand that is read: an input, a number, or the input that an output
/// is tied to.
Lanes Warp::assemblyOperand(CallInst &call, const AssemblyCall &assembly,
                            StringRef text) {
  Lanes bits;
  int64_t literal;
  if (!text.consume_front("$")) {
    if (text.getAsInteger(0, literal))
      fail("has assembly with an unknown operand '" + text.str() + "'");
    bits.fill(uint32_t(literal));
    return bits;
  }
  unsigned place = 0, outputs = assembly.ties.size();
  if (text.getAsInteger(10, place) || place >= outputs + call.arg_size() ||
      (place < outputs && assembly.ties[place] < 0))
    fail("has assembly that reads what is no input, $" + text.str());
  return operand(call,
                 place < outputs ? assembly.ties[place] : place - outputs);
}

static Mask maskOf(const Lanes &bits) {
  Mask result = 0;
  for (unsigned lane = 0; lane < laneCount; ++lane)
    result |= Mask(bits[lane] != 0) << lane;
  return result;
}

/// What mbarrier.try_wait.parity stands in when LLVM's dialect writes it.
static bool isWaitLoop(ArrayRef<Statement> statements) {
  return statements.size() == 6 && statements[0].opcode == ".reg" &&
         statements[2].opcode == "mbarrier.try_wait.parity.shared.b64" &&
         statements[2].operands.size() >= 3 &&
         statements[3].predicate == statements[2].operands[0] &&
         statements[3].opcode == "bra.uni" &&
         statements[5].opcode == statements[3].operands[0] + ":" &&
         statements[4].opcode == "bra.uni" &&
         statements[1].opcode == statements[4].operands[0] + ":";
}

/// Outputs are what they are tied to, until a statement says otherwise.
LaneValues Warp::assembly(CallInst &call) {
  const AssemblyCall &assembly = code.assemblyOf(call);
  LaneValues results;
  for (int tie : assembly.ties)
    results.push_back(tie < 0 ? Lanes{} : operand(call, tie));
  if (isWaitLoop(assembly.statements)) {
    const Statement &wait = assembly.statements[2];
    awaitPhases(assemblyOperand(call, assembly, wait.operands[1]),
                assemblyOperand(call, assembly, wait.operands[2]), true);
    return results;
  }
  StringMap<Mask> predicates;
  Mask all = mask;
  for (const Statement &statement : assembly.statements) {
    if (!statement.predicate.empty()) {
      Mask taken = predicates.lookup(statement.predicate);
      if (StringRef(statement.predicate).starts_with("$"))
        taken = maskOf(assemblyOperand(call, assembly, statement.predicate));
      mask = all & (statement.isNegated ? ~taken : taken);
    }
    if (mask)
      runStatement(call, assembly, statement, predicates);
    mask = all;
  }
  return results;
}

void Warp::runStatement(CallInst &call, const AssemblyCall &assembly,
                        const Statement &statement,
                        StringMap<Mask> &predicates) {
  StringRef opcode = statement.opcode;
  auto value = [&](unsigned i) {
    if (i >= statement.operands.size())
      fail("has assembly of too few operands, '" + opcode.str() + "'");
    return assemblyOperand(call, assembly, statement.operands[i]);
  };
  if (opcode == ".reg")
    return;
  if (opcode == "setp.ne.b32") {
    Lanes a = value(1), b = value(2);
    Mask &predicate = predicates[statement.operands[0]];
    eachLane([&](unsigned lane) {
      predicate &= ~(1u << lane);
      predicate |= Mask(uint32_t(a[lane]) != uint32_t(b[lane])) << lane;
    });
    return;
  }
  if (opcode == "mbarrier.init.shared.b64")
    return makeMbarriers(value(0), value(1));
  if (opcode == "mbarrier.arrive.expect_tx.shared.b64") {
    Lanes ones;
    ones.fill(1);
    expectBytes(value(1), value(2));
    arriveAt(value(1), ones);
    return;
  }
  StringRef rest = opcode;
  unsigned dimensions;
  if (rest.consume_front("cp.async.bulk.tensor.") &&
      !rest.consumeInteger(10, dimensions) &&
      rest == "d.shared::cluster.global.mbarrier::complete_tx::bytes") {
    SmallVector<Lanes, 0> coordinates;
    for (unsigned i = 0; i < dimensions; ++i)
      coordinates.push_back(value(2 + i));
    return copyBox(value(0), value(1), coordinates, value(2 + dimensions));
  }
  if (opcode == "bar.arrive" || opcode == "barrier.arrive") {
    Lanes id = value(0), threads = value(1);
    meet(id[0], threads[0], false);
    return;
  }
  fail("has assembly that is not known, '" + opcode.str() + "'");
}

} // namespace attention::emulator
