//===- Workers that wait for the loops of one run ---------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_TEAM_H
#define ATTENTION_RUNTIME_TEAM_H

#include <atomic>
#include <cstdint>
#include <sched.h>

namespace attention {

using LoopBody = void (*)(void *context, int64_t index, int64_t worker);

/// One thread leads: it runs the function and opens its loops one after
/// another. Others follow: they help with whatever loop is open. A follower
/// that the system has not woken yet keeps nobody waiting, as every worker
/// takes the next index when it is free.
class Team {
public:
  /// By the leader, who is worker 0: runs body(context, i, worker) for i in
  /// [0, count), started in ascending order.
  void run(int64_t count, LoopBody body, void *context);

  /// By a follower: helps until the team is dismissed.
  void follow(int64_t worker);

  /// By the leader, after its last loop.
  void dismiss();

private:
  void takeIndices(int64_t worker);
  void makeWay();

  // Where the leader ran when the team was made.
  const int leaderProcessor = ::sched_getcpu();
  std::atomic<bool> followed{false};

  // Counts up when a loop opens (then odd) and when it closes (then even). On
  // lines of their own, as waiting workers read it all the time.
  alignas(64) std::atomic<uint64_t> phase{0};
  std::atomic<bool> dismissed{false};
  alignas(64) std::atomic<int64_t> next{0};
  alignas(64) std::atomic<int64_t> helping{0};
  // Of the open loop; written while it is closed and nobody is helping.
  int64_t count = 0;
  LoopBody body = nullptr;
  void *context = nullptr;
};

} // namespace attention
#endif
