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

using Names = std::vector<std::string>;

TEST(CpuFeatures, names_those_that_are_missing) {
  EXPECT_EQ(missingFeatures(""), Names());
  EXPECT_EQ(missingFeatures("unheard-of,also"), (Names{"unheard-of", "also"}));
#if defined(__x86_64__)
  EXPECT_EQ(missingFeatures("sse2,sse,cx8"), Names());
  EXPECT_EQ(missingFeatures("sse2,,flying"), Names{"flying"});
  EXPECT_EQ(missingFeatures("avx512_bf16").empty(),
            missingFeatures("avx512bf16").empty());
  EXPECT_EQ(missingFeatures("bmi1").empty(), missingFeatures("bmi").empty());
  EXPECT_EQ(missingFeatures("avx2").empty(),
            __builtin_cpu_supports("avx2") != 0);
  EXPECT_EQ(missingFeatures("avx512f").empty(),
            __builtin_cpu_supports("avx512f") != 0);
  EXPECT_EQ(missingFeatures("fma").empty(), __builtin_cpu_supports("fma") != 0);
#endif
}

TEST(CpuFeatures, are_all_there_when_listed) {
  EXPECT_EQ(missingFeatures(presentFeatures()), Names());
}

TEST(CpuFeatures, asks_the_kernel_only_where_it_has_a_say) {
  EXPECT_EQ(refusedFeatures("avx2,unheard-of"), Names());
#if defined(__x86_64__)
  if (!missingFeatures("amx-tile").empty())
    EXPECT_EQ(refusedFeatures("avx2,amx-tile"), Names{"amx-tile"});
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
