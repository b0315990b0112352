/// What groups of four warps do together.
#ifndef ATTENTION_TEST_EMULATOR_WARPGROUPS_H
#define ATTENTION_TEST_EMULATOR_WARPGROUPS_H

#include "test/emulator/SharedMemory.h"
#include "llvm/IR/Instruction.h"
#include <deque>
#include <vector>

namespace attention::emulator {

/// Four warps, the first of which has a number divisible by four, run
/// instructions of their warpgroup in the same order and with the same
/// operands. Here each does its part when it comes there.
class Warpgroups {
public:
  explicit Warpgroups(unsigned warps) : warps(warps), done(warps) {}

  /// What the next such instruction of a warp is; returns what is wrong.
  std::string run(unsigned warp, const llvm::Instruction &instruction,
                  uint64_t first, uint64_t second);
  /// When all warps have ended.
  std::string finish() const;

private:
  struct Step {
    const llvm::Instruction *instruction;
    uint64_t first, second; ///< operands
  };
  unsigned warps;
  std::vector<size_t> done;
  std::vector<std::vector<Step>> steps;
};

/// The products of matrices that a warp has issued, and not waited for (PTX
/// ISA, "Asynchronous warpgroup level matrix multiply-accumulate"). They have
/// numbers from 1 on.
class MatrixGroups {
public:
  /// Reads 16 bytes for the product that is being issued.
  Wrong read(SharedMemory &shared, uint64_t address, uint8_t *to,
             unsigned warp);
  uint64_t issue() { return ++issued; }
  void commit();
  void wait(SharedMemory &shared, uint64_t pending, unsigned warp);

  bool isPending(uint64_t product) const { return product > completed; }
  bool anyPending() const { return issued > completed; }
  bool isCommitted() const { return reads.empty(); }

private:
  struct Group {
    uint64_t last; ///< product
    std::vector<uint64_t> reads;
  };
  uint64_t issued = 0, completed = 0;
  std::vector<uint64_t> reads; ///< addresses, of what is not committed
  std::deque<Group> committed;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_WARPGROUPS_H
