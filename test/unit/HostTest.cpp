#include "runtime/Host.h"
#include "runtime/CpuFeatures.h"

#include <gtest/gtest.h>
#include <vector>

using namespace attention;

static std::string formatted(const char *format,
                             const std::vector<int64_t> &values,
                             size_t capacity = 100) {
  std::vector<char> text(capacity);
  formatValues(text.data(), capacity, format, values.data(),
               static_cast<int64_t>(values.size()));
  return text.data();
}

TEST(Host, puts_values_into_messages) {
  EXPECT_EQ(formatted("{0} and {1}, {0}", {3, -7}), "3 and -7, 3");
  EXPECT_EQ(formatted("{0}", {INT64_MIN}), "-9223372036854775808");
  EXPECT_EQ(formatted("{2} {} {x} {0 {-1} {99999999999999999999}", {1}),
            "{2} {} {x} {0 {-1} {99999999999999999999}");
  EXPECT_EQ(formatted("", {}), "");
  EXPECT_EQ(formatted("abc{0}", {12345}, 6), "abc12");
}

TEST(Host, keeps_the_failure_of_the_smallest_order) {
  Host host(nullptr);
  attn_host *table = host.interface();
  const int64_t one = 1, two = 2;
  EXPECT_FALSE(host.failed());
  table->fail(table, 5, "late", nullptr, 0);
  table->fail(table, 3, "b {0}", &two, 1);
  table->fail(table, 3, "b {0}", &one, 1);
  table->fail(table, 4, "a", nullptr, 0);
  EXPECT_TRUE(host.failed());
  EXPECT_STREQ(host.message(), "b 1");
  host.clearFailure();
  EXPECT_FALSE(host.failed());
}

TEST(CpuFeatures, names_the_first_that_is_missing) {
  EXPECT_EQ(missingFeature(""), "");
  EXPECT_EQ(missingFeature("unheard-of,also"), "unheard-of");
#if defined(__x86_64__)
  EXPECT_EQ(missingFeature("sse2,sse,cx8"), "");
  EXPECT_EQ(missingFeature("sse2,,flying"), "flying");
  EXPECT_EQ(missingFeature("avx512_bf16") == "",
            missingFeature("avx512bf16") == "");
  EXPECT_EQ(missingFeature("avx2") == "", __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(missingFeature("avx512f") == "",
            __builtin_cpu_supports("avx512f") != 0);
  EXPECT_EQ(missingFeature("fma") == "", __builtin_cpu_supports("fma") != 0);
#endif
}

#if defined(__x86_64__) || defined(__aarch64__)
extern "C" {
float __extendhfsf2(_Float16);
_Float16 __truncdfhf2(double);
}

TEST(HalfHelpers, travel_in_vector_registers) {
  EXPECT_EQ(__extendhfsf2(static_cast<_Float16>(1.5f)), 1.5f);
  EXPECT_EQ(static_cast<float>(__truncdfhf2(1.0 + 0x1p-11 + 0x1p-40)),
            1.0f + 0x1p-10f);
}
#endif
