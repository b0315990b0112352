#include "ToyModel.h"

TEST(Runner, adds_with_any_pool) {
  Model model = loadToy();
  static Workspace workspace;
  for (int64_t workers : {0, 1, 2, 3, 7}) {
    Pool pool = workers ? makePool(workers) : Pool();
    Runner runner = makeRunner(find(model, "add"), nullptr, pool);
    for (int64_t size : {0, 1, 2, 1000}) {
      std::vector<float> x(size), y(size), z(size, -1);
      std::iota(x.begin(), x.end(), 1.0f);
      std::iota(y.begin(), y.end(), 10.0f);
      const attn_tensor inputs[] = {floats(x, size), floats(y, size)};
      int64_t planned = -1, bytes = -1;
      ASSERT_OK(attn_runner_plan(runner.get(), inputs, &planned, &bytes));
      EXPECT_EQ(planned, size);
      EXPECT_EQ(bytes,
                (4 * size + 63) / 64 * 64 + 64 * std::max<int64_t>(workers, 1));
      const attn_tensor results[] = {floats(z, size)};
      ASSERT_OK(
          attn_runner_run(runner.get(), inputs, results, &workspace, bytes));
      for (int64_t i = 0; i < size; ++i)
        ASSERT_EQ(z[i], x[i] + y[i]);
    }
  }
}

TEST(Runner, refuses_sizes_that_contradict) {
  Model model = loadToy();
  Runner runner = makeRunner(find(model, "add"), nullptr, nullptr);
  std::vector<float> x(4), y(5);
  const int64_t four = 4, five = 5, negative = -4;
  const attn_tensor inputs[] = {floats(x, four), floats(y, five)};
  attn_status *status =
      attn_runner_plan(runner.get(), inputs, nullptr, nullptr);
  EXPECT_EQ(attn_status_code(status), ATTN_BAD_VALUE);
  EXPECT_EQ(text(status), "expects 'x' and 'y' of one size, but got 4 and 5");
  const attn_tensor bad[] = {floats(x, negative), floats(y, five)};
  EXPECT_NE(text(attn_runner_plan(runner.get(), bad, nullptr, nullptr))
                .find("input 'x' expects f32 of shape ?"),
            std::string::npos);
}

TEST(Runner, refuses_wrong_tensors) {
  Model model = loadToy();
  Runner runner = makeRunner(find(model, "add"), nullptr, nullptr);
  static Workspace workspace;
  std::vector<float> x(4), y(4), z(4);
  const int64_t four = 4, three = 3;
  const attn_tensor good = floats(x, four);
  const auto run = [&](attn_tensor input, attn_tensor result) {
    const attn_tensor inputs[] = {good, input};
    return text(attn_runner_run(runner.get(), inputs, &result, &workspace,
                                sizeof(workspace)));
  };
  const attn_tensor result = floats(z, four);
  EXPECT_EQ(run(good, result), "");
  EXPECT_EQ(run({y.data(), &four, ATTN_TYPE_F16, 1}, result),
            "input 'y' expects f32 of shape ?, but got f16 of shape 4");
  EXPECT_EQ(run({y.data(), &four, 77, 1}, result),
            "input 'y' expects f32 of shape ?, but got type 77 of shape 4");
  EXPECT_EQ(run({y.data(), nullptr, ATTN_TYPE_F32, 1}, result),
            "input 'y' expects f32 of shape ?, but got f32 of shape null");
  EXPECT_EQ(run({y.data(), &four, ATTN_TYPE_F32, 0}, result),
            "input 'y' expects f32 of shape ?, but got f32 of shape scalar");
  EXPECT_EQ(run({nullptr, &four, ATTN_TYPE_F32, 1}, result),
            "input 'y' expects a buffer, but got null");
  EXPECT_EQ(
      run({reinterpret_cast<char *>(y.data()) + 2, &four, ATTN_TYPE_F32, 1},
          result),
      "input 'y' expects a buffer aligned to its elements of 4 bytes");
  EXPECT_EQ(run(good, floats(z, three)),
            "result 'z' expects f32 of shape 4, but got f32 of shape 3");
  EXPECT_EQ(run(good, {nullptr, &four, ATTN_TYPE_F32, 1}),
            "result 'z' expects a buffer, but got null");
  EXPECT_EQ(text(attn_runner_run(runner.get(), nullptr, &result, &workspace,
                                 sizeof(workspace))),
            "expects inputs, but got null");
}

TEST(Runner, refuses_too_little_workspace) {
  Model model = loadToy();
  Runner runner = makeRunner(find(model, "add"), nullptr, nullptr);
  static Workspace workspace;
  std::vector<float> x(4), y(4), z(4);
  const int64_t four = 4;
  const attn_tensor inputs[] = {floats(x, four), floats(y, four)};
  const attn_tensor results[] = {floats(z, four)};
  EXPECT_EQ(
      text(attn_runner_run(runner.get(), inputs, results, &workspace, 127)),
      "expects a workspace of 128 bytes, but got 127");
  EXPECT_EQ(text(attn_runner_run(runner.get(), inputs, results, nullptr, 128)),
            "expects a workspace of 128 bytes, but got 0");
  EXPECT_EQ(text(attn_runner_run(runner.get(), inputs, results,
                                 workspace.bytes + 8, 128)),
            "expects a workspace aligned to 64 bytes");
}

TEST(Runner, refuses_plans_beyond_counting) {
  Model model = loadToy();
  Pool pool = makePool(2);
  Runner runner = makeRunner(find(model, "greedy"), nullptr, pool);
  int64_t bytes;
  EXPECT_OK(attn_runner_plan(runner.get(), nullptr, nullptr, &bytes));
  EXPECT_GE(bytes, INT64_MAX / 4);
}

TEST(Runner, reports_the_first_bad_value_whatever_the_threads) {
  Model model = loadToy();
  TemporaryFolder folder;
  Weights weights = weightsFrom(folder.write(
      "w.safetensors", tableFile("embeddings.table", "F32", "[8,4]", 128)));
  std::vector<int64_t> ids(1000, 3);
  ids[501] = 99;
  ids[217] = -5;
  ids[999] = 8;
  const int64_t size = 1000, resultShape[] = {1000, 4};
  std::vector<float> rows(4000);
  const attn_tensor input{ids.data(), &size, ATTN_TYPE_I64, 1};
  const attn_tensor result{rows.data(), resultShape, ATTN_TYPE_F32, 2};
  for (int64_t workers : {1, 2, 5}) {
    Pool pool = makePool(workers);
    Runner runner = makeRunner(find(model, "look_up"), weights, pool);
    for (int repeat = 0; repeat < 20; ++repeat) {
      attn_status *status =
          attn_runner_run(runner.get(), &input, &result, nullptr, 0);
      EXPECT_EQ(attn_status_code(status), ATTN_BAD_VALUE);
      EXPECT_EQ(text(status),
                "expects an id from 0 to 7, but got -5 at element 217");
    }
    // A run that goes well afterwards does not remember the failure.
    std::vector<int64_t> fine(1000, 3);
    const attn_tensor good{fine.data(), &size, ATTN_TYPE_I64, 1};
    EXPECT_OK(attn_runner_run(runner.get(), &good, &result, nullptr, 0));
  }
}

TEST(Runner, many_threads_share_model_and_pool) {
  Model model = loadToy();
  Pool pool = makePool(3);
  std::vector<std::thread> threads;
  std::atomic<int> wrong{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      Runner runner = makeRunner(find(model, "add"), nullptr, pool);
      auto workspace = std::make_unique<Workspace>();
      const int64_t size = 333;
      std::vector<float> x(size, static_cast<float>(t)), y(size, 1), z(size);
      const attn_tensor inputs[] = {floats(x, size), floats(y, size)};
      const attn_tensor results[] = {floats(z, size)};
      for (int repeat = 0; repeat < 10; ++repeat) {
        wrong +=
            text(attn_runner_run(runner.get(), inputs, results, workspace.get(),
                                 sizeof(Workspace))) != "";
        wrong += z[332] != static_cast<float>(t + 1);
      }
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
}
