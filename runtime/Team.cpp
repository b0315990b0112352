//===- Workers that wait for the loops of one run -------------------------===//
#include "runtime/Team.h"

#include <sched.h>

using namespace attention;

namespace {
/// Waiting between loops takes microseconds, so spinning answers fastest; but
/// where there are fewer processors than threads, whoever is waited for needs
/// this one.
class Patience {
public:
  void wait() {
    if (spins == most) {
      ::sched_yield();
      return;
    }
    ++spins;
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
  }

private:
  static constexpr int most = 1000;
  int spins = 0;
};
} // namespace

/// Moves this thread to another processor than `processor`, if it may run on
/// others. A system may wake all threads of a pool on the processor of the one
/// that wakes them, and leave them there, in turns, for milliseconds.
static void leaveProcessor(int processor) {
  cpu_set_t allowed;
  if (processor < 0 || ::sched_getcpu() != processor ||
      ::sched_getaffinity(0, sizeof(allowed), &allowed) != 0 ||
      CPU_COUNT(&allowed) < 2)
    return;
  cpu_set_t others = allowed;
  CPU_CLR(processor, &others);
  if (::sched_setaffinity(0, sizeof(others), &others) == 0)
    ::sched_setaffinity(0, sizeof(allowed), &allowed);
}

/// By the leader: lets a follower start that waits for this very processor.
void Team::makeWay() {
  if (!followed.load(std::memory_order_relaxed))
    ::sched_yield();
}

void Team::takeIndices(int64_t worker) {
  for (int64_t index;
       (index = next.fetch_add(1, std::memory_order_relaxed)) < count;) {
    if (worker == 0)
      makeWay();
    body(context, index, worker);
  }
}

void Team::run(int64_t loopCount, LoopBody loopBody, void *loopContext) {
  count = loopCount;
  body = loopBody;
  context = loopContext;
  next.store(0, std::memory_order_relaxed);
  phase.fetch_add(1);
  takeIndices(0);
  phase.fetch_add(1);
  // A follower that announced itself before the phase changed may still run a
  // body; one that did so afterwards sees the change and stays out.
  for (Patience patience; helping.load() != 0;)
    patience.wait();
}

void Team::follow(int64_t worker) {
  followed.store(true, std::memory_order_relaxed);
  leaveProcessor(leaderProcessor);
  uint64_t done = 0;
  for (Patience patience; !dismissed.load(std::memory_order_acquire);) {
    const uint64_t open = phase.load();
    if (open % 2 == 0 || open == done) {
      patience.wait();
      continue;
    }
    helping.fetch_add(1);
    if (phase.load() == open)
      takeIndices(worker);
    helping.fetch_sub(1);
    done = open;
    patience = Patience();
  }
}

void Team::dismiss() { dismissed.store(true, std::memory_order_release); }
