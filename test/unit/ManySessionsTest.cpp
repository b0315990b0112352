#include "ToyModel.h"

#include <malloc.h>

namespace {
/// Thousands of sessions of one model: the toy `total`, sums of all numbers so
/// far.
struct ManySessions : testing::Test {
  static constexpr int count = 3000;
  Model model = loadToy();
  const attn_function *step = nullptr;

  void SetUp() override {
    ASSERT_OK(attn_function_step(find(model, "total"), &step));
  }

  Session makeSession(int64_t tokens) {
    attn_session *made;
    EXPECT_OK(attn_session_create(step, 1, tokens, &made));
    return Session(made);
  }
};

/// What malloc has given out, with what it adds.
int64_t allocatedBytes() {
  const struct mallinfo2 info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
}

/// Feeds one number; the sum so far, or -1.
float feed(attn_session *session, attn_runner *runner, float number) {
  const int64_t shape[] = {1, 1};
  float sum = -1;
  const attn_tensor input{&number, shape, ATTN_TYPE_F32, 2},
      result{&sum, shape, ATTN_TYPE_F32, 2};
  alignas(64) char workspace[64];
  EXPECT_OK(attn_session_run(session, runner, &input, &result, workspace,
                             sizeof(workspace)));
  return sum;
}
} // namespace

TEST_F(ManySessions, take_what_is_announced) {
  const Runner runner = makeRunner(step, nullptr, nullptr);
  feed(makeSession(1).get(), runner.get(), 1); // the runner's own memory
  std::vector<Session> sessions;
  sessions.reserve(count);
  int64_t announced = 0;
  const int64_t before = allocatedBytes();
  for (int i = 0; i < count; ++i) {
    const int64_t tokens = 1 + i % 700; // many capacities
    int64_t bytes;
    ASSERT_OK(attn_session_bytes(step, 1, tokens, &bytes));
    announced += bytes;
    sessions.push_back(makeSession(tokens));
  }
  for (const Session &session : sessions)
    ASSERT_EQ(feed(session.get(), runner.get(), 2), 2);
  EXPECT_LE(allocatedBytes() - before, announced);
}

TEST_F(ManySessions, of_many_capacities_run_on_many_threads) {
  std::vector<Session> sessions;
  for (int i = 0; i < count; ++i)
    sessions.push_back(makeSession(i % 7));
  std::atomic<int> wrong{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 3; ++thread)
    threads.emplace_back([&, thread] {
      const Runner runner = makeRunner(step, nullptr, nullptr);
      for (int round = 1; round <= 20; ++round)
        for (int i = thread; i < count; i += 3)
          wrong += feed(sessions[i].get(), runner.get(), i) !=
                   static_cast<float>(round * i);
    });
  for (std::thread &thread : threads)
    thread.join();
  EXPECT_EQ(wrong, 0);
}
