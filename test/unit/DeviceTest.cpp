//===- Runners on a device, through the C ABI -----------------------------===//
//
// The driver is the emulated one (test/emulator/driver), found by
// LD_LIBRARY_PATH; the model is test/Inputs/weighted-attend.mlir.
//
//===----------------------------------------------------------------------===//
#include "ToyModel.h"

#include <dlfcn.h>

using Device =
    std::unique_ptr<attn_device, Freed<attn_device, attn_device_free>>;
using DeviceMemory =
    std::unique_ptr<attn_device_memory,
                    Freed<attn_device_memory, attn_device_memory_free>>;
using Numbers = std::vector<float>;

static constexpr int64_t tokens = 19, features = 32;

static Numbers numbers(int64_t count, int seed) {
  Numbers made(static_cast<size_t>(count));
  for (size_t i = 0; i < made.size(); ++i)
    made[i] =
        static_cast<float>((i * 37 + static_cast<size_t>(seed)) % 23) / 23;
  return made;
}

class OnDevice : public testing::Test {
protected:
  void SetUp() override {
    attn_device *opened;
    ASSERT_OK(attn_device_open("cuda", &opened));
    device.reset(opened);
    attn_model *loaded;
    ASSERT_OK(attn_model_load(DEVICE_MODEL, &loaded));
    model.reset(loaded);
    function = find(model, "attend");
    attn_weights *made;
    ASSERT_OK(attn_weights_create(&made));
    weights.reset(made);
    ASSERT_OK(attn_weights_add(made, "layer.weight", ATTN_TYPE_F32, square, 2,
                               weight.data()));
  }

  Runner makeRunnerOn() {
    attn_runner *made;
    EXPECT_OK(
        attn_runner_create_on(function, weights.get(), device.get(), &made));
    return Runner(made);
  }

  DeviceMemory allocate(int64_t bytes) {
    attn_device_memory *made;
    EXPECT_OK(attn_device_memory_create(device.get(), bytes, &made));
    return DeviceMemory(made);
  }

  /// A copy of `source` on the device.
  DeviceMemory upload(const Numbers &source) {
    const auto bytes = static_cast<int64_t>(4 * source.size());
    DeviceMemory memory = allocate(bytes);
    EXPECT_OK(attn_device_copy(device.get(),
                               attn_device_memory_address(memory.get()),
                               source.data(), bytes));
    return memory;
  }

  Numbers download(const DeviceMemory &memory, int64_t count) {
    Numbers got(static_cast<size_t>(count));
    EXPECT_OK(attn_device_copy(device.get(), got.data(),
                               attn_device_memory_address(memory.get()),
                               4 * count));
    return got;
  }

  /// What the driver says is free.
  size_t freeBytes() {
    void *driver = dlopen("libcuda.so.1", RTLD_NOW);
    auto *ask = reinterpret_cast<int (*)(size_t *, size_t *)>(
        dlsym(driver, "cuMemGetInfo_v2"));
    size_t free = 0, total = 0;
    EXPECT_EQ(ask(&free, &total), 0);
    return free;
  }

  attn_tensor tensor(void *data) { return {data, shape, ATTN_TYPE_F32, 3}; }

  attn_status *run(const Runner &runner, void *x, void *bias, void *y) {
    const attn_tensor inputs[] = {tensor(x), tensor(bias)},
                      results[] = {tensor(y)};
    return attn_runner_run(runner.get(), inputs, results, nullptr, 0);
  }

  /// From the host to the host.
  Numbers expected() {
    Numbers y(x.size());
    EXPECT_OK(run(makeRunnerOn(), x.data(), bias.data(), y.data()));
    return y;
  }

  const int64_t square[2] = {features, features},
                shape[3] = {1, tokens, features};
  Numbers weight = numbers(features * features, 1);
  Numbers x = numbers(tokens * features, 2),
          bias = numbers(tokens * features, 3);
  Device device; // outlives what is made on it
  Model model;
  Weights weights;
  const attn_function *function = nullptr;
};

TEST_F(OnDevice, takesBuffersWhereTheyAre) {
  const Numbers want = expected();
  const Runner runner = makeRunnerOn();
  const DeviceMemory there = upload(x),
                     result = allocate(4 * tokens * features);
  EXPECT_OK(run(runner, attn_device_memory_address(there.get()), bias.data(),
                attn_device_memory_address(result.get())));
  EXPECT_EQ(download(result, tokens * features), want);
  Numbers y(x.size());
  EXPECT_OK(run(runner, attn_device_memory_address(there.get()), bias.data(),
                y.data()));
  EXPECT_EQ(y, want);
}

TEST_F(OnDevice, computesWhatProcessorsDo) {
  const Numbers got = expected();
  Numbers want(x.size());
  const Pool pool = makePool(1);
  const Runner runner = makeRunner(function, weights, pool);
  const attn_tensor inputs[] = {tensor(x.data()), tensor(bias.data())},
                    results[] = {tensor(want.data())};
  int64_t bytes = 0;
  ASSERT_OK(attn_runner_plan(runner.get(), inputs, nullptr, &bytes));
  std::unique_ptr<void, decltype(&std::free)> workspace(
      std::aligned_alloc(64, static_cast<size_t>(bytes)), std::free);
  EXPECT_OK(
      attn_runner_run(runner.get(), inputs, results, workspace.get(), bytes));
  for (size_t i = 0; i < want.size(); ++i)
    EXPECT_NEAR(got[i], want[i], 1e-5 * (1 + std::abs(want[i])));
}

TEST_F(OnDevice, asksCallersForNoWorkspace) {
  const Runner runner = makeRunnerOn();
  EXPECT_EQ(attn_runner_device_bytes(runner.get()), 0);
  const attn_tensor inputs[] = {tensor(nullptr), tensor(nullptr)};
  int64_t bytes = -1, sizes[3] = {};
  ASSERT_OK(attn_runner_plan(runner.get(), inputs, sizes, &bytes));
  EXPECT_EQ(bytes, 0);
  EXPECT_EQ(sizes[1], tokens);
  EXPECT_GT(attn_runner_device_bytes(runner.get()), 0);
}

TEST_F(OnDevice, copiesWeightsOnceAndFreesEverything) {
  const size_t before = freeBytes();
  {
    const Runner first = makeRunnerOn();
    EXPECT_EQ(before - freeBytes(), 4 * weight.size());
    const Runner second = makeRunnerOn();
    EXPECT_EQ(before - freeBytes(), 4 * weight.size());
    Numbers y(x.size());
    EXPECT_OK(run(second, x.data(), bias.data(), y.data()));
  }
  EXPECT_EQ(freeBytes(), before);
}

TEST_F(OnDevice, takesWeightsThatAreThere) {
  const Numbers want = expected();
  const DeviceMemory there = upload(weight);
  ASSERT_OK(attn_weights_add(weights.get(), "layer.weight", ATTN_TYPE_F32,
                             square, 2,
                             attn_device_memory_address(there.get())));
  const size_t before = freeBytes();
  const Runner runner = makeRunnerOn();
  EXPECT_EQ(freeBytes(), before);
  Numbers y(x.size());
  EXPECT_OK(run(runner, x.data(), bias.data(), y.data()));
  EXPECT_EQ(y, want);
}

TEST_F(OnDevice, runsInManyThreads) {
  const Numbers want = expected();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      const Runner runner = makeRunnerOn();
      Numbers y(x.size());
      for (int turn = 0; turn < 2; ++turn)
        EXPECT_OK(run(runner, x.data(), bias.data(), y.data()));
      EXPECT_EQ(y, want);
    });
  for (std::thread &thread : threads)
    thread.join();
}

TEST_F(OnDevice, runsNoTokens) {
  const int64_t none[3] = {1, 0, features};
  const attn_tensor empty{nullptr, none, ATTN_TYPE_F32, 3};
  const attn_tensor inputs[] = {empty, empty}, results[] = {empty};
  EXPECT_OK(attn_runner_run(makeRunnerOn().get(), inputs, results, nullptr, 0));
}

TEST_F(OnDevice, refusesWhatItCannotUse) {
  const Runner runner = makeRunnerOn();
  const DeviceMemory there = allocate(8 + 4 * tokens * features);
  auto *address = static_cast<char *>(attn_device_memory_address(there.get()));
  EXPECT_EQ(text(run(runner, address + 8, bias.data(), x.data())),
            "expects buffers on a device to be aligned to 16 bytes");
  attn_runner *made;
  EXPECT_EQ(text(attn_runner_create_on(function, nullptr, device.get(), &made)),
            "missing weight 'layer.weight'");
  EXPECT_EQ(
      text(attn_runner_create_on(function, weights.get(), nullptr, &made)),
      "expects a function and a device");
  attn_device *opened;
  attn_status *status = attn_device_open("cuda:7", &opened);
  EXPECT_EQ(attn_status_code(status), ATTN_NOT_FOUND);
  EXPECT_EQ(text(status),
            "expects a device from cuda:0 to cuda:0, but got 'cuda:7'");
  EXPECT_EQ(opened, nullptr);
  // Of one size, but not of the memory that it names.
  EXPECT_EQ(text(attn_device_copy(device.get(), address + 16, x.data(),
                                  4 * tokens * features)),
            "the device cannot copy 2432 bytes: CUDA_ERROR_INVALID_VALUE");
}

TEST_F(OnDevice, hasItsName) {
  EXPECT_STREQ(attn_device_name(device.get()), "Emulated GPU");
  EXPECT_EQ(attn_model_gpu_count(model.get()), 2);
  EXPECT_STREQ(attn_model_gpu(model.get(), 1)->gpu, "sm_90a");
  EXPECT_EQ(attn_model_gpu(model.get(), 2), nullptr);
}

/// The next `count` tokens from `first` on; results come to their place in `y`.
static attn_status *feed(attn_session *session, const Runner &runner,
                         Numbers &x, Numbers &bias, Numbers &y, int64_t first,
                         int64_t count) {
  const int64_t shape[] = {1, count, features};
  auto part = [&](Numbers &all) -> attn_tensor {
    return {all.data() + first * features, shape, ATTN_TYPE_F32, 3};
  };
  const attn_tensor inputs[] = {part(x), part(bias)}, results[] = {part(y)};
  return attn_session_run(session, runner.get(), inputs, results, nullptr, 0);
}

TEST_F(OnDevice, goesOnWhereASessionIs) {
  const Numbers want = expected();
  const attn_function *step;
  ASSERT_OK(attn_function_step(function, &step));
  attn_runner *madeRunner;
  ASSERT_OK(
      attn_runner_create_on(step, weights.get(), device.get(), &madeRunner));
  const Runner runner(madeRunner);
  attn_session *made, *copied;
  ASSERT_OK(attn_session_create_on(step, device.get(), 1, 2, &made));
  const Session session(made);
  Numbers y(x.size()), other(x.size());
  EXPECT_OK(
      feed(made, runner, x, bias, y, 0, 7)); // more than there is room for
  EXPECT_OK(feed(made, runner, x, bias, y, 7, 1));
  ASSERT_OK(attn_session_fork(made, &copied));
  const Session fork(copied);
  other = y;
  EXPECT_OK(feed(made, runner, x, bias, y, 8, tokens - 8));
  EXPECT_OK(feed(copied, runner, x, bias, other, 8, tokens - 8));
  EXPECT_EQ(y, other);
  for (size_t i = 0; i < y.size(); ++i)
    EXPECT_NEAR(y[i], want[i], 1e-5) << i;
  attn_session_reset(made);
  EXPECT_OK(feed(made, runner, x, bias, other, 0, tokens));
  EXPECT_EQ(attn_session_tokens(made), tokens);
}

TEST_F(OnDevice, refusesSessionsThatAreElsewhere) {
  const attn_function *step;
  ASSERT_OK(attn_function_step(function, &step));
  attn_runner *madeRunner;
  ASSERT_OK(
      attn_runner_create_on(step, weights.get(), device.get(), &madeRunner));
  const Runner there(madeRunner);
  const Pool pool = makePool(1);
  const Runner here = makeRunner(step, weights, pool);
  attn_session *made;
  ASSERT_OK(attn_session_create_on(step, device.get(), 1, 2, &made));
  const Session onDevice(made);
  ASSERT_OK(attn_session_create(step, 1, 2, &made));
  const Session onHost(made);
  Numbers y(x.size());
  EXPECT_EQ(text(feed(onDevice.get(), here, x, bias, y, 0, 1)),
            "expects a runner on the session's device cuda:0, but got one on "
            "processors");
  EXPECT_EQ(text(feed(onHost.get(), there, x, bias, y, 0, 1)),
            "expects a runner on the session's processors, but got one on "
            "device cuda:0");
  EXPECT_EQ(text(attn_session_create_on(step, nullptr, 1, 2, &made)),
            "expects a device, but got null");
  EXPECT_EQ(made, nullptr);
}
