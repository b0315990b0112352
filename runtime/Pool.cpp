//===- Threads for parallel loops -----------------------------------------===//
#include "runtime/Pool.h"

#include "runtime/Status.h"

#include <algorithm>
#include <system_error>
#include <thread>

using namespace attention;

void attention::withTeam(attn_pool *pool,
                         void (*main)(void *context, Team *team),
                         void *context) {
  if (!pool || !pool->team)
    return main(context, nullptr);
  const Team::Lead lead(*pool->team);
  main(context, pool->team.get());
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
    auto made = std::make_unique<attn_pool>();
    made->workers = workers;
    if (workers > 1) {
      try {
        made->team = std::make_unique<Team>(workers - 1);
      } catch (const std::system_error &error) {
        return makeStatus(ATTN_OUT_OF_MEMORY,
                          "cannot start " + std::to_string(workers - 1) +
                              " threads: " + error.code().message());
      }
    }
    *pool = made.release();
    return nullptr;
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

void attn_pool_free(attn_pool *pool) { delete pool; }
