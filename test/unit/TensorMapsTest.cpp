/// Bulk copies by maps of tensors in the emulator of GPU kernels: boxes, what
/// lies outside, swizzles, when data lands, and what is refused.
#include "EmulatorTest.h"
#include <gtest/gtest.h>

using attention::emulator::Swizzle;
using attention::emulator::TensorMap;

namespace {

/// The 64 words as 8 rows of 8, and a box of 4 rows of 4.
TensorMap rowsOfWords() {
  TensorMap map;
  map.rank = 2;
  map.elementBytes = 4;
  map.sizes = {8, 8};
  map.strides = {4, 32};
  map.box = {4, 4};
  return map;
}

const std::string kBar =
    "ptr addrspace(3) getelementptr (i8, ptr addrspace(3) @shared, i32 512)";

/// The first thread makes an mbarrier and starts a copy of a box at x, y.
std::string copyBox(int x, int y, const std::string &bytes) {
  return "  %isOne = icmp eq i32 %t, 0\n"
         "  br i1 %isOne, label %init, label %made\n"
         "init:\n"
         "  call void @llvm.nvvm.mbarrier.init.shared(" +
         kBar +
         ", i32 1)\n"
         "  %s = call i64 "
         "@llvm.nvvm.mbarrier.arrive.expect.tx.scope.cta.space.cta(" +
         kBar + ", i32 " + bytes +
         ")\n"
         "  %to = addrspacecast ptr addrspace(3) @shared to ptr addrspace(7)\n"
         "  call void @llvm.nvvm.cp.async.bulk.tensor.g2s.tile.2d("
         "ptr addrspace(7) %to, " +
         kBar + ", ptr %map, i32 " + std::to_string(x) + ", i32 " +
         std::to_string(y) +
         ", i16 0, i64 0, i1 false, i1 false, i32 0)\n"
         "  br label %made\nmade:\n" +
         kBarrier;
}

const std::string kAwait =
    "  br label %ask\nask:\n"
    "  %is = call i1 @llvm.nvvm.mbarrier.try.wait.parity.scope.cta.space.cta(" +
    kBar + ", i32 0)\n  br i1 %is, label %there, label %ask\nthere:\n";

/// The first 16 threads, or as many, read what came.
std::string readWords(int count = 16) {
  return "  %reads = icmp ult i32 %t, " + std::to_string(count) +
         "\n  br i1 %reads, label %read, label %end\nread:\n"
         "  %x = load i32, ptr addrspace(3) %place, align 4\n"
         "  %y = add i32 %x, 100\n"
         "  store i32 %y, ptr addrspace(1) %mine, align 4\n"
         "  br label %end\nend:\n  ret void\n";
}

std::vector<uint32_t> runCopy(int x, int y, const std::string &rest,
                              const TensorMap &map = rowsOfWords(),
                              const std::string &bytes = "64") {
  return runKernel(copyBox(x, y, bytes) + rest, 1024, &map);
}

TEST(TensorMaps, CopyBoxes) {
  auto words = runCopy(2, 3, kAwait + readWords());
  EXPECT_EQ(words[0], 3 * 8 + 2 + 100u);
  EXPECT_EQ(words[6], 4 * 8 + 4 + 100u);
}

TEST(TensorMaps, GiveZerosOutside) {
  auto words = runCopy(-1, 6, kAwait + readWords());
  EXPECT_EQ(words[0], 100u);
  EXPECT_EQ(words[1], 6 * 8 + 100u);
  EXPECT_EQ(words[4], 100u);
  EXPECT_EQ(words[5], 7 * 8 + 100u);
  EXPECT_EQ(words[9], 100u);
}

TEST(TensorMaps, HaveMoreDimensions) {
  TensorMap map = rowsOfWords();
  map.rank = 5;
  map.sizes = {4, 2, 2, 2, 2};
  map.strides = {4, 16, 32, 64, 128};
  map.box = {4, 1, 2, 1, 2};
  std::string copy = copyBox(0, 1, "64");
  copy.replace(copy.find("tile.2d"), 7, "tile.5d");
  copy.replace(copy.find("i32 0, i32 1, i16"), 17,
               "i32 0, i32 1, i32 0, i32 1, i32 0, i16");
  auto words = runKernel(copy + kAwait + readWords(), 1024, &map);
  EXPECT_EQ(words[1], 4 + 16 + 1 + 100u);
  EXPECT_EQ(words[5], 4 + 8 + 16 + 1 + 100u);
  EXPECT_EQ(words[9], 4 + 16 + 32 + 1 + 100u);
}

TEST(TensorMaps, SwizzleRows) {
  TensorMap map = rowsOfWords();
  map.swizzle = Swizzle::Bytes128;
  map.sizes = {32, 2};
  map.strides = {4, 128};
  map.box = {32, 2};
  auto words = runCopy(0, 0, kAwait + readWords(64), map, "256");
  EXPECT_EQ(words[5], 105u);
  // In the second row, 16 bytes change places with the next 16.
  EXPECT_EQ(words[32], 36 + 100u);
  EXPECT_EQ(words[37], 33 + 100u);
  using attention::emulator::swizzled;
  EXPECT_EQ(swizzled(5 * 128 + 16, Swizzle::Bytes128), 5 * 128 + 64u);
  EXPECT_EQ(swizzled(5 * 128 + 16, Swizzle::Bytes64), 5 * 128 + 0u);
  EXPECT_EQ(swizzled(2 * 128 + 16, Swizzle::Bytes32), 2 * 128 + 16u);
  EXPECT_EQ(swizzled(3 * 128 + 16, Swizzle::Bytes32), 3 * 128 + 0u);
}

TEST(TensorMaps, CopyUnderAPredicate) {
  std::string copy = copyBox(2, 3, "64");
  size_t from = copy.find("  call void @llvm.nvvm.cp.async"),
         to = copy.find("  br label %made", from);
  copy.replace(from, to - from,
               "  call void asm sideeffect \"@$5 cp.async.bulk.tensor.2d."
               "shared::cluster.global.mbarrier::complete_tx::bytes [$0], [$1, "
               "{$2,$3} ], [$4];\", \"l,l,r,r,r,b\"(ptr addrspace(7) %to, ptr "
               "%map, i32 2, i32 3, " +
                   kBar + ", i1 %isOne)\n");
  TensorMap map = rowsOfWords();
  EXPECT_EQ(runKernel(copy + kAwait + readWords(), 1024, &map)[0],
            3 * 8 + 2 + 100u);
}

TEST(TensorMaps, MustBeWaitedFor) {
  EXPECT_EXIT(runCopy(0, 0, readWords()), testing::ExitedWithCode(1),
              "reads what an asynchronous copy is writing");
  EXPECT_EXIT(runCopy(0, 0,
                      "  store i32 1, ptr addrspace(3) @shared, align 4\n"
                      "  ret void\n"),
              testing::ExitedWithCode(1),
              "writes over what an asynchronous copy is writing");
  // Another warp has waited, but this one has not.
  std::string second = "  %isSecond = icmp ugt i32 %t, 31\n"
                       "  br i1 %isSecond, label %waits, label %rest\n"
                       "waits:\n" +
                       kAwait + "  br label %rest\nrest:\n" +
                       "  call void @llvm.nvvm.bar.warp.sync(i32 -1)\n";
  EXPECT_EXIT(runCopy(0, 0, second + readWords()), testing::ExitedWithCode(1),
              "a bulk copy wrote, without a wait for its mbarrier");
}

TEST(TensorMaps, ThatBringOtherBytesThanExpectedAreStuck) {
  EXPECT_EXIT(runCopy(0, 0, kAwait + readWords(), rowsOfWords(), "60"),
              testing::ExitedWithCode(1),
              "cannot go on:.*in phase 0 with 0 of 1 arrivals and -4 bytes");
}

TEST(TensorMaps, RefuseWrongCopies) {
  std::string none = copyBox(0, 0, "64");
  EXPECT_EXIT(runKernel(none + kAwait + readWords(), 1024),
              testing::ExitedWithCode(1), "by what is no map of a tensor");
  TensorMap map = rowsOfWords();
  map.rank = 3;
  map.sizes[2] = map.box[2] = 1;
  EXPECT_EXIT(runCopy(0, 0, readWords(), map), testing::ExitedWithCode(1),
              "copies 2 dimensions by a map of 3");
  map = rowsOfWords();
  map.sizes[1] = 16;
  EXPECT_EXIT(runCopy(0, 8, readWords(), map), testing::ExitedWithCode(1),
              "global memory out of bounds");
}

/// What the driver refuses.
TEST(TensorMaps, AreChecked) {
  auto wrong = [](auto change) {
    TensorMap map = rowsOfWords();
    change(map);
    return map.check();
  };
  EXPECT_EQ(wrong([](TensorMap &) {}), "");
  EXPECT_EQ(wrong([](TensorMap &m) { m.address = 8; }),
            "an address that is not a multiple of 16");
  EXPECT_EQ(wrong([](TensorMap &m) { m.rank = 6; }), "a rank of 6");
  EXPECT_EQ(wrong([](TensorMap &m) { m.elementBytes = 0; }),
            "a type that is not known");
  EXPECT_EQ(wrong([](TensorMap &m) { m.sizes[1] = 0; }), "a size of 0");
  EXPECT_EQ(wrong([](TensorMap &m) { m.strides[1] = 24; }),
            "a stride of 24 bytes");
  EXPECT_EQ(wrong([](TensorMap &m) { m.box[1] = 257; }),
            "a box of 257 elements in one dimension");
  EXPECT_EQ(wrong([](TensorMap &m) { m.box[0] = 3; }),
            "a box with rows of 12 bytes");
  EXPECT_EQ(wrong([](TensorMap &m) {
              m.box[0] = 64;
              m.swizzle = Swizzle::Bytes128;
            }),
            "a box with rows of 256 bytes, swizzled within 128");
  EXPECT_EQ(wrong([](TensorMap &m) { m.swizzle = Swizzle::Bytes64; }),
            "swizzled rows that are not as long as their span");
}

} // namespace
