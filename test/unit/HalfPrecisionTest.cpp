#include "runtime/files/HalfPrecision.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace attention;

TEST(HalfPrecision, every_f16_survives_a_round_trip) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float wide = widenF16(static_cast<uint16_t>(bits));
    if (std::isnan(wide))
      EXPECT_TRUE(std::isnan(widenF16(narrowToF16(wide))));
    else
      EXPECT_EQ(narrowToF16(wide), bits);
  }
}

TEST(HalfPrecision, every_bf16_survives_a_round_trip) {
  for (uint32_t bits = 0; bits < 0x10000; ++bits) {
    const float wide = widenBF16(static_cast<uint16_t>(bits));
    if (std::isnan(wide))
      EXPECT_TRUE(std::isnan(widenBF16(narrowToBF16(wide))));
    else
      EXPECT_EQ(narrowToBF16(wide), bits);
  }
}

/// Between neighbours the nearer is taken, and half way the even one.
TEST(HalfPrecision, rounds_to_nearest_even) {
  for (uint32_t bits = 0; bits < 0x7bff; ++bits) {
    const double low = widenF16(static_cast<uint16_t>(bits));
    const double high = widenF16(static_cast<uint16_t>(bits + 1));
    const double middle = (low + high) / 2;
    EXPECT_EQ(narrowToF16(middle), bits + (bits & 1));
    EXPECT_EQ(narrowToF16(std::nextafter(middle, low)), bits);
    EXPECT_EQ(narrowToF16(std::nextafter(middle, high)), bits + 1);
    EXPECT_EQ(narrowToF16(-middle), 0x8000 + bits + (bits & 1));
  }
  for (uint32_t bits = 0; bits < 0x7f7f; ++bits) {
    const double low = widenBF16(static_cast<uint16_t>(bits));
    const double high = widenBF16(static_cast<uint16_t>(bits + 1));
    const double middle = (low + high) / 2;
    EXPECT_EQ(narrowToBF16(middle), bits + (bits & 1));
    EXPECT_EQ(narrowToBF16(std::nextafter(middle, low)), bits);
    EXPECT_EQ(narrowToBF16(std::nextafter(middle, high)), bits + 1);
  }
}

TEST(HalfPrecision, overflows_to_infinity_and_underflows_to_zero) {
  EXPECT_EQ(narrowToF16(65519.99), 0x7bff);
  EXPECT_EQ(narrowToF16(65520.0), 0x7c00);
  EXPECT_EQ(narrowToF16(-1e300), 0xfc00);
  EXPECT_EQ(narrowToF16(HUGE_VAL), 0x7c00);
  EXPECT_EQ(narrowToF16(0x1p-25), 0x0000);
  EXPECT_EQ(narrowToF16(0x1.8p-25), 0x0001);
  EXPECT_EQ(narrowToF16(-1e-300), 0x8000);
  EXPECT_EQ(narrowToF16(4.9e-324), 0x0000);
  EXPECT_EQ(narrowToBF16(3.4e38), 0x7f80);
  EXPECT_EQ(narrowToBF16(1e-45), 0x0000);
}

TEST(HalfPrecision, rounds_doubles_once) {
  // Through float this would be a tie and go down.
  EXPECT_EQ(narrowToF16(1.0 + 0x1p-11 + 0x1p-40), 0x3c01);
}
