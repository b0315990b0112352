#include "TemporaryFolder.h"
#include "runtime/attention.h"

#include <atomic>
#include <cstring>
#include <gtest/gtest.h>
#include <memory>
#include <numeric>
#include <thread>

static std::string toy(const char *kind) {
  return std::string(TOY_FOLDER) + "/toy-" + kind + ".so";
}

/// The message of a status, which is freed; "" on success.
static std::string text(attn_status *status) {
  const std::string message = attn_status_message(status);
  attn_status_free(status);
  return message;
}

#define EXPECT_OK(call) EXPECT_EQ(text(call), "")
#define ASSERT_OK(call) ASSERT_EQ(text(call), "")

template <typename T, void (*free)(T *)> struct Freed {
  void operator()(T *pointer) const { free(pointer); }
};
using Model = std::unique_ptr<attn_model, Freed<attn_model, attn_model_free>>;
using Weights =
    std::unique_ptr<attn_weights, Freed<attn_weights, attn_weights_free>>;
using Pool = std::unique_ptr<attn_pool, Freed<attn_pool, attn_pool_free>>;
using Runner =
    std::unique_ptr<attn_runner, Freed<attn_runner, attn_runner_free>>;

static Model loadToy() {
  attn_model *model;
  EXPECT_OK(attn_model_load(toy("good").c_str(), &model));
  return Model(model);
}

static const attn_function *find(const Model &model, const char *name) {
  const attn_function *function;
  EXPECT_OK(attn_model_find(model.get(), name, &function));
  return function;
}

static Pool makePool(int64_t workers) {
  attn_pool *pool;
  EXPECT_OK(attn_pool_create(workers, &pool));
  return Pool(pool);
}

static Runner makeRunner(const attn_function *function, const Weights &weights,
                         const Pool &pool) {
  attn_runner *runner;
  EXPECT_OK(attn_runner_create(function, weights.get(), pool.get(), &runner));
  return Runner(runner);
}

struct alignas(64) Workspace {
  char bytes[1 << 20];
};

static attn_tensor floats(std::vector<float> &data, const int64_t &size) {
  return {data.data(), &size, ATTN_TYPE_F32, 1};
}

TEST(Model, refuses_what_is_no_artefact) {
  TemporaryFolder folder;
  attn_model *model;
  EXPECT_NE(text(attn_model_load(folder.path("missing.so").c_str(), &model))
                .find("cannot open"),
            std::string::npos);
  EXPECT_EQ(model, nullptr);
  for (const std::string &bytes :
       {std::string(), std::string("MZ"), std::string(4096, 'x')})
    EXPECT_NE(text(attn_model_load(folder.write("x.so", bytes).c_str(), &model))
                  .find("expects a shared object that attention-compile made"),
              std::string::npos);
  EXPECT_NE(text(attn_model_load(toy("stranger").c_str(), &model))
                .find("expects a shared object that attention-compile made"),
            std::string::npos);
  EXPECT_NE(text(attn_model_load(toy("magic").c_str(), &model))
                .find("expects an artefact of attention-compile"),
            std::string::npos);
  EXPECT_EQ(text(attn_model_load(nullptr, &model)),
            "expects a path, but got null");
}

TEST(Model, refuses_truncated_shared_objects) {
  TemporaryFolder folder;
  std::ifstream file(toy("good"), std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(file), {});
  // Past this point only section headers are cut, which nobody loads.
  for (size_t length = 0; length < 4096 && length < whole.size();
       length += 61) {
    attn_model *model;
    EXPECT_NE(
        text(attn_model_load(
            folder.write("x.so", whole.substr(0, length)).c_str(), &model)),
        "")
        << length;
  }
}

TEST(Model, refuses_other_versions_machines_and_features) {
  attn_model *model;
  EXPECT_EQ(text(attn_model_load(toy("version").c_str(), &model)),
            "expects an artefact of version 1, but got version 99");
  EXPECT_NE(text(attn_model_load(toy("architecture").c_str(), &model))
                .find("but got code for pdp11"),
            std::string::npos);
  EXPECT_EQ(text(attn_model_load(toy("features").c_str(), &model)),
            "expects a processor with 'flying', which this one lacks");
}

TEST(Model, tells_about_functions) {
  Model model = loadToy();
  EXPECT_STREQ(attn_model_producer(model.get()), "by hand");
  ASSERT_EQ(attn_model_function_count(model.get()), 3);
  EXPECT_EQ(attn_model_function(model.get(), 3), nullptr);
  EXPECT_EQ(attn_model_function(model.get(), -1), nullptr);
  const attn_function *function = find(model, "look_up");
  EXPECT_STREQ(attn_function_name(function), "look_up");
  ASSERT_EQ(attn_function_input_count(function), 1);
  ASSERT_EQ(attn_function_weight_count(function), 1);
  ASSERT_EQ(attn_function_result_count(function), 1);
  EXPECT_STREQ(attn_function_input(function, 0)->name, "ids");
  EXPECT_STREQ(attn_function_weight(function, 0)->weight, "embeddings.table");
  EXPECT_EQ(attn_function_result(function, 0)->shape[1], 4);
  EXPECT_EQ(attn_function_input(function, 1), nullptr);
}

TEST(Model, names_the_nearest_function) {
  Model model = loadToy();
  const attn_function *function;
  attn_status *status = attn_model_find(model.get(), "lookup", &function);
  EXPECT_EQ(attn_status_code(status), ATTN_NOT_FOUND);
  EXPECT_EQ(text(status),
            "unknown function 'lookup' (the nearest is 'look_up')");
  EXPECT_EQ(text(attn_model_find(model.get(), nullptr, &function)),
            "expects the name of a function, as the model has 3: add, look_up, "
            "greedy");
}

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

static std::string tableFile(const char *name, const char *dtype,
                             const char *shape, size_t bytes) {
  const std::string header = std::string("{\"") + name + "\":{\"dtype\":\"" +
                             dtype + "\",\"shape\":" + shape +
                             ",\"data_offsets\":[0," + std::to_string(bytes) +
                             "]}}";
  std::string file(8, '\0');
  const uint64_t length = header.size();
  std::memcpy(file.data(), &length, 8);
  return file + header + std::string(bytes, '\0');
}

static Weights weightsFrom(const std::string &path) {
  attn_weights *weights;
  EXPECT_OK(attn_weights_create(&weights));
  EXPECT_OK(attn_weights_add_file(weights, path.c_str()));
  return Weights(weights);
}

static std::string bindMessage(const Weights &weights) {
  Model model = loadToy();
  attn_runner *runner;
  const std::string message = text(attn_runner_create(
      find(model, "look_up"), weights.get(), nullptr, &runner));
  attn_runner_free(runner);
  return message;
}

TEST(Weights, are_checked_against_the_model) {
  TemporaryFolder folder;
  EXPECT_EQ(bindMessage(nullptr), "missing weight 'embeddings.table'");
  const std::string renamed = folder.write(
      "renamed.safetensors", tableFile("embedding.table", "F32", "[8,4]", 128));
  EXPECT_EQ(bindMessage(weightsFrom(renamed)),
            "missing weight 'embeddings.table' (the nearest is "
            "'embedding.table')");
  const std::string shape = folder.write(
      "shape.safetensors", tableFile("embeddings.table", "F32", "[4,8]", 128));
  EXPECT_EQ(bindMessage(weightsFrom(shape)),
            "weight 'embeddings.table' expects f32 of shape 8x4, but got f32 "
            "of shape 4x8 in '" +
                shape + "'");
  const std::string type = folder.write(
      "type.safetensors", tableFile("embeddings.table", "F16", "[8,4]", 64));
  EXPECT_EQ(bindMessage(weightsFrom(type)),
            "weight 'embeddings.table' expects f32 of shape 8x4, but got f16 "
            "of shape 8x4 in '" +
                type + "'");
}

TEST(Weights, misaligned_in_a_file_are_copied) {
  TemporaryFolder folder;
  Model model = loadToy();
  for (size_t padding = 0; padding < 4; ++padding) {
    std::string file = tableFile("embeddings.table", "F32", "[8,4]", 128);
    uint64_t length;
    std::memcpy(&length, file.data(), 8);
    const float last = 42;
    std::memcpy(&file[file.size() - 4], &last, 4);
    file.insert(8 + length, std::string(padding, ' '));
    length += padding;
    std::memcpy(file.data(), &length, 8);
    Weights weights = weightsFrom(folder.write("odd.safetensors", file));
    Runner runner = makeRunner(find(model, "look_up"), weights, nullptr);
    int64_t id = 7;
    const int64_t one = 1, shape[] = {1, 4};
    float row[4];
    const attn_tensor input{&id, &one, ATTN_TYPE_I64, 1};
    const attn_tensor result{row, shape, ATTN_TYPE_F32, 2};
    ASSERT_OK(attn_runner_run(runner.get(), &input, &result, nullptr, 0));
    EXPECT_EQ(row[3], 42);
  }
}

TEST(Weights, of_the_caller_come_first) {
  Model model = loadToy();
  attn_weights *raw;
  ASSERT_OK(attn_weights_create(&raw));
  Weights weights(raw);
  std::vector<float> table(32);
  std::iota(table.begin(), table.end(), 0.0f);
  const int64_t shape[] = {8, 4}, other[] = {4, 8}, negative[] = {-8, 4};
  EXPECT_EQ(text(attn_weights_add(raw, "t", 9, shape, 2, table.data())),
            "weight 't' expects a type ATTN_TYPE_*, but got 9");
  EXPECT_EQ(text(attn_weights_add(raw, "t", ATTN_TYPE_F32, negative, 2,
                                  table.data())),
            "weight 't' expects sizes from 0, but got -8");
  EXPECT_EQ(text(attn_weights_add(raw, "t", ATTN_TYPE_F32, shape, 2, nullptr)),
            "weight 't' expects data, but got null");
  ASSERT_OK(attn_weights_add(raw, "embeddings.table", ATTN_TYPE_F32, other, 2,
                             table.data()));
  EXPECT_EQ(bindMessage(weights),
            "weight 'embeddings.table' expects f32 of shape 8x4, but got f32 "
            "of shape 4x8");
  ASSERT_OK(attn_weights_add(raw, "embeddings.table", ATTN_TYPE_F32, shape, 2,
                             table.data()));
  Runner runner = makeRunner(find(model, "look_up"), weights, nullptr);
  int64_t ids[] = {7, 0};
  const int64_t two = 2, resultShape[] = {2, 4};
  float rows[8];
  const attn_tensor input{ids, &two, ATTN_TYPE_I64, 1};
  const attn_tensor result{rows, resultShape, ATTN_TYPE_F32, 2};
  ASSERT_OK(attn_runner_run(runner.get(), &input, &result, nullptr, 0));
  EXPECT_EQ(rows[0], 28);
  EXPECT_EQ(rows[7], 3);
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
      for (int repeat = 0; repeat < 50; ++repeat) {
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

TEST(Pool, refuses_unreasonable_workers) {
  attn_pool *pool;
  EXPECT_EQ(text(attn_pool_create(-1, &pool)),
            "expects 0 to 1024 workers, but got -1");
  EXPECT_EQ(text(attn_pool_create(1000000, &pool)),
            "expects 0 to 1024 workers, but got 1000000");
  EXPECT_EQ(text(attn_pool_wrap(2, nullptr, nullptr, &pool)),
            "expects a function, but got null");
  EXPECT_EQ(pool, nullptr);
}

TEST(Pool, of_the_host_program_is_used) {
  Model model = loadToy();
  struct Calls {
    int count = 0;
  } calls;
  attn_pool *raw;
  ASSERT_OK(attn_pool_wrap(
      2,
      [](void *user, int64_t count, void (*body)(void *, int64_t, int64_t),
         void *context) {
        ++static_cast<Calls *>(user)->count;
        for (int64_t i = 0; i < count; ++i)
          body(context, i, i % 2);
      },
      &calls, &raw));
  Pool pool(raw);
  EXPECT_EQ(attn_pool_workers(raw), 2);
  Runner runner = makeRunner(find(model, "add"), nullptr, pool);
  static Workspace workspace;
  const int64_t size = 9;
  std::vector<float> x(size, 1), y(size, 2), z(size);
  const attn_tensor inputs[] = {floats(x, size), floats(y, size)};
  const attn_tensor results[] = {floats(z, size)};
  ASSERT_OK(attn_runner_run(runner.get(), inputs, results, &workspace,
                            sizeof(workspace)));
  EXPECT_EQ(calls.count, 1);
  EXPECT_EQ(z[8], 3);
}
