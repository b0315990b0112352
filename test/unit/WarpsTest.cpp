/// Warps in the emulator of GPU kernels: each goes its own way, and waits for
/// others at barriers.
#include "EmulatorTest.h"
#include <gtest/gtest.h>

namespace {

/// The first warp does one thing and the second another; both end as they like.
std::string eachWarp(const std::string &first, const std::string &second) {
  return "  %isFirst = icmp ult i32 %t, 32\n"
         "  br i1 %isFirst, label %first, label %second\n"
         "first:\n" +
         first + "second:\n" + second;
}

std::string barrier(const std::string &kind, int id, int threads) {
  return "  call void @llvm.nvvm.barrier.cta." + kind + ".aligned.count(i32 " +
         std::to_string(id) + ", i32 " + std::to_string(threads) + ")\n";
}

std::string store(const std::string &place = "%place") {
  return "  store i32 %t, ptr addrspace(3) " + place + ", align 4\n";
}

/// Reads what thread t - 32 stored, as the thread's result.
const std::string kRead =
    "  %before = sub i32 %t, 32\n"
    "  %from = getelementptr i32, ptr addrspace(3) @shared, i32 %before\n"
    "  %x = load i32, ptr addrspace(3) %from, align 4\n"
    "  store i32 %x, ptr addrspace(1) %mine, align 4\n";
const std::string kEnd = "  ret void\n";

TEST(Warps, WaitForEachOtherInTurns) {
  // The first would overwrite what the second has not read, but for barrier 2.
  std::string words =
      eachWarp("  br label %loop\nloop:\n"
               "  %i = phi i32 [ 0, %first ], [ %next, %loop ]\n"
               "  %value = add i32 %t, %i\n"
               "  store i32 %value, ptr addrspace(3) %place, align 4\n" +
                   barrier("arrive", 1, 64) + barrier("sync", 2, 64) +
                   "  %next = add i32 %i, 1\n"
                   "  %more = icmp ult i32 %next, 5\n"
                   "  br i1 %more, label %loop, label %end\n"
                   "end:\n" +
                   kEnd,
               "  br label %wait\nwait:\n"
               "  %j = phi i32 [ 0, %second ], [ %after, %wait ]\n" +
                   barrier("sync", 1, 64) + kRead + barrier("arrive", 2, 64) +
                   "  %after = add i32 %j, 1\n"
                   "  %again = icmp ult i32 %after, 5\n"
                   "  br i1 %again, label %wait, label %done\n"
                   "done:\n" +
                   kEnd);
  EXPECT_EQ(runKernel(words)[40], 8u + 4);
}

TEST(Warps, MustBeOrderedByBarriers) {
  EXPECT_EXIT(runKernel(eachWarp(store() + barrier("sync", 1, 32) + kEnd,
                                 barrier("sync", 2, 32) + kRead + kEnd)),
              testing::ExitedWithCode(1),
              "another warp wrote since the last barrier");
  // To arrive is not to wait.
  EXPECT_EXIT(runKernel(eachWarp(store() + barrier("sync", 1, 64) + kEnd,
                                 barrier("arrive", 1, 64) + kRead + kEnd)),
              testing::ExitedWithCode(1),
              "another warp wrote since the last barrier|that nothing wrote");
}

TEST(Warps, ThatCannotGoOnAreNamed) {
  EXPECT_EXIT(
      runKernel(eachWarp(barrier("sync", 3, 64) + kEnd, kEnd)),
      testing::ExitedWithCode(1),
      "block 0 of k cannot go on:.*warp 0 waits at barrier 3 with 1 of 2 "
      "warps at .*barrier.cta.sync.*warp 1 has ended");
  EXPECT_EXIT(runKernel(eachWarp(barrier("sync", 3, 64) + kEnd,
                                 barrier("sync", 4, 64) + kEnd)),
              testing::ExitedWithCode(1), "warp 1 waits at barrier 4");
}

TEST(Warps, RefuseWrongBarriers) {
  EXPECT_EXIT(runKernel(barrier("sync", 16, 64) + kEnd),
              testing::ExitedWithCode(1), "16 barriers, but uses barrier 16");
  EXPECT_EXIT(runKernel(barrier("sync", 1, 0) + kEnd),
              testing::ExitedWithCode(1), "waits for 0 threads");
  EXPECT_EXIT(runKernel(eachWarp(barrier("sync", 1, 64) + kEnd,
                                 barrier("sync", 1, 96) + kEnd)),
              testing::ExitedWithCode(1), "others wait for 64");
  EXPECT_EXIT(
      runKernel(eachWarp(
          barrier("arrive", 1, 64) + barrier("arrive", 1, 64) + kEnd, kEnd)),
      testing::ExitedWithCode(1), "twice in one round");
}

} // namespace
