//===- Workers that help with the loops of runs -----------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_TEAM_H
#define ATTENTION_RUNTIME_TEAM_H

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <sched.h>
#include <thread>
#include <vector>

namespace attention {

using LoopBody = void (*)(void *context, int64_t index, int64_t worker);

/// Threads that follow whoever leads: a leader runs a function and opens its
/// loops one after another, followers help with whatever loop is open. Nobody
/// waits for a follower that the system has not woken yet, neither in a loop,
/// as every worker takes the next index when it is free, nor at the end of a
/// run. See docs/decisions/0019-threads-of-our-own.md.
class Team {
public:
  /// Starts `followers` threads; throws std::system_error where the system
  /// gives none.
  explicit Team(int64_t followers);
  ~Team();

  /// Makes the calling thread the leader, until it is destroyed: worker 0.
  /// Leaders take turns.
  class Lead {
  public:
    explicit Lead(Team &team) : team(team), turn(team.leading) {}
    ~Lead() { team.dismiss(); }

  private:
    Team &team;
    std::lock_guard<std::mutex> turn;
  };

  /// By the leader: runs body(context, i, worker) for i in [0, count), started
  /// in ascending order.
  void run(int64_t count, LoopBody body, void *context);

private:
  void follow(int64_t worker);
  int64_t takeIndices(int64_t worker);
  void sleep(uint32_t seen);
  void call();
  void dismiss();
  void stop();
  void wake(uint32_t more);

  std::mutex leading, bed;
  std::condition_variable woken;
  // Where the leader was when it last called its followers, or made the team.
  std::atomic<int> leaderProcessor{::sched_getcpu()};
  // Counts up when followers are called (then odd) and when they are dismissed
  // (then even).
  std::atomic<uint32_t> calls{0};
  std::atomic<bool> stopped{false};

  // Indices of the open loop that nobody has taken. On one line with what the
  // loop runs, as a follower that sees the one needs the other; that is written
  // while every index is done, and read by whoever holds one that is not.
  alignas(64) std::atomic<int64_t> left{0};
  int64_t count = 0;
  LoopBody body = nullptr;
  void *context = nullptr;
  // Indices of the open loop that followers have done.
  alignas(64) std::atomic<int64_t> done{0};

  std::vector<std::thread> followers;
};

} // namespace attention
#endif
