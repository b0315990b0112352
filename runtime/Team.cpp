//===- Workers that help with the loops of runs ---------------------------===//
#include "runtime/Team.h"

#include <sched.h>

using namespace attention;

namespace {
/// Waiting between loops takes microseconds, so spinning answers fastest; but
/// where there are fewer processors than threads, whoever is waited for needs
/// this one.
class Patience {
public:
  /// Whether it is at an end.
  bool isLost() const { return spins == most; }

  void wait() {
    if (isLost()) {
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

/// Keeps the calling thread off one processor for as long as it lives: a system
/// may wake a thread on the processor of the one that wakes it, and leave both
/// there, in turns, for milliseconds.
class Elsewhere {
public:
  explicit Elsewhere(int processor) {
    if (processor < 0 || processor >= CPU_SETSIZE ||
        ::sched_getaffinity(0, sizeof(allowed), &allowed) != 0 ||
        CPU_COUNT(&allowed) < 2)
      return;
    others = allowed;
    CPU_CLR(processor, &others);
    moved = ::sched_setaffinity(0, sizeof(others), &others) == 0;
  }
  ~Elsewhere() {
    // Unless somebody else has placed the thread meanwhile.
    cpu_set_t now;
    if (moved && ::sched_getaffinity(0, sizeof(now), &now) == 0 &&
        CPU_EQUAL(&now, &others))
      ::sched_setaffinity(0, sizeof(allowed), &allowed);
  }

private:
  cpu_set_t allowed, others;
  bool moved = false;
};
} // namespace

Team::Team(int64_t count) {
  followers.reserve(static_cast<size_t>(count));
  try {
    for (int64_t worker = 1; worker <= count; ++worker)
      followers.emplace_back([this, worker] { follow(worker); });
  } catch (...) {
    stop();
    throw;
  }
}

Team::~Team() { stop(); }

void Team::stop() {
  stopped.store(true);
  wake(2);
  for (std::thread &follower : followers)
    follower.join();
}

void Team::wake(uint32_t more) {
  {
    const std::lock_guard<std::mutex> lock(bed);
    calls.fetch_add(more);
  }
  woken.notify_all();
}

/// By the leader, in front of its first loop.
void Team::call() {
  if (calls.load(std::memory_order_relaxed) % 2 == 1)
    return;
  leaderProcessor.store(::sched_getcpu(), std::memory_order_relaxed);
  wake(1);
}

/// By the leader, after its last loop.
void Team::dismiss() {
  if (calls.load(std::memory_order_relaxed) % 2 == 1)
    calls.fetch_add(1);
}

/// Runs indices of whatever loop is open until all are taken; how many.
int64_t Team::takeIndices(int64_t worker) {
  int64_t taken = 0;
  for (int64_t seen = left.load(std::memory_order_relaxed); seen > 0;) {
    if (!left.compare_exchange_weak(seen, seen - 1, std::memory_order_acquire,
                                    std::memory_order_relaxed))
      continue;
    body(context, count - seen, worker);
    ++taken;
    seen = left.load(std::memory_order_relaxed);
  }
  return taken;
}

void Team::run(int64_t loopCount, LoopBody loopBody, void *loopContext) {
  if (loopCount <= 0)
    return;
  call();
  count = loopCount;
  body = loopBody;
  context = loopContext;
  done.store(0, std::memory_order_relaxed);
  left.store(count - 1, std::memory_order_release);
  body(context, 0, 0);
  const int64_t others = count - 1 - takeIndices(0);
  for (Patience patience; done.load(std::memory_order_acquire) != others;)
    patience.wait();
}

/// Until `calls` is more than `seen`.
void Team::sleep(uint32_t seen) {
  const Elsewhere elsewhere(leaderProcessor.load(std::memory_order_relaxed));
  std::unique_lock<std::mutex> lock(bed);
  woken.wait(lock, [&] { return calls.load() != seen; });
}

void Team::follow(int64_t worker) {
  for (Patience patience; !stopped.load();) {
    const uint32_t called = calls.load();
    if (const int64_t taken = takeIndices(worker)) {
      done.fetch_add(taken, std::memory_order_release);
    } else if (called % 2 == 1 || !patience.isLost()) {
      patience.wait();
      continue;
    } else {
      sleep(called);
    }
    patience = Patience();
  }
}
