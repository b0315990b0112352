/// Asynchronous copies in the emulator of GPU kernels: when data lands, and
/// what must not be read or written meanwhile.
#include "EmulatorTest.h"
#include <gtest/gtest.h>

namespace {

const std::string kWait = "  call void @llvm.nvvm.cp.async.wait.all()\n";
const std::string kCommit = "  call void @llvm.nvvm.cp.async.commit.group()\n";

std::string waitGroup(int pending) {
  return "  call void @llvm.nvvm.cp.async.wait.group(i32 " +
         std::to_string(pending) + ")\n";
}

/// Copies the thread's own word to where it has its place, `far` bytes on.
std::string copyWord(int far = 0) {
  std::string to = "%to" + std::to_string(far);
  return "  " + to + " = getelementptr i8, ptr addrspace(3) %place, i32 " +
         std::to_string(far) +
         "\n  call void @llvm.nvvm.cp.async.ca.shared.global.4("
         "ptr addrspace(3) " +
         to + ", ptr addrspace(1) %mine)\n";
}

/// Reads the word of thread t ^ `far` and stores it as the thread's result.
std::string readWord(int far) {
  return "  %other = xor i32 %t, " + std::to_string(far) +
         "\n  %from = getelementptr i32, ptr addrspace(3) @shared, i32 %other\n"
         "  %x = load i32, ptr addrspace(3) %from, align 4\n"
         "  %y = add i32 %x, 100\n"
         "  store i32 %y, ptr addrspace(1) %mine, align 4\n"
         "  ret void\n";
}

TEST(AsyncCopies, LandWhenTheirThreadWaits) {
  EXPECT_EQ(runKernel(copyWord() + kWait + readWord(0))[5], 105u);
  EXPECT_EQ(runKernel(copyWord() + kCommit + waitGroup(0) + readWord(0))[5],
            105u);
  EXPECT_EQ(runKernel(copyWord() + kWait + kBarrier + readWord(63))[5], 158u);
}

TEST(AsyncCopies, MustBeWaitedFor) {
  const char *message = "reads what an asynchronous copy is writing, in byte "
                        "0 of shared memory, at .*load i32";
  EXPECT_EXIT(runKernel(copyWord() + readWord(0)), testing::ExitedWithCode(1),
              message);
  EXPECT_EXIT(runKernel(copyWord() + kCommit + waitGroup(1) + readWord(0)),
              testing::ExitedWithCode(1), message);
  // A wait for groups does not cover what no group has.
  EXPECT_EXIT(runKernel(copyWord() + waitGroup(0) + readWord(0)),
              testing::ExitedWithCode(1), message);
}

TEST(AsyncCopies, LandGroupByGroup) {
  // The second copy is in flight still, and nobody reads it.
  std::string kernel = "  %half = icmp ult i32 %t, 32\n"
                       "  br i1 %half, label %low, label %end\n"
                       "low:\n" +
                       copyWord() + kCommit + copyWord(128) + kCommit;
  EXPECT_EQ(
      runKernel(kernel + waitGroup(1) + readWord(0) + "end:\n  ret void\n")[5],
      105u);
  EXPECT_EXIT(
      runKernel(kernel + waitGroup(1) + readWord(32) + "end:\n  ret void\n"),
      testing::ExitedWithCode(1), "in byte 128 of shared memory");
}

TEST(AsyncCopies, AreSeenByOthersBehindABarrier) {
  EXPECT_EXIT(runKernel(copyWord() + kWait + readWord(1)),
              testing::ExitedWithCode(1),
              "reads what another thread copied since the last barrier");
  EXPECT_EXIT(runKernel(copyWord() + kBarrier + kWait + readWord(63)),
              testing::ExitedWithCode(1),
              "reads what (another thread copied|an asynchronous copy)");
}

TEST(AsyncCopies, MustNotMeetOtherAccesses) {
  std::string store = "  store i32 %t, ptr addrspace(3) %place, align 4\n";
  EXPECT_EXIT(runKernel(copyWord() + store + "  ret void\n"),
              testing::ExitedWithCode(1),
              "writes over what an asynchronous copy is writing");
  EXPECT_EXIT(runKernel(copyWord() + copyWord(4) + "  ret void\n"),
              testing::ExitedWithCode(1),
              "writes over what an asynchronous copy is writing");
  // The next round's copies must not begin before all have read.
  std::string round = store + kBarrier +
                      "  %r = sub i32 63, %t\n"
                      "  %f = getelementptr i32, ptr addrspace(3) @shared, i32 "
                      "%r\n  %v = load i32, ptr addrspace(3) %f, align 4\n";
  EXPECT_EXIT(runKernel(round + copyWord() + "  ret void\n"),
              testing::ExitedWithCode(1),
              "writes over what another warp read|an asynchronous copy is");
  runKernel(round + kBarrier + copyWord() + "  ret void\n");
}

TEST(AsyncCopies, FillUpWithZeros) {
  std::string copy = "  call void @llvm.nvvm.cp.async.ca.shared.global.4.s("
                     "ptr addrspace(3) %place, ptr addrspace(1) %mine, i32 ";
  std::string wide = "  %c = mul i32 %t, 257\n"
                     "  store i32 %c, ptr addrspace(1) %mine, align 4\n";
  EXPECT_EQ(runKernel(wide + copy + "1)\n" + kWait + readWord(0))[5], 105u);
  EXPECT_EQ(runKernel(wide + copy + "2)\n" + kWait + readWord(0))[5],
            5 * 257 + 100u);
  EXPECT_EXIT(runKernel(copy + "5)\n  ret void\n"), testing::ExitedWithCode(1),
              "copies 5 of 4 bytes");
}

TEST(AsyncCopies, OfNothingMayPointAnywhere) {
  std::string copy =
      "  %far = getelementptr i32, ptr addrspace(1) %mine, i32 64\n"
      "  call void @llvm.nvvm.cp.async.ca.shared.global.4.s("
      "ptr addrspace(3) %place, ptr addrspace(1) %far, i32 ";
  EXPECT_EQ(runKernel(copy + "0)\n" + kWait + readWord(0))[5], 100u);
  EXPECT_EXIT(runKernel(copy + "1)\n  ret void\n"), testing::ExitedWithCode(1),
              "global memory out of bounds");
}

TEST(AsyncCopies, RefuseWrongAddresses) {
  std::string copy = "  call void @llvm.nvvm.cp.async.cg.shared.global.16("
                     "ptr addrspace(3) %place, ptr addrspace(1) %mine)\n"
                     "  ret void\n";
  EXPECT_EXIT(runKernel(copy), testing::ExitedWithCode(1), "not aligned");
  EXPECT_EXIT(runKernel(copyWord(256) + "  ret void\n"),
              testing::ExitedWithCode(1), "shared memory out of bounds");
}

TEST(AsyncCopies, OfAllWidths) {
  for (std::string width :
       {"ca.shared.global.8", "ca.shared.global.16", "cg.shared.global.16"}) {
    std::string kernel =
        "  %group = and i32 %t, -4\n"
        "  %first = icmp eq i32 %t, %group\n"
        "  br i1 %first, label %copy, label %join\n"
        "copy:\n  call void @llvm.nvvm.cp.async." +
        width + "(ptr addrspace(3) %place, ptr addrspace(1) %mine)\n" + kWait +
        "  br label %join\njoin:\n" + kBarrier +
        "  %odd = and i32 %t, -3\n"
        "  %from = getelementptr i32, ptr addrspace(3) @shared, i32 %odd\n"
        "  %x = load i32, ptr addrspace(3) %from, align 4\n"
        "  store i32 %x, ptr addrspace(1) %mine, align 4\n  ret void\n";
    EXPECT_EQ(runKernel(kernel)[7], 5u) << width;
  }
}

} // namespace
