//===- A compiled model inside of a program -------------------------------===//
//
// test/unit/Inputs/weighted.mlir as an object file and a header: its weights
// are prepared by code of the program itself.
//
//===----------------------------------------------------------------------===//
#include "ToyModel.h"
#include "weighted.h"

static Weights weightOf(const std::vector<float> &values) {
  attn_weights *made;
  EXPECT_OK(attn_weights_create(&made));
  const int64_t shape[] = {4, 3};
  EXPECT_OK(
      attn_weights_add(made, "w", ATTN_TYPE_F32, shape, 2, values.data()));
  return Weights(made);
}

TEST(Linked, prepares_its_weights) {
  attn_model *made;
  ASSERT_OK(attn_model_link(&weighted_artifact, &made));
  const Model model(made);
  const attn_function *function = find(model, "turn");
  EXPECT_EQ(attn_function_weight_count(function), 1);
  EXPECT_EQ(attn_function_prepared_bytes(function), 64);
  std::vector<float> w(12), x(20), y(15);
  std::iota(w.begin(), w.end(), 0.0f);
  std::iota(x.begin(), x.end(), -7.0f);
  const Weights weights = weightOf(w);
  const int64_t shape[] = {5, 4};
  for (int64_t workers : {1, 3}) {
    const Pool pool = makePool(workers);
    const Runner runner = makeRunner(function, weights, pool);
    int64_t planned[2], bytes;
    ASSERT_OK(weighted_turn_plan(runner.get(), shape, planned, &bytes));
    static Workspace workspace;
    ASSERT_LE(bytes, int64_t(sizeof(workspace)));
    ASSERT_OK(weighted_turn(runner.get(), x.data(), shape, y.data(), planned,
                            &workspace, bytes));
    for (int row = 0; row < 5; ++row)
      for (int column = 0; column < 3; ++column) {
        float expected = 0;
        for (int i = 0; i < 4; ++i)
          expected += 2 * x[row * 4 + i] * w[i * 3 + column];
        EXPECT_EQ(y[row * 3 + column], expected);
      }
  }
}
