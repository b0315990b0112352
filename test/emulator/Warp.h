/// Runs one warp of a block.
#ifndef ATTENTION_TEST_EMULATOR_WARP_H
#define ATTENTION_TEST_EMULATOR_WARP_H

#include "test/emulator/AssemblyRun.h"
#include "test/emulator/KernelCode.h"
#include "test/emulator/Warpgroups.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/Instructions.h"
#include "llvm/IR/IntrinsicInst.h"
#include <functional>

namespace attention::emulator {

struct BlockState;
struct GroupProduct;

/// The lanes of a warp run in step, under masks where they take different ways,
/// which join again at the post-dominator. Anything that a kernel must not do,
/// and any instruction that is not known, ends the program with a message.
class Warp {
public:
  Warp(BlockState &block, KernelCode &code, unsigned number, Mask lanes,
       llvm::ArrayRef<Bits> arguments);

  /// Goes on until the warp has to wait, or ends.
  void run();
  bool isDone() const { return frames.empty(); }
  bool mayRun() const { return !isDone() && (!isOver || isOver()); }
  /// Whether it waits for nothing in particular: it asked, and may ask again.
  bool isPolling() const { return polls; }
  void pollAgain() { isOver = nullptr; }
  std::string whereabouts() const;

private:
  /// Lanes that go on from `at` in `block` together, until they come to `end`.
  struct Frame {
    llvm::BasicBlock *block;
    llvm::BasicBlock::iterator at;
    llvm::BasicBlock *end;
    Mask mask;
    bool isEntered = false; ///< whether the phis of `block` are done
  };
  void go(llvm::BasicBlock *block);
  void enter(llvm::BasicBlock &block);
  void leave();
  bool execute(llvm::Instruction &instruction);

  //===-- Waiting: what an instruction that has to wait does
  //---------------===//
  /// The instruction is run again once `isOver`.
  LaneValues waitUntil(std::function<bool()> isOver,
                       std::function<std::string()> what);
  /// Others get a turn before the warp goes on behind the instruction.
  void poll(std::function<bool()> hasNews, std::function<std::string()> what);
  /// Whether the instruction is run again.
  bool isResumed = false;

  //===-- Instructions of LLVM
  //---------------------------------------------===//
  LaneValues evaluate(llvm::Instruction &instruction);
  LaneValues elementwise(llvm::Instruction &instruction);
  LaneValues shuffleElements(llvm::Instruction &instruction);
  LaneValues bitcast(llvm::Value *source, llvm::Type *to);
  LaneValues address(llvm::GetElementPtrInst &instruction);
  LaneValues load(llvm::LoadInst &instruction);
  LaneValues store(llvm::StoreInst &instruction);
  LaneValues exchange(llvm::AtomicRMWInst &instruction);
  void access(bool writes, llvm::Type *pointer, Bits address, uint8_t *bytes,
              uint64_t count, unsigned lane, uint64_t alignment,
              bool isAtomic = false);

  //===-- Calls
  //------------------------------------------------------------===//
  LaneValues call(llvm::CallInst &call);
  LaneValues mathFunction(llvm::IntrinsicInst &call);
  LaneValues laneFunction(llvm::IntrinsicInst &call);
  LaneValues fenceFunction(llvm::IntrinsicInst &call);
  LaneValues warpFunction(llvm::IntrinsicInst &call);
  /// `source` gives the lane that one takes its value from.
  LaneValues shuffle(llvm::IntrinsicInst &call,
                     llvm::function_ref<Bits(unsigned, Bits)> source);
  LaneValues loadMatrices(llvm::IntrinsicInst &call, bool transposed);
  LaneValues multiplyHalves(llvm::IntrinsicInst &call, llvm::Type *half);
  LaneValues multiplyTf32(llvm::IntrinsicInst &call);
  LaneValues multiplyDoubles(llvm::IntrinsicInst &call);
  LaneValues asyncFunction(llvm::IntrinsicInst &call);
  LaneValues copyAsync(llvm::IntrinsicInst &call, uint64_t bytes);
  LaneValues barrierFunction(llvm::IntrinsicInst &call);
  LaneValues meet(Bits id, Bits threads, bool waits);

  LaneValues boxFunction(llvm::IntrinsicInst &call);
  void copyBox(const Lanes &to, const Lanes &maps,
               llvm::ArrayRef<Lanes> coordinates, const Lanes &mbarriers);

  LaneValues mbarrierFunction(llvm::IntrinsicInst &call);
  void makeMbarriers(const Lanes &addresses, const Lanes &counts);
  void unmakeMbarriers(const Lanes &addresses);
  void expectBytes(const Lanes &addresses, const Lanes &bytes);
  LaneValues arriveAt(const Lanes &addresses, const Lanes &counts);
  bool testPhases(const Lanes &addresses, const Lanes &states, bool isParity,
                  Lanes &results);
  LaneValues tryPhases(const Lanes &addresses, const Lanes &states,
                       bool isParity);
  void awaitPhases(const Lanes &addresses, const Lanes &states, bool isParity);
  std::function<std::string()> waitsAt(const Lanes &addresses);

  LaneValues assembly(llvm::CallInst &call);
  Lanes assemblyOperand(const AssemblyRun &run, llvm::StringRef text);
  void runStatement(AssemblyRun &run, const Statement &statement);
  bool copyBoxByAssembly(const AssemblyRun &run, const Statement &statement);

  //===-- Warpgroups
  //-------------------------------------------------------===//
  LaneValues warpgroupFunction(llvm::IntrinsicInst &call);
  void multiplyByGroup(AssemblyRun &run, const Statement &statement);
  std::vector<float> readMatrix(const GroupProduct &product, uint64_t bits,
                                unsigned from, unsigned lines,
                                bool isTransposed);
  static std::vector<float> readFragment(const GroupProduct &product,
                                         llvm::ArrayRef<Lanes> registers);
  void takeOperands(const AssemblyRun &run, const Statement &statement,
                    GroupProduct &product);
  void checkSum(AssemblyRun &run, llvm::StringRef text,
                const GroupProduct &product);
  void checkFence(llvm::Value *value);
  void addProducts(AssemblyRun &run, const Statement &statement,
                   const GroupProduct &product, llvm::ArrayRef<float> a,
                   llvm::ArrayRef<float> b);
  void meetWarpgroup(uint64_t first, uint64_t second);
  void fenceRegisters();
  void commitProducts();
  void awaitProducts(uint64_t pending);
  Origin originOf(llvm::Value *value, unsigned element) const;
  void checkOperands(llvm::Instruction &instruction);
  void noteOrigins(llvm::Instruction &instruction, unsigned value);

  void expectAll();
  [[noreturn]] void fail(const std::string &what) const;
  [[noreturn]] void failAt(const std::string &what, Bits sharedAddress) const;

  unsigned threadOf(unsigned lane) const { return laneCount * number + lane; }
  const LaneValues &get(llvm::Value *value);
  /// Of an operand of one element.
  const Lanes &operand(llvm::CallInst &call, unsigned i) {
    return get(call.getArgOperand(i))[0];
  }
  /// For each lane that takes part.
  template <typename Function> void eachLane(Function function) {
    for (unsigned lane = 0; lane < laneCount; ++lane)
      if (has(mask, lane))
        function(lane);
  }
  /// The same in every lane that takes part.
  Bits uniform(llvm::CallInst &call, unsigned i);

  BlockState &block;
  KernelCode &code;
  unsigned number;
  Mask lanes; ///< that there are
  Mask mask;  ///< of the instruction
  std::vector<LaneValues> values;
  Registers registers;
  MatrixGroups products;
  uint64_t time = 0;     ///< instructions so far
  uint64_t fencedAt = 0; ///< the time of the last wgmma.fence
  bool hasFence = false;
  llvm::SmallVector<Origin, 1> assemblyOrigins; ///< of what was run last
  std::vector<Frame> frames;
  std::array<llvm::BasicBlock *, laneCount> cameFrom{};
  llvm::Instruction *current = nullptr;

  std::function<bool()> isOver; ///< what the warp waits for, if it does
  std::function<std::string()> waitsFor;
  bool polls = false;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_WARP_H
