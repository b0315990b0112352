#include "ToyModel.h"

#include <sys/resource.h>

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

TEST(Pool, says_when_the_system_gives_no_threads) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "a sanitizer needs address space for its own";
#endif
  // Stacks of a thousand threads take more than is left.
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_AS, &before), 0);
  rlimit little = before;
  little.rlim_cur = rlim_t(1) << 30;
  ASSERT_EQ(::setrlimit(RLIMIT_AS, &little), 0);
  attn_pool *pool;
  const std::string said = text(attn_pool_create(1024, &pool));
  ::setrlimit(RLIMIT_AS, &before);
  EXPECT_EQ(said,
            "cannot start 1023 threads: Resource temporarily unavailable");
  EXPECT_EQ(pool, nullptr);
}
