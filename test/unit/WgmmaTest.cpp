/// Products of matrices by warpgroups in the emulator of GPU kernels.
#include "WgmmaTest.h"
#include <gtest/gtest.h>

namespace {

std::string multiplied(const Case &test) {
  return (test.leftInRegisters ? kLoadFragment : "") + kFence +
         product(test, "p", "", false) + kCommit + kWait + results(test, "p");
}

const Swizzle kSwizzles[] = {Swizzle::None, Swizzle::Bytes32, Swizzle::Bytes64,
                             Swizzle::Bytes128};

TEST(Wgmma, ReadsEverySwizzle) {
  for (Swizzle swizzle : kSwizzles)
    for (std::string type : {"bf16", "f16", "tf32"}) {
      Case test{type, 24, swizzle};
      expectProduct(test, run(test, kernel(test, multiplied(test))));
    }
}

TEST(Wgmma, ReadsTransposedOperands) {
  for (Swizzle swizzle : kSwizzles) {
    Case test{"bf16", 128, swizzle, true, true};
    expectProduct(test, run(test, kernel(test, multiplied(test))));
    test = {"f16", 64, swizzle, false, true};
    expectProduct(test, run(test, kernel(test, multiplied(test))));
  }
}

TEST(Wgmma, TakesItsLeftOperandFromRegisters) {
  for (std::string type : {"bf16", "tf32"}) {
    Case test{type, 8};
    test.leftInRegisters = true;
    expectProduct(test, run(test, kernel(test, multiplied(test))));
  }
}

/// Sums pass from one product to the next without a wait.
TEST(Wgmma, AddsUp) {
  Case test;
  expectProduct(test,
                run(test, kernel(test, kFence + product(test, "p", "", false) +
                                           product(test, "q", "%p") + kCommit +
                                           kWait + results(test, "q"))),
                2);
}

/// A wait that sums go through, as the compiler writes it.
std::string tiedWait(const Case &test, const std::string &name,
                     const std::string &before, int pending) {
  unsigned sums = test.columns / 2;
  std::string constraints, ties;
  for (unsigned i = 0; i < sums; ++i) {
    constraints += "=f,";
    ties += (i ? "," : "") + std::to_string(i);
  }
  std::string code = "  %" + name + " = call {" + times(sums, "float") +
                     "} asm sideeffect \"wgmma.wait_group.sync.aligned " +
                     std::to_string(pending) + ";\", \"" + constraints + ties +
                     "\"(" + list(sums, "float " + before + ".") + ")\n";
  return code + sumsOf(test, name);
}

TEST(Wgmma, MustBeWaitedFor) {
  Case test;
  std::string two = kFence + product(test, "p", "", false) + kCommit +
                    product(test, "q", "", false) + kCommit;
  expectProduct(test,
                run(test, kernel(test, two + tiedWait(test, "w", "%p", 1) +
                                           results(test, "w"))));
  const char *message = "uses registers that a wgmma is writing";
  EXPECT_EXIT(run(test, kernel(test, two + tiedWait(test, "w", "%q", 1) +
                                         results(test, "w"))),
              testing::ExitedWithCode(1), message);
  EXPECT_EXIT(run(test, kernel(test, kFence + product(test, "p", "", false) +
                                         kWait + results(test, "p"))),
              testing::ExitedWithCode(1), message);
}

TEST(Wgmma, MustNotHaveItsMemoryWritten) {
  Case test;
  std::string write =
      "  %isOne = icmp eq i32 %t, 0\n  br i1 %isOne, label %w, label %v\nw:\n"
      "  store i32 1, ptr addrspace(3) getelementptr (i8, ptr addrspace(3) "
      "@shared, i32 32), align 4\n  br label %v\nv:\n";
  std::string before = kFence + product(test, "p", "", false) + kCommit;
  EXPECT_EXIT(run(test, kernel(test, before + kMeet + write + kWait +
                                         results(test, "p"))),
              testing::ExitedWithCode(1),
              "writes over what a wgmma is reading, in byte 32");
  expectProduct(test, run(test, kernel(test, before + kWait + kMeet + write +
                                                 results(test, "p"))));
}

TEST(Wgmma, ReadsBehindFencesOnly) {
  Case test;
  EXPECT_EXIT(run(test, kernel(test, multiplied(test), "")),
              testing::ExitedWithCode(1),
              "reads what was written without a proxy fence since");
  // The fence may come behind the barrier as well.
  expectProduct(test,
                run(test, kernel(test, kProxyFence + multiplied(test), "")));
  EXPECT_EXIT(
      run(test, kernel(test, product(test, "p", "", false) + "  ret void\n")),
      testing::ExitedWithCode(1), "without a wgmma.fence since");
  test.leftInRegisters = true;
  EXPECT_EXIT(run(test, kernel(test, kFence + kLoadFragment +
                                         product(test, "p", "", false) +
                                         "  ret void\n")),
              testing::ExitedWithCode(1), "without a wgmma.fence since");
}

TEST(Wgmma, NeedsAllFourWarps) {
  Case test;
  std::string some = "  %few = icmp ult i32 %t, 96\n"
                     "  br i1 %few, label %go, label %end\nend:\n"
                     "  ret void\ngo:\n";
  EXPECT_EXIT(run(test, kernel(test, some + multiplied(test))),
              testing::ExitedWithCode(1),
              "ends with 0 instructions of a warpgroup in warp 3");
  some.replace(some.find("96"), 2, "80");
  EXPECT_EXIT(run(test, kernel(test, some + multiplied(test))),
              testing::ExitedWithCode(1), "lets only some threads");
}

TEST(Wgmma, RefusesWhatItDoesNotKnow) {
  Case test;
  auto changed = [&](const std::string &from, const std::string &to) {
    std::string body = multiplied(test);
    body.replace(body.find(from), from.size(), to);
    return kernel(test, body);
  };
  EXPECT_EXIT(run(test, changed(".bf16.bf16", ".e4m3.e4m3")),
              testing::ExitedWithCode(1),
              "assembly that is not known, 'wgmma.*e4m3");
  EXPECT_EXIT(run(test, changed("p, 1, 1", "p, 2, 1")),
              testing::ExitedWithCode(1), "neither 1 nor -1");
  EXPECT_EXIT(run(test, changed("p, 1, 1", "p, 1")), testing::ExitedWithCode(1),
              "a wrong number of operands");
  std::string offset =
      std::to_string(placeOperands(test).right | uint64_t(1) << 49);
  EXPECT_EXIT(
      run(test, changed(std::to_string(placeOperands(test).right), offset)),
      testing::ExitedWithCode(1), "a base offset of 1");
  expectProduct(test, run(test, changed("p, 1, 1", "p, -1, 1")), -1);
}

TEST(Wgmma, ChangesRegisterCounts) {
  Case test;
  auto count = [&](int registers) {
    return kernel(test, "  call void @llvm.nvvm.setmaxnreg.inc.sync.aligned."
                        "u32(i32 " +
                            std::to_string(registers) + ")\n" +
                            multiplied(test));
  };
  expectProduct(test, run(test, count(240)));
  EXPECT_EXIT(run(test, count(100)), testing::ExitedWithCode(1),
              "asks for 100 registers");
}

} // namespace
