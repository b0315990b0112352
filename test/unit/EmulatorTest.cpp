/// The emulator of GPU kernels: what they compute, and what they must not do.
#include "EmulatorTest.h"
#include "test/emulator/Block.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/SourceMgr.h"
#include <gtest/gtest.h>

using namespace attention::emulator;

std::vector<uint32_t> runKernel(const std::string &body, uint64_t sharedBytes,
                                const TensorMap *map, unsigned blocks) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  std::string text =
      "target triple = \"nvptx64-nvidia-cuda\"\n"
      "@shared = external addrspace(3) global [0 x i8], align 16\n"
      "@k_items = addrspace(1) global i32 0, align 4\n"
      "declare i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
      "declare i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()\n"
      "declare i32 @llvm.nvvm.read.ptx.sreg.clock()\n"
      "declare void @llvm.nvvm.barrier.cta.sync.aligned.all(i32)\n"
      "declare i32 @llvm.nvvm.shfl.sync.bfly.i32(i32, i32, i32, i32)\n"
      "define void @k(ptr addrspace(1) %memory, ptr byval([128 x i8]) %map) {\n"
      "  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
      "  %mine = getelementptr i32, ptr addrspace(1) %memory, i32 %t\n"
      "  %place = getelementptr i32, ptr addrspace(3) @shared, i32 %t\n" +
      body + "}\n";
  auto module =
      llvm::parseIR(llvm::MemoryBufferRef(text, "kernel"), diagnostic, context);
  EXPECT_TRUE(module) << diagnostic.getMessage().str();
  std::vector<uint32_t> words(64);
  for (uint32_t i = 0; i < 64; ++i)
    words[i] = i;
  std::array<uint8_t, TensorMap::bytes> encoded{};
  if (map) {
    TensorMap placed = *map;
    placed.address = reinterpret_cast<uint64_t>(words.data());
    placed.encode(encoded.data());
  }
  GlobalMemory global;
  if (module)
    global.addVariables(*module);
  global.add(words.data(), 4 * words.size());
  if (module)
    run({*module->getFunction("k"),
         {reinterpret_cast<Bits>(words.data()),
          reinterpret_cast<Bits>(encoded.data())},
         blocks,
         64,
         sharedBytes},
        global);
  return words;
}

const char *const kBarrier =
    "  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)\n";

namespace {

TEST(Emulator, ThreadsTakeDifferentWaysAndJoin) {
  auto words = runKernel("  %small = icmp ult i32 %t, 10\n"
                         "  br i1 %small, label %a, label %b\n"
                         "a:\n  br label %c\n"
                         "b:\n  br label %c\n"
                         "c:\n"
                         "  %x = phi i32 [ 1, %a ], [ 2, %b ]\n"
                         "  store i32 %x, ptr addrspace(1) %mine, align 4\n"
                         "  ret void\n");
  EXPECT_EQ(words[9], 1u);
  EXPECT_EQ(words[10], 2u);
}

TEST(Emulator, ShufflesWithinAWarp) {
  auto words = runKernel(
      "  %x = call i32 @llvm.nvvm.shfl.sync.bfly.i32(i32 -1, i32 %t, i32 3, "
      "i32 "
      "31)\n"
      "  store i32 %x, ptr addrspace(1) %mine, align 4\n  ret void\n");
  EXPECT_EQ(words[0], 3u);
  EXPECT_EQ(words[33], 34u);
}

TEST(Emulator, TakesValuesOfOtherLanes) {
  std::string shuffle =
      "  %lane = call i32 @llvm.nvvm.read.ptx.sreg.laneid()\n"
      "  %from = add i32 %lane, 3\n"
      "  %x = call i32 @llvm.nvvm.shfl.sync.idx.i32(i32 -1, i32 %t, i32 %from, "
      "i32 ";
  std::string rest = ")\n"
                     "  store i32 %x, ptr addrspace(1) %mine, align 4\n"
                     "  ret void\n";
  auto words = runKernel(shuffle + "31" + rest);
  EXPECT_EQ(words[33], 36u);
  EXPECT_EQ(words[62], 33u);
  EXPECT_EXIT(runKernel(shuffle + "7" + rest), testing::ExitedWithCode(1),
              "within parts of a warp");
}

TEST(Emulator, ElectsOneLaneOfAWarp) {
  auto words = runKernel("  %e = call {i32, i1} @llvm.nvvm.elect.sync(i32 -1)\n"
                         "  %is = extractvalue {i32, i1} %e, 1\n"
                         "  %x = zext i1 %is to i32\n"
                         "  store i32 %x, ptr addrspace(1) %mine, align 4\n"
                         "  ret void\n");
  EXPECT_EQ(words[0] + words[32], 2u);
  EXPECT_EQ(words[1] + words[33], 0u);
}

TEST(Emulator, ReadsBitsThatShareAByte) {
  auto words = runKernel(
      "  store i32 %t, ptr addrspace(1) %mine, align 4\n"
      "  %bits = load <8 x i1>, ptr addrspace(1) %mine, align 4\n"
      "  %bit = extractelement <8 x i1> %bits, i64 1\n"
      "  %x = zext i1 %bit to i32\n"
      "  store i32 %x, ptr addrspace(1) %mine, align 4\n  ret void\n");
  EXPECT_EQ(words[1], 0u);
  EXPECT_EQ(words[2], 1u);
  EXPECT_EQ(words[7], 1u);
}

/// Stores in shared memory, waits if told to, and reads what thread 63 - t
/// stored.
std::string reversal(const std::string &wait) {
  return "  store i32 %t, ptr addrspace(3) %place, align 4\n" + wait +
         "  %r = sub i32 63, %t\n"
         "  %from = getelementptr i32, ptr addrspace(3) @shared, i32 %r\n"
         "  %x = load i32, ptr addrspace(3) %from, align 4\n"
         "  store i32 %x, ptr addrspace(1) %mine, align 4\n  ret void\n";
}

TEST(Emulator, BarriersOrderSharedMemory) {
  EXPECT_EQ(runKernel(reversal(kBarrier))[5], 58u);
  EXPECT_EXIT(runKernel(reversal("")), testing::ExitedWithCode(1),
              "another warp wrote since the last barrier|nothing wrote");
}

/// Stores in global memory, waits if told to, and does `last` where thread
/// 63 - t stored.
std::string crossing(const std::string &wait, const std::string &last) {
  return "  store i32 %t, ptr addrspace(1) %mine, align 4\n" + wait +
         "  %r = sub i32 63, %t\n  %d = sub i32 %r, %t\n"
         "  %other = getelementptr i32, ptr addrspace(1) %mine, i32 %d\n" +
         last + "  ret void\n";
}

TEST(Emulator, BarriersOrderGlobalMemory) {
  const std::string store =
                        "  store i32 %t, ptr addrspace(1) %other, align 4\n",
                    same = "  store i32 %r, ptr addrspace(1) %other, align 4\n",
                    load = "  %x = load i32, ptr addrspace(1) %other, align 4\n"
                           "  store i32 %x, ptr addrspace(1) %other, align 4\n";
  EXPECT_EQ(runKernel(crossing(kBarrier, store))[5], 58u);
  EXPECT_EQ(runKernel(crossing(kBarrier, load))[5], 5u);
  EXPECT_EQ(runKernel(crossing("", same))[5], 5u);
  EXPECT_EXIT(runKernel(crossing("", store)), testing::ExitedWithCode(1),
              "writes over what another warp wrote since the last barrier, in "
              "global memory");
  EXPECT_EXIT(runKernel(crossing("", load)), testing::ExitedWithCode(1),
              "reads what another warp wrote since the last barrier, in global "
              "memory");
}

TEST(Emulator, RefusesWritesOfSeveralBlocks) {
  auto store = [](const std::string &value) {
    return "  %block = call i32 @llvm.nvvm.read.ptx.sreg.ctaid.x()\n"
           "  store i32 " +
           value + ", ptr addrspace(1) %mine, align 4\n  ret void\n";
  };
  EXPECT_EQ(runKernel(store("7"), 256, nullptr, 2)[5], 7u);
  EXPECT_EXIT(runKernel(store("%block"), 256, nullptr, 2),
              testing::ExitedWithCode(1),
              "block 1 of k writes over what another block wrote, in global "
              "memory");
}

TEST(Emulator, RefusesDivergentBarriers) {
  EXPECT_EXIT(runKernel("  %small = icmp ult i32 %t, 10\n"
                        "  br i1 %small, label %a, label %b\n"
                        "a:\n" +
                        std::string(kBarrier) +
                        "  br label %b\nb:\n  ret void\n"),
              testing::ExitedWithCode(1), "only some threads");
}

TEST(Emulator, CountsItemsAndWantsThemToWrap) {
  auto count = [](const std::string &last) {
    return runKernel(
        "  %taken = atomicrmw uinc_wrap ptr addrspace(1) @k_items, "
        "i32 " +
        last +
        " syncscope(\"device\") monotonic\n"
        "  store i32 %taken, ptr addrspace(1) %mine, align 4\n"
        "  ret void\n");
  };
  auto words = count("63");
  EXPECT_EQ(words[0], 0u);
  EXPECT_EQ(words[63], 63u);
  EXPECT_EXIT(count("64"), testing::ExitedWithCode(1),
              "emulator: k ends with 64 items counted");
}

TEST(Emulator, RefusesMemoryOutOfBounds) {
  EXPECT_EXIT(
      runKernel("  %far = getelementptr i32, ptr addrspace(1) %mine, i32 1\n"
                "  store i32 0, ptr addrspace(1) %far, align 4\n  ret void\n"),
      testing::ExitedWithCode(1), "global memory out of bounds");
  EXPECT_EXIT(
      runKernel("  %far = getelementptr i32, ptr addrspace(3) %place, i32 1\n"
                "  store i32 0, ptr addrspace(3) %far, align 4\n  ret void\n"),
      testing::ExitedWithCode(1), "shared memory out of bounds");
}

TEST(Emulator, RefusesMisalignedAccesses) {
  EXPECT_EXIT(
      runKernel(
          "  store i32 0, ptr addrspace(1) %mine, align 16\n  ret void\n"),
      testing::ExitedWithCode(1), "not aligned");
}

TEST(Emulator, RefusesUnknownInstructionsByName) {
  EXPECT_EXIT(runKernel("  %x = call i32 @llvm.nvvm.read.ptx.sreg.clock()\n"
                        "  ret void\n"),
              testing::ExitedWithCode(1), "unknown .*sreg.clock");
}

} // namespace
