/// Kernels with products of matrices by warpgroups, for tests of the emulator.
#ifndef ATTENTION_TEST_UNIT_WGMMATEST_H
#define ATTENTION_TEST_UNIT_WGMMATEST_H

#include "test/emulator/TensorMaps.h"
#include <string>
#include <vector>

using attention::emulator::Swizzle;

/// A product of 64 rows and as many columns, with operands in shared memory.
struct Case {
  std::string type = "bf16";
  unsigned columns = 16;
  Swizzle swizzle = Swizzle::Bytes128;
  bool leftByColumns = false, rightByRows = false, leftInRegisters = false;

  unsigned bytes() const { return type == "tf32" ? 4 : 2; }
  unsigned depth() const { return 32 / bytes(); }
};

inline const std::string kFence =
    "  call void @llvm.nvvm.wgmma.fence.sync.aligned()\n";
inline const std::string kCommit =
    "  call void @llvm.nvvm.wgmma.commit_group.sync.aligned()\n";
inline const std::string kWait =
    "  call void @llvm.nvvm.wgmma.wait_group.sync.aligned(i64 0)\n";
inline const std::string kProxyFence =
    "  call void @llvm.nvvm.fence.proxy.async.shared_cta()\n";
inline const std::string kMeet =
    "  call void @llvm.nvvm.barrier.cta.sync.aligned.all(i32 0)\n";

inline const std::string kLoadFragment =
    "  %at = getelementptr i8, ptr addrspace(1) %words, i32 %byte\n"
    "  %a = load <4 x i32>, ptr addrspace(1) %at, align 16\n"
    "  %a.0 = extractelement <4 x i32> %a, i32 0\n"
    "  %a.1 = extractelement <4 x i32> %a, i32 1\n"
    "  %a.2 = extractelement <4 x i32> %a, i32 2\n"
    "  %a.3 = extractelement <4 x i32> %a, i32 3\n";

/// Descriptors of the operands, and the shared memory that they are in.
struct Placed {
  std::vector<uint8_t> image;
  uint64_t left, right;
};
Placed placeOperands(const Case &test);

/// Text in a list, as often.
std::string times(unsigned count, const std::string &text);
/// Texts with a number in the middle, from `from` on.
std::string list(unsigned count, const std::string &before,
                 const std::string &after = "", unsigned from = 0);

/// Gives %NAME, with sums %NAME.0 and so on, of what %BEFORE has.
std::string product(const Case &test, const std::string &name,
                    const std::string &before, bool adds = true);
/// Gives the sums of %NAME, a struct.
std::string sumsOf(const Case &test, const std::string &name);
/// Stores the sums of %NAME.
std::string results(const Case &test, const std::string &name);
/// Fills shared memory with the image, and goes on with `body`.
std::string kernel(const Case &test, const std::string &body,
                   const std::string &fence = kProxyFence);
/// What the threads of the kernel have stored.
std::vector<float> run(const Case &test, const std::string &text);
/// Whether that is the product, as often.
void expectProduct(const Case &test, const std::vector<float> &out,
                   int factor = 1);

#endif // ATTENTION_TEST_UNIT_WGMMATEST_H
