/// Mbarriers in the emulator of GPU kernels: phases, who waits for them, and
/// what must not be done.
#include "EmulatorTest.h"
#include <gtest/gtest.h>

namespace {

const std::string kBar = "ptr addrspace(3) @shared";
const std::string kFull =
    "ptr addrspace(3) getelementptr (i8, " + kBar + ", i32 256)";

/// With space for mbarriers behind the words.
std::vector<uint32_t> runOnMore(const std::string &body) {
  return runKernel(body, 512);
}

std::string init(int count, const std::string &bar = kFull) {
  return "  %isOne = icmp eq i32 %t, 0\n"
         "  br i1 %isOne, label %init, label %made\n"
         "init:\n"
         "  call void @llvm.nvvm.mbarrier.init.shared(" +
         bar + ", i32 " + std::to_string(count) +
         ")\n"
         "  call void @llvm.nvvm.fence.mbarrier_init.release.cluster()\n"
         "  br label %made\n"
         "made:\n" +
         kBarrier;
}

std::string arrive(const std::string &name) {
  return "  %" + name + " = call i64 @llvm.nvvm.mbarrier.arrive.shared(" +
         kFull + ")\n";
}

/// Asks for a phase until it is complete.
std::string await(const std::string &name, const std::string &parity) {
  return "  br label %ask." + name + "\nask." + name + ":\n  %is." + name +
         " = call i1 @llvm.nvvm.mbarrier.try.wait.parity.scope.cta.space.cta(" +
         kFull + ", i32 " + parity + ")\n  br i1 %is." + name +
         ", label %there." + name + ", label %ask." + name + "\nthere." + name +
         ":\n";
}

/// The first warp does one thing and the second another.
std::string eachWarp(const std::string &first, const std::string &second) {
  return "  %isFirst = icmp ult i32 %t, 32\n"
         "  br i1 %isFirst, label %first, label %second\n"
         "first:\n" +
         first + "  ret void\nsecond:\n" + second + "  ret void\n";
}

const std::string kStore = "  store i32 %t, ptr addrspace(3) %place, align 4\n";
const std::string kRead =
    "  %other = xor i32 %t, 32\n"
    "  %from = getelementptr i32, ptr addrspace(3) @shared, i32 %other\n"
    "  %x = load i32, ptr addrspace(3) %from, align 4\n"
    "  store i32 %x, ptr addrspace(1) %mine, align 4\n";

TEST(Mbarriers, OrderWhatComesBefore) {
  EXPECT_EQ(runOnMore(init(32) + eachWarp(kStore + arrive("a"),
                                          await("w", "0") + kRead))[40],
            8u);
  EXPECT_EXIT(runOnMore(init(32) + eachWarp(arrive("a") + kStore,
                                            await("w", "0") + kRead)),
              testing::ExitedWithCode(1),
              "another warp wrote since the last barrier");
}

TEST(Mbarriers, MustBeAskedAgain) {
  // The first answer is no: the second warp completes the barrier, and goes on
  // before the first one does.
  EXPECT_EXIT(
      runOnMore(init(32) +
                eachWarp(kStore + arrive("a"),
                         "  %no = call i1 @llvm.nvvm.mbarrier.try.wait.parity."
                         "scope.cta.space.cta(" +
                             kFull + ", i32 0)\n" + kRead)),
      testing::ExitedWithCode(1), "another warp wrote since the last barrier");
}

TEST(Mbarriers, GoFromPhaseToPhase) {
  // Of the phase before the first, the parity is 1.
  auto words = runOnMore(init(64) + await("before", "1") + arrive("a") +
                         await("first", "0") + kStore + arrive("b") +
                         await("second", "1") + kRead + "  ret void\n");
  EXPECT_EQ(words[33], 1u);
  // By what an arrival gives.
  words = runOnMore(init(64) + kStore + arrive("a") +
                    "  br label %ask\nask:\n"
                    "  %is = call i1 @llvm.nvvm.mbarrier.test.wait.shared(" +
                    kFull +
                    ", i64 %a)\n  br i1 %is, label %go, label %ask\n"
                    "go:\n" +
                    kRead + "  ret void\n");
  EXPECT_EQ(words[33], 1u);
}

TEST(Mbarriers, InTheLoopThatLlvmWrites) {
  std::string loop =
      "  call void asm sideeffect \"{\\0A\\09.reg .pred       P1; \\0A"
      "\\09LAB_WAIT: \\0A\\09mbarrier.try_wait.parity.shared.b64 P1, [$0], $1, "
      "$2; \\0A\\09@P1 bra.uni DONE; \\0A\\09bra.uni     LAB_WAIT; \\0A"
      "\\09DONE: \\0A\\09}\", \"r,r,r\"(" +
      kFull + ", i32 0, i32 100)\n";
  EXPECT_EQ(
      runOnMore(init(32) + eachWarp(loop + kRead, kStore + arrive("a")))[8],
      40u);
}

TEST(Mbarriers, UnderAPredicate) {
  std::string made = "  %isOne = icmp eq i32 %t, 0\n"
                     "  call void asm sideeffect \"@$2 mbarrier.init.shared."
                     "b64 [$0], $1;\", \"r,r,b\"(" +
                     kFull + ", i32 1, i1 %isOne)\n" + kBarrier;
  std::string arriveOnce =
      "  call void asm sideeffect \"@$2 mbarrier.arrive.expect_tx.shared.b64 "
      "_, [$0], $1;\", \"r,r,b\"(" +
      kFull + ", i32 0, i1 %isOne)\n";
  EXPECT_EQ(runOnMore(made + eachWarp(kStore + arriveOnce,
                                      await("w", "0") + kRead))[40],
            8u);
}

TEST(Mbarriers, ThatNobodyCompletesAreNamed) {
  EXPECT_EXIT(
      runOnMore(init(32) + eachWarp(await("w", "0"), "  br label %e\ne:\n")),
      testing::ExitedWithCode(1),
      "cannot go on:.*warp 0 waits at the mbarrier in byte 256 of "
      "shared memory, in phase 0 with 32 of 32 arrivals and 0 bytes to "
      "come.*warp 1 has ended");
  EXPECT_EXIT(runOnMore(init(32) +
                        "  %s = call i64 @llvm.nvvm.mbarrier.arrive."
                        "expect.tx.scope.cta.space.cta(" +
                        kFull + ", i32 16)\n" + await("w", "0") +
                        "  ret void\n"),
              testing::ExitedWithCode(1), "more often than it was made for");
}

TEST(Mbarriers, RefuseWrongUses) {
  EXPECT_EXIT(runOnMore(arrive("a") + "  ret void\n"),
              testing::ExitedWithCode(1), "was not initialised");
  EXPECT_EXIT(runOnMore(init(1) + init(1).substr(init(1).find("  call")) +
                        "  ret void\n"),
              testing::ExitedWithCode(1),
              "initialises an mbarrier again|redef");
  EXPECT_EXIT(runOnMore(init(0) + "  ret void\n"), testing::ExitedWithCode(1),
              "a number of threads that is not in 1");
  EXPECT_EXIT(runOnMore(init(1, "ptr addrspace(3) getelementptr (i8, " + kBar +
                                    ", i32 4)") +
                        "  ret void\n"),
              testing::ExitedWithCode(1), "not aligned to 8 bytes");
  EXPECT_EXIT(runOnMore(init(1, kBar) + kStore + "  ret void\n"),
              testing::ExitedWithCode(1), "writes over an mbarrier");
  EXPECT_EXIT(runOnMore(init(1, kBar) + kRead + "  ret void\n"),
              testing::ExitedWithCode(1),
              "reads the bytes of an mbarrier|that nothing wrote");
  EXPECT_EXIT(runOnMore(init(64) + await("w", "2") + "  ret void\n"),
              testing::ExitedWithCode(1), "parity that is not 0 or 1");
  std::string unseen = init(64);
  unseen.resize(unseen.size() - std::string(kBarrier).size());
  EXPECT_EXIT(runOnMore(unseen + arrive("a") + "  ret void\n"),
              testing::ExitedWithCode(1),
              "another warp initialised since the last barrier");
}

TEST(Mbarriers, GiveTheirBytesBack) {
  std::string gone = "  br i1 %isOne, label %drop, label %gone\ndrop:\n"
                     "  call void @llvm.nvvm.mbarrier.inval.shared(" +
                     kFull + ")\n  br label %gone\ngone:\n" + kBarrier;
  EXPECT_EQ(runOnMore(init(64) + gone + kStore + kBarrier + kRead +
                      "  ret void\n")[63],
            31u);
}

} // namespace
