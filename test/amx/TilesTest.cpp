//===- The emulated unit itself -------------------------------------------===//
#include "test/amx/Tiles.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <immintrin.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

using namespace attention::amx;

namespace {
struct alignas(64) Configuration {
  uint8_t bytes[64] = {};

  /// `count` registers of `rows` rows of `columnBytes` bytes each.
  Configuration(int count, int rows, int columnBytes) {
    bytes[0] = 1;
    for (int i = 0; i < count; ++i) {
      bytes[16 + 2 * i] = static_cast<uint8_t>(columnBytes);
      bytes[48 + i] = static_cast<uint8_t>(rows);
    }
  }
};

/// Emulates what is asked for by fields, not by code.
struct Unit {
  Tiles tiles;

  const char *configure(Configuration configuration) {
    Instruction load;
    load.kind = Kind::LoadConfiguration;
    load.memory = reinterpret_cast<char *>(configuration.bytes);
    return tiles.run(load);
  }
  const char *multiply(int sums, int left, int right) {
    Instruction product;
    product.kind = Kind::MultiplyBf16;
    product.tile = sums;
    product.left = left;
    product.right = right;
    return tiles.run(product);
  }
};

/// Numbers that bf16 holds.
struct Operands {
  uint16_t left[16][32], right[16][32];
  float sums[16][16], expected[16][16];

  Operands() {
    for (int i = 0; i < 16; ++i)
      for (int k = 0; k < 32; ++k) {
        left[i][k] = bf16(static_cast<float>((i * 7 + k * 3) % 11 - 5));
        right[i][k] = bf16(static_cast<float>((i * 5 + k) % 13 - 6) / 4);
      }
    for (int m = 0; m < 16; ++m)
      for (int n = 0; n < 16; ++n) {
        sums[m][n] = static_cast<float>(m - n);
        expected[m][n] = sums[m][n];
        for (int k = 0; k < 32; ++k)
          expected[m][n] +=
              number(left[m][k]) * number(right[k / 2][2 * n + k % 2]);
      }
  }
  static uint16_t bf16(float number) {
    uint32_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    return static_cast<uint16_t>(bits >> 16);
  }
  static float number(uint16_t bf16) {
    const uint32_t bits = static_cast<uint32_t>(bf16) << 16;
    float number;
    std::memcpy(&number, &bits, sizeof number);
    return number;
  }
};
} // namespace

/// Processors that have the unit run the code themselves, once they may: they
/// refuse some of the instructions alone until then.
__attribute__((constructor)) static void requestTiles() {
  constexpr long requestPermission = 0x1023, tileData = 18;
  (void)::syscall(SYS_arch_prctl, requestPermission, tileData);
}

__attribute__((target("amx-tile,amx-bf16"))) static void
multiplyByCode(Operands &operands, const Configuration &configuration) {
  _tile_loadconfig(&configuration);
  _tile_zero(7);
  _tile_loadd(0, operands.sums, 64);
  _tile_loadd(5, operands.left, 64);
  _tile_stream_loadd(6, operands.right, 64);
  _tile_dpbf16ps(0, 5, 6);
  _tile_stored(0, operands.sums, 64);
  _tile_release();
}

TEST(Amx, does_what_the_processor_may_refuse) {
  Operands operands;
  multiplyByCode(operands, Configuration(8, 16, 64));
  for (int m = 0; m < 16; ++m)
    for (int n = 0; n < 16; ++n)
      EXPECT_EQ(operands.sums[m][n], operands.expected[m][n]) << m << ", " << n;
}

__attribute__((target("amx-tile"))) static void
copyByAddresses(const char *from, char *to, int64_t stride) {
  // A base alone, high registers, short and long displacements, scales.
  __asm__ volatile("tileloadd (%0,%2,1), %%tmm1\n\t"
                   "tilestored %%tmm1, (%1,%2,1)\n\t"
                   "movq %0, %%r13\n\tmovq %1, %%r12\n\tmovq %2, %%r9\n\t"
                   "shrq $1, %%r9\n\t"
                   "tileloadd 16(%%r13,%%r9,2), %%tmm3\n\t"
                   "tilestored %%tmm3, 4096(%%r12,%%r9,2)\n\t"
                   "tileloadd (%0), %%tmm2\n\t"
                   "tilestored %%tmm2, 8192(%1,%2,1)\n\t"
                   :
                   : "r"(from), "r"(to), "r"(stride)
                   : "memory", "r9", "r12", "r13");
}

__attribute__((target("amx-tile"))) static void
configureByPlace(Configuration *places, size_t index, Configuration *stored) {
  __asm__ volatile("ldtilecfg (%0,%1,8)\n\tsttilecfg %2"
                   :
                   : "r"(places), "r"(index * 8), "m"(*stored)
                   : "memory");
}

TEST(Amx, finds_addresses) {
  std::vector<char> from(16 * 80 + 64), to(3 * 4096);
  for (size_t i = 0; i < from.size(); ++i)
    from[i] = static_cast<char>(i * 37 + i / 80);
  Configuration places[2] = {Configuration(1, 1, 4), Configuration(8, 16, 64)};
  Configuration stored(1, 1, 4);
  configureByPlace(places, 1, &stored);
  EXPECT_EQ(std::memcmp(&stored, &places[1], sizeof stored), 0);
  copyByAddresses(from.data(), to.data(), 80);
  for (size_t row = 0; row < 16; ++row) {
    const char *own = to.data() + 80 * row;
    EXPECT_EQ(std::memcmp(own, &from[80 * row], 64), 0);
    EXPECT_EQ(std::memcmp(own + 4096, &from[80 * row + 16], 64), 0);
    EXPECT_EQ(std::memcmp(own + 8192, &from[0], 64), 0); // no stride: one row
  }
}

TEST(Amx, refuses_what_faults) {
  Unit unit;
  EXPECT_STREQ(unit.multiply(0, 1, 2), "a register that is not configured");
  EXPECT_EQ(unit.configure(Configuration(8, 16, 64)), nullptr);
  EXPECT_EQ(unit.multiply(0, 1, 2), nullptr);
  EXPECT_STREQ(unit.multiply(0, 1, 1), "one register twice");
  EXPECT_STREQ(unit.multiply(0, 0, 1), "one register twice");
  Configuration wrong(8, 16, 64);
  wrong.bytes[48] = 8; // rows of the sums, but not of what is multiplied
  EXPECT_EQ(unit.configure(wrong), nullptr);
  EXPECT_STREQ(unit.multiply(0, 1, 2), "tiles that do not fit each other");
  wrong.bytes[48] = 17;
  EXPECT_STREQ(unit.configure(wrong), "a tile larger than a register");
  wrong.bytes[48] = 0;
  EXPECT_STREQ(unit.configure(wrong),
               "a tile of rows without columns, or of columns without rows");
  EXPECT_STREQ(unit.configure(Configuration(9, 16, 64)),
               "a tile without a register");
  wrong = Configuration(8, 16, 64);
  wrong.bytes[0] = 2;
  EXPECT_STREQ(unit.configure(wrong), "a palette that is not known");
  wrong.bytes[0] = 1;
  wrong.bytes[5] = 1;
  EXPECT_STREQ(unit.configure(wrong),
               "bytes in a configuration that are reserved");
}

TEST(Amx, takes_subnormal_numbers_for_zero) {
  Operands operands;
  for (auto &row : operands.left)
    for (uint16_t &number : row)
      number = 1;
  std::memset(operands.sums, 0, sizeof operands.sums);
  for (auto &row : operands.right)
    for (uint16_t &number : row)
      number = Operands::bf16(std::ldexp(1.0f, 100));
  multiplyByCode(operands, Configuration(8, 16, 64));
  EXPECT_EQ(operands.sums[3][4], 0);
}
