#include "runtime/files/Input.h"
#include "TemporaryFolder.h"
#include "runtime/files/Npy.h"

#include <cmath>
#include <gtest/gtest.h>

using namespace attention;

TEST(Input, reads_specifications) {
  Result<InputSpec> spec = parseInputSpec("q=random:1x8x0x64:7");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->name, "q");
  EXPECT_EQ(spec->source, InputSpec::Source::Random);
  EXPECT_EQ(spec->shape, (std::vector<int64_t>{1, 8, 0, 64}));
  EXPECT_EQ(spec->seed, 7u);
  spec = parseInputSpec("x=zeros:");
  ASSERT_TRUE(spec);
  EXPECT_TRUE(spec->shape.empty());
  spec = parseInputSpec("x=folder/a=b.npy");
  ASSERT_TRUE(spec);
  EXPECT_EQ(spec->path, "folder/a=b.npy");
}

TEST(Input, refuses_malformed_specifications) {
  for (const char *text :
       {"", "q", "=f.npy", "q=", "q=random:1x", "q=random:x1", "q=random:1xx2",
        "q=random:-1", "q=random:1:", "q=random:1:x", "q=zeros:1:2",
        "q=random:99999999999999999999", "q=random:1 x2"})
    EXPECT_FALSE(parseInputSpec(text)) << text;
}

TEST(Input, random_is_standard_normal_and_repeats) {
  const InputSpec spec = *parseInputSpec("q=random:100x1001");
  Result<HostTensor> first = loadInput(spec, ElementType::F32, {-1, 1001});
  Result<HostTensor> again = loadInput(spec, ElementType::F32, {-1, 1001});
  ASSERT_TRUE(first && again);
  double sum = 0, squares = 0;
  const int64_t count = first->elementCount();
  for (int64_t i = 0; i < count; ++i) {
    const double value = first->toDouble(i);
    ASSERT_EQ(value, again->toDouble(i));
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / count, 0, 0.02);
  EXPECT_NEAR(squares / count, 1, 0.02);
}

TEST(Input, random_depends_on_name_and_seed_not_on_type) {
  Result<HostTensor> q =
      loadInput(*parseInputSpec("q=random:4"), ElementType::F32, {4});
  Result<HostTensor> k =
      loadInput(*parseInputSpec("k=random:4"), ElementType::F32, {4});
  Result<HostTensor> half =
      loadInput(*parseInputSpec("q=random:4"), ElementType::F16, {4});
  Result<HostTensor> q7 =
      loadInput(*parseInputSpec("q=random:4:7"), ElementType::F32, {4});
  Result<HostTensor> k7 =
      loadInput(*parseInputSpec("k=random:4:7"), ElementType::F32, {4});
  ASSERT_TRUE(q && k && half && q7 && k7);
  EXPECT_NE(q->toDouble(0), k->toDouble(0));
  EXPECT_EQ(q7->toDouble(0), k7->toDouble(0));
  EXPECT_NEAR(q->toDouble(3), half->toDouble(3), 1e-2);
}

TEST(Input, says_expected_against_found) {
  EXPECT_EQ(loadInput(*parseInputSpec("q=zeros:2x3"), ElementType::F32, {-1, 4})
                .message(),
            "input 'q' expects f32 of shape ?x4, but got f32 of shape 2x3");
  EXPECT_EQ(
      loadInput(*parseInputSpec("ids=random:2"), ElementType::I64, {2})
          .message(),
      "expects a file or zeros for input 'ids' of type i64, but got random");
  TemporaryFolder folder;
  const double value = 1;
  const std::string path = folder.path("x.npy");
  ASSERT_FALSE(writeNpy(path, ElementType::F64, {1}, &value));
  EXPECT_EQ(
      loadInput(*parseInputSpec("q=" + path), ElementType::F32, {1}).message(),
      "input 'q' expects f32 of shape 1, but got f64 of shape 1 in '" + path +
          "'");
  EXPECT_NE(loadInput(*parseInputSpec("q=zeros:4611686018427387904"),
                      ElementType::F32, {-1})
                .message()
                .find("more bytes than a size can count"),
            std::string::npos);
}
