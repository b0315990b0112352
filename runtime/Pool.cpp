//===- Threads for parallel loops -----------------------------------------===//
#include "runtime/Pool.h"

#include "runtime/Status.h"
#include "runtime/Team.h"

#include <algorithm>
#include <pthreadpool.h>
#include <thread>

using namespace attention;

namespace {
/// One run while the pool's threads serve it.
struct Run {
  Team team;
  void (*main)(void *context, Team *team);
  void *context;
};
} // namespace

/// One of these starts on every thread of the pool, the caller's being 0. (A
/// thread takes over the share of another only after its own, hence after the
/// end of the run.)
static void work(void *argument, size_t worker) {
  Run &run = *static_cast<Run *>(argument);
  if (worker != 0)
    return run.team.follow(static_cast<int64_t>(worker));
  run.main(run.context, &run.team);
  run.team.dismiss();
}

void attention::withTeam(attn_pool *pool,
                         void (*main)(void *context, Team *team),
                         void *context) {
  if (!pool || !pool->threads)
    return main(context, nullptr);
  Run run{{}, main, context};
  // Between runs the threads sleep rather than spin: the host program has other
  // things to do. See docs/decisions/0001-thread-pool.md.
  pthreadpool_parallelize_1d(pool->threads, work, &run,
                             static_cast<size_t>(pool->workers),
                             PTHREADPOOL_FLAG_YIELD_WORKERS);
}

/// More threads than any machine has would only exhaust the system.
static const int64_t mostWorkers = 1024;

static attn_status *checkWorkers(int64_t workers, int64_t least) {
  if (workers >= least && workers <= mostWorkers)
    return nullptr;
  return makeStatus(ATTN_INVALID, "expects " + std::to_string(least) + " to " +
                                      std::to_string(mostWorkers) +
                                      " workers, but got " +
                                      std::to_string(workers));
}

attn_status *attn_pool_create(int64_t workers, attn_pool **pool) {
  *pool = nullptr;
  return guarded([&]() -> attn_status * {
    if (attn_status *status = checkWorkers(workers, 0))
      return status;
    if (workers == 0)
      workers = std::clamp<int64_t>(std::thread::hardware_concurrency(), 1,
                                    mostWorkers);
    pthreadpool *threads = nullptr;
    if (workers > 1) {
      threads = pthreadpool_create(static_cast<size_t>(workers));
      if (!threads)
        return outOfMemory();
    }
    *pool = new (std::nothrow) attn_pool{workers, threads, nullptr, nullptr};
    if (*pool)
      return nullptr;
    pthreadpool_destroy(threads);
    return outOfMemory();
  });
}

attn_status *attn_pool_wrap(int64_t workers, attn_parallel parallel, void *user,
                            attn_pool **pool) {
  *pool = nullptr;
  return guarded([&]() -> attn_status * {
    if (attn_status *status = checkWorkers(workers, 1))
      return status;
    if (!parallel)
      return makeStatus(ATTN_INVALID, "expects a function, but got null");
    *pool = new attn_pool{workers, nullptr, parallel, user};
    return nullptr;
  });
}

int64_t attn_pool_workers(const attn_pool *pool) { return pool->workers; }

void attn_pool_free(attn_pool *pool) {
  if (pool && pool->threads)
    pthreadpool_destroy(pool->threads);
  delete pool;
}
