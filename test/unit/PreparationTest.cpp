#include "ToyModel.h"

/// Weights of the function `scale`, as the caller's tensor.
struct ScaleWeights {
  explicit ScaleWeights(std::vector<float> values) : values(std::move(values)) {
    attn_weights *made;
    EXPECT_OK(attn_weights_create(&made));
    weights.reset(made);
    const int64_t four = 4;
    EXPECT_OK(attn_weights_add(made, "scale.weight", ATTN_TYPE_F32, &four, 1,
                               this->values.data()));
  }
  std::vector<float> values;
  Weights weights;
};

static constexpr double factors[] = {1, 10, 100, 1000};

/// Runs `scale`, checks that it doubled and scaled 1, 2, 3, 4, and returns
/// which preparation it has seen.
static int64_t runScale(const Runner &runner) {
  const int64_t four = 4, one = 1;
  double x[4], y[4];
  int64_t preparation = -1;
  std::copy_n(factors, 4, x);
  const attn_tensor input{x, &four, ATTN_TYPE_F64, 1};
  const attn_tensor results[] = {{y, &four, ATTN_TYPE_F64, 1},
                                 {&preparation, &one, ATTN_TYPE_I64, 1}};
  EXPECT_OK(attn_runner_run(runner.get(), &input, results, nullptr, 0));
  for (int i = 0; i < 4; ++i)
    EXPECT_EQ(y[i], 2 * (i + 1) * factors[i]);
  return preparation;
}

TEST(Preparation, is_no_matter_of_inputs) {
  Model model = loadToy();
  const attn_function *function = find(model, "scale");
  EXPECT_EQ(attn_function_input_count(function), 1);
  EXPECT_EQ(attn_function_weight_count(function), 1);
  EXPECT_STREQ(attn_function_input(function, 0)->name, "x");
  // Four doubles and one integer, each at a multiple of 64 bytes.
  EXPECT_EQ(attn_function_prepared_bytes(function), 128);
  EXPECT_EQ(attn_function_prepared_bytes(find(model, "add")), 0);
}

TEST(Preparation, runs_once_for_all_runners_of_the_same_weights) {
  Model model = loadToy();
  const attn_function *function = find(model, "scale");
  const ScaleWeights scale({1, 2, 3, 4}), other({1, 2, 3, 4});
  for (int64_t workers : {0, 1, 3}) {
    Pool pool = workers ? makePool(workers) : Pool();
    Runner first = makeRunner(function, scale.weights, pool);
    Runner second = makeRunner(function, scale.weights, pool);
    const int64_t preparation = runScale(first);
    EXPECT_EQ(runScale(first), preparation);
    EXPECT_EQ(runScale(second), preparation);
    first.reset();
    EXPECT_EQ(runScale(makeRunner(function, scale.weights, pool)), preparation);
    EXPECT_EQ(runScale(makeRunner(function, other.weights, pool)),
              preparation + 1);
    second.reset();
    EXPECT_EQ(runScale(makeRunner(function, scale.weights, pool)),
              preparation + 2);
  }
}

TEST(Preparation, follows_a_weight_that_is_replaced) {
  Model model = loadToy();
  const attn_function *function = find(model, "scale");
  ScaleWeights scale({9, 9, 9, 9});
  Runner before = makeRunner(function, scale.weights, nullptr);
  std::vector<float> values = {1, 2, 3, 4};
  const int64_t four = 4;
  ASSERT_OK(attn_weights_add(scale.weights.get(), "scale.weight", ATTN_TYPE_F32,
                             &four, 1, values.data()));
  runScale(makeRunner(function, scale.weights, nullptr));
}

TEST(Preparation, is_shared_by_threads) {
  Model model = loadToy();
  const attn_function *function = find(model, "scale");
  const ScaleWeights scale({1, 2, 3, 4});
  Pool pool = makePool(2);
  const Runner held = makeRunner(function, scale.weights, pool);
  const int64_t preparation = runScale(held);
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int repeat = 0; repeat < 20; ++repeat)
        wrong +=
            runScale(makeRunner(function, scale.weights, pool)) != preparation;
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
}

static attn_code refusal(const attn_function *function, const Weights &weights,
                         std::string &message) {
  attn_runner *runner;
  attn_status *status =
      attn_runner_create(function, weights.get(), nullptr, &runner);
  EXPECT_EQ(runner, nullptr);
  const attn_code code = attn_status_code(status);
  message = text(status);
  return code;
}

TEST(Preparation, reports_what_goes_wrong) {
  Model model = loadToy();
  std::string message;
  EXPECT_EQ(refusal(find(model, "scale"), nullptr, message), ATTN_NOT_FOUND);
  EXPECT_EQ(message, "missing weight 'scale.weight'");
  const ScaleWeights negative({1, 2, -3, 4});
  for (int repeat = 0; repeat < 2; ++repeat) {
    EXPECT_EQ(refusal(find(model, "scale"), negative.weights, message),
              ATTN_BAD_VALUE);
    EXPECT_EQ(message, "expects a weight from 0, but got -3 at element 2");
  }
  EXPECT_EQ(refusal(find(model, "swell"), negative.weights, message),
            ATTN_OUT_OF_MEMORY);
  EXPECT_EQ(message, "not enough memory for prepared weights of "
                     "72057594037927936 bytes");
}

TEST(Preparation, of_other_results_than_the_function_takes_is_refused) {
  attn_model *model;
  EXPECT_EQ(text(attn_model_load(toy("prepared").c_str(), &model)),
            "malformed artefact");
  EXPECT_EQ(model, nullptr);
}
