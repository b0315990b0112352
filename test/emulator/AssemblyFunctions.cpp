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

int AssemblyRun::outputOf(StringRef text) const {
  unsigned place = 0;
  return text.consume_front("$") && !text.getAsInteger(10, place) &&
                 place < assembly.ties.size()
             ? int(place)
             : -1;
}

llvm::Value *AssemblyRun::argument(StringRef text) const {
  unsigned place = 0, outputs = assembly.ties.size();
  if (!text.consume_front("$") || text.getAsInteger(10, place))
    return nullptr;
  int number = place < outputs ? assembly.ties[place] : int(place - outputs);
  return number < 0 || unsigned(number) >= call.arg_size()
             ? nullptr
             : call.getArgOperand(number);
}

/// Of an operand that is read: a predicate, a number or an input.
Lanes Warp::assemblyOperand(const AssemblyRun &run, StringRef text) {
  if (llvm::Value *argument = run.argument(text))
    return get(argument)[0];
  Lanes bits{};
  int64_t literal = 0;
  if (auto known = run.predicates.find(text); known != run.predicates.end())
    return lanesOf(
        [&](unsigned lane) -> Bits { return has(known->second, lane); })[0];
  if (text.getAsInteger(0, literal))
    fail("has assembly with an unknown operand '" + text.str() + "'");
  bits.fill(uint32_t(literal));
  return bits;
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

LaneValues Warp::assembly(CallInst &call) {
  const AssemblyCall &assembly = code.assemblyOf(call);
  AssemblyRun run{call, assembly, {}, {}, {}};
  for (int tie : assembly.ties) {
    run.results.push_back(tie < 0 ? Lanes{} : operand(call, tie));
    run.origins.push_back(tie < 0 ? Origin{time, 0, 0}
                                  : originOf(call.getArgOperand(tie), 0));
  }
  if (isWaitLoop(assembly.statements)) {
    const Statement &wait = assembly.statements[2];
    awaitPhases(assemblyOperand(run, wait.operands[1]),
                assemblyOperand(run, wait.operands[2]), true);
    return {};
  }
  Mask all = mask;
  for (const Statement &statement : assembly.statements) {
    if (!statement.predicate.empty()) {
      Mask taken = maskOf(assemblyOperand(run, statement.predicate));
      mask = all & (statement.isNegated ? ~taken : taken);
    }
    if (mask)
      runStatement(run, statement);
    mask = all;
  }
  assemblyOrigins = std::move(run.origins);
  return run.results;
}

/// cp.async.bulk.tensor.Nd, if it is that.
bool Warp::copyBoxByAssembly(const AssemblyRun &run,
                             const Statement &statement) {
  StringRef rest = statement.opcode;
  unsigned dimensions = 0;
  if (!rest.consume_front("cp.async.bulk.tensor.") ||
      rest.consumeInteger(10, dimensions) ||
      rest != "d.shared::cluster.global.mbarrier::complete_tx::bytes" ||
      statement.operands.size() != dimensions + 3)
    return false;
  SmallVector<Lanes, 0> values;
  for (const std::string &operand : statement.operands)
    values.push_back(assemblyOperand(run, operand));
  copyBox(values[0], values[1], ArrayRef(values).slice(2, dimensions),
          values.back());
  return true;
}

void Warp::runStatement(AssemblyRun &run, const Statement &statement) {
  StringRef opcode = statement.opcode;
  auto value = [&](unsigned i) {
    if (i >= statement.operands.size())
      fail("has assembly of too few operands, '" + opcode.str() + "'");
    return assemblyOperand(run, statement.operands[i]);
  };
  if (opcode == ".reg")
    return;
  if (opcode == "setp.ne.b32" && !statement.operands.empty()) {
    Lanes a = value(1), b = value(2);
    run.predicates[statement.operands[0]] = maskOf(lanesOf([&](unsigned lane) {
      return uint32_t(a[lane]) != uint32_t(b[lane]);
    })[0]);
    return;
  }
  if (opcode.starts_with("wgmma.mma_async."))
    return multiplyByGroup(run, statement);
  if (opcode == "wgmma.fence.sync.aligned")
    return fenceRegisters();
  if (opcode == "wgmma.commit_group.sync.aligned")
    return commitProducts();
  if (opcode == "wgmma.wait_group.sync.aligned")
    return awaitProducts(value(0)[0]);
  if (opcode == "mbarrier.init.shared.b64")
    return makeMbarriers(value(0), value(1));
  if (opcode == "mbarrier.arrive.expect_tx.shared.b64") {
    Lanes ones;
    ones.fill(1);
    expectBytes(value(1), value(2));
    arriveAt(value(1), ones);
    return;
  }
  if (opcode == "bar.arrive" || opcode == "barrier.arrive") {
    Lanes id = value(0), threads = value(1);
    meet(id[0], threads[0], false);
    return;
  }
  if (!copyBoxByAssembly(run, statement))
    fail("has assembly that is not known, '" + opcode.str() + "'");
}

} // namespace attention::emulator
