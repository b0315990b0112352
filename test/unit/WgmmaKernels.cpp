/// Where operands of wgmma lie in shared memory is written here a second time.
#include "WgmmaTest.h"
#include "test/emulator/Block.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/IR/Module.h"
#include "llvm/IRReader/IRReader.h"
#include "llvm/Support/SourceMgr.h"
#include <cstring>
#include <gtest/gtest.h>

using namespace attention::emulator;

constexpr unsigned kRight = 1 << 14, kBytes = 1 << 15; ///< of shared memory

static int left(unsigned row, unsigned k) {
  return int(row * 7 + k * 3) % 9 - 4;
}
static int right(unsigned k, unsigned column) {
  return int(column * 5 + k) % 7 - 3;
}

/// Where an operand's elements lie behind its start, and its two strides. Lines
/// are longer than one product needs: it takes the second part, if there is
/// one.
static uint64_t place(const Case &test, unsigned line, unsigned k,
                      bool transposed, unsigned lines, uint64_t &start,
                      uint64_t &leading, uint64_t &stride) {
  unsigned bytes = test.bytes(), span = 16 << unsigned(test.swizzle);
  unsigned outer = transposed ? k : line, inner = transposed ? line : k;
  if (test.swizzle == Swizzle::None) {
    uint64_t groups = (transposed ? lines : test.depth()) / (16 / bytes);
    start = 0;
    // 8 lines of 16 bytes, one behind the other along the line first.
    uint64_t along = 128, across = 128 * groups;
    leading = transposed ? across : along;
    stride = transposed ? along : across;
    return outer / 8 * across + inner * bytes / 16 * along + outer % 8 * 16 +
           inner * bytes % 16;
  }
  start = !transposed && span > 32 ? 32 : 0;
  stride = 8 * span;
  leading = transposed ? test.depth() * span : 16;
  uint64_t along = start + inner * bytes;
  uint64_t chunk = along % span / 16 ^ (outer * span / 128) % (span / 16);
  return along / span * leading + outer * span + chunk * 16 + along % 16;
}

static uint64_t descriptorOf(const Case &test, uint64_t start, uint64_t leading,
                             uint64_t stride) {
  static const uint64_t modes[] = {0, 3, 2, 1};
  return start >> 4 | leading >> 4 << 16 | stride >> 4 << 32 |
         modes[unsigned(test.swizzle)] << 62;
}

static void put(const Case &test, std::vector<uint8_t> &image, uint64_t at,
                int number) {
  llvm::LLVMContext context;
  auto *type = test.type == "bf16"  ? llvm::Type::getBFloatTy(context)
               : test.type == "f16" ? llvm::Type::getHalfTy(context)
                                    : llvm::Type::getFloatTy(context);
  Bits bits = fromDouble(number, type);
  std::memcpy(&image.at(at), &bits, test.bytes());
}

Placed placeOperands(const Case &test) {
  Placed placed{std::vector<uint8_t>(kBytes), 0, 0};
  uint64_t start = 0, leading = 0, stride = 0;
  for (unsigned k = 0; k < test.depth(); ++k)
    for (unsigned row = 0; row < 64; ++row) {
      uint64_t at =
          place(test, row, k, test.leftByColumns, 64, start, leading, stride);
      put(test, placed.image, at, left(row, k));
      placed.left = descriptorOf(test, start, leading, stride);
    }
  for (unsigned k = 0; k < test.depth(); ++k)
    for (unsigned column = 0; column < test.columns; ++column) {
      uint64_t at = place(test, column, k, test.rightByRows, test.columns,
                          start, leading, stride);
      put(test, placed.image, kRight + at, right(k, column));
      placed.right = descriptorOf(test, kRight + start, leading, stride);
    }
  return placed;
}

//===----------------------------------------------------------------------===//
// Kernels
//===----------------------------------------------------------------------===//

std::string list(unsigned count, const std::string &before,
                 const std::string &after, unsigned from) {
  std::string text;
  for (unsigned i = from; i < from + count; ++i)
    text += (i == from ? "" : ", ") + before + std::to_string(i) + after;
  return text;
}

std::string times(unsigned count, const std::string &text) {
  std::string result;
  for (unsigned i = 0; i < count; ++i)
    result += (i ? ", " : "") + text;
  return result;
}

std::string sumsOf(const Case &test, const std::string &name) {
  std::string code;
  unsigned sums = test.columns / 2;
  for (unsigned i = 0; i < sums; ++i)
    code += "  %" + name + "." + std::to_string(i) + " = extractvalue {" +
            times(sums, "float") + "} %" + name + ", " + std::to_string(i) +
            "\n";
  return code;
}

/// Gives %NAME, with sums %NAME.0 and so on, of what %BEFORE has.
std::string product(const Case &test, const std::string &name,
                    const std::string &before, bool adds) {
  Placed placed = placeOperands(test);
  unsigned sums = test.columns / 2, at = 2 * sums;
  unsigned lefts = test.leftInRegisters ? 4 : 1;
  auto number = [](unsigned n) { return "$" + std::to_string(n); };
  std::string half = test.type == "tf32" ? "" : ", 0",
              transposed = test.rightByRows ? ", 1" : half;
  if (!test.leftInRegisters)
    transposed = (test.leftByColumns ? ", 1" : half) + transposed;
  std::string text = "{.reg .pred p; setp.ne.b32 p, " + number(at + lefts + 1) +
                     ", 0; wgmma.mma_async.sync.aligned.m64n" +
                     std::to_string(test.columns) + "k" +
                     std::to_string(test.depth()) + ".f32." + test.type + "." +
                     test.type + " {" + list(sums, "$") + "}, ";
  text += test.leftInRegisters ? "{" + list(4, "$", "", at) + "}" : number(at);
  text += ", " + number(at + lefts) + ", p, 1, 1" + transposed + ";}";
  std::string arguments;
  for (unsigned i = 0; i < sums; ++i)
    arguments += "float " +
                 (before.empty() ? "0.0" : before + "." + std::to_string(i)) +
                 ", ";
  arguments += test.leftInRegisters ? list(4, "i32 %a.")
                                    : "i64 " + std::to_string(placed.left);
  std::string inputs = test.leftInRegisters ? "r,r,r,r" : "l";
  std::string code =
      "  %" + name + " = call {" + times(sums, "float") +
      "} asm sideeffect \"" + text + "\", \"" + times(sums, "=f") + "," +
      list(sums, "") + "," + inputs + ",l,r\"(" + arguments + ", i64 " +
      std::to_string(placed.right) + ", i32 " + (adds ? "1" : "0") + ")\n";
  for (size_t i; (i = code.find("=f, ")) != std::string::npos;)
    code.erase(i + 3, 1);
  return code + sumsOf(test, name);
}

/// Stores the sums of %NAME.
std::string results(const Case &test, const std::string &name) {
  std::string code;
  for (unsigned i = 0; i < test.columns / 2; ++i) {
    std::string n = std::to_string(i);
    code += "  %to." + n + " = getelementptr float, ptr addrspace(1) %mine, " +
            "i32 " + n + "\n  store float %" + name + "." + n +
            ", ptr addrspace(1) %to." + n + ", align 4\n";
  }
  return code + "  ret void\n";
}

/// Fills shared memory with the image, and goes on with `body`.
std::string kernel(const Case &test, const std::string &body,
                   const std::string &fence) {
  return "target triple = \"nvptx64-nvidia-cuda\"\n"
         "@shared = external addrspace(3) global [0 x i8], align 1024\n"
         "define void @k(ptr addrspace(1) %image, ptr addrspace(1) %out, "
         "ptr addrspace(1) %words) {\n"
         "  %t = call i32 @llvm.nvvm.read.ptx.sreg.tid.x()\n"
         "  %first = mul i32 %t, " +
         std::to_string(test.columns / 2) +
         "\n  %mine = getelementptr float, ptr addrspace(1) %out, i32 %first\n"
         "  %byte = mul i32 %t, 16\n"
         "  br label %fill\n"
         "fill:\n"
         "  %i = phi i32 [ %byte, %0 ], [ %next, %fill ]\n"
         "  %from = getelementptr i8, ptr addrspace(1) %image, i32 %i\n"
         "  %to = getelementptr i8, ptr addrspace(3) @shared, i32 %i\n"
         "  %x = load <4 x i32>, ptr addrspace(1) %from, align 16\n"
         "  store <4 x i32> %x, ptr addrspace(3) %to, align 16\n"
         "  %next = add i32 %i, 2048\n"
         "  %more = icmp ult i32 %next, " +
         std::to_string(kBytes) +
         "\n  br i1 %more, label %fill, label %filled\nfilled:\n" + fence +
         kMeet + body + "}\n";
}

/// The left operand as registers: four words of each thread.
static std::vector<uint32_t> fragment(const Case &test) {
  std::vector<uint8_t> words(128 * 16);
  unsigned perWord = 4 / test.bytes();
  for (unsigned t = 0; t < 128; ++t)
    for (unsigned i = 0; i < 4; ++i)
      for (unsigned j = 0; j < perWord; ++j)
        put(test, words, 16 * t + 4 * i + j * test.bytes(),
            left(16 * (t / 32) + t % 32 / 4 + 8 * (i % 2),
                 perWord * (t % 4) + j + (i / 2) * test.depth() / 2));
  std::vector<uint32_t> result(words.size() / 4);
  std::memcpy(result.data(), words.data(), words.size());
  return result;
}

/// What threads have stored.
std::vector<float> run(const Case &test, const std::string &text) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic diagnostic;
  auto module =
      llvm::parseIR(llvm::MemoryBufferRef(text, "kernel"), diagnostic, context);
  Placed placed = placeOperands(test);
  std::vector<float> out(128 * test.columns / 2);
  std::vector<uint32_t> words = fragment(test);
  if (!module) {
    ADD_FAILURE() << diagnostic.getMessage().str()
                  << diagnostic.getLineContents().str();
    return out;
  }
  GlobalMemory global;
  global.add(placed.image.data(), placed.image.size());
  global.add(out.data(), 4 * out.size());
  global.add(words.data(), 4 * words.size());
  run({*module->getFunction("k"),
       {reinterpret_cast<Bits>(placed.image.data()),
        reinterpret_cast<Bits>(out.data()),
        reinterpret_cast<Bits>(words.data())},
       1,
       128,
       kBytes},
      global);
  return out;
}

void expectProduct(const Case &test, const std::vector<float> &out,
                   int factor) {
  unsigned sums = test.columns / 2, wrong = 0;
  for (unsigned t = 0; t < 128; ++t)
    for (unsigned i = 0; i < sums; ++i) {
      unsigned row = 16 * (t / 32) + t % 32 / 4 + 8 * (i / 2 % 2),
               column = 8 * (i / 4) + 2 * (t % 4) + i % 2;
      int expected = 0;
      for (unsigned k = 0; k < test.depth(); ++k)
        expected += factor * left(row, k) * right(k, column);
      wrong += out[t * sums + i] != expected;
    }
  EXPECT_EQ(wrong, 0u) << test.type << " " << test.columns << " swizzle "
                       << int(test.swizzle) << test.leftByColumns
                       << test.rightByRows << test.leftInRegisters;
}
