#include "runtime/Team.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <gtest/gtest.h>

using namespace attention;

namespace {
/// What the bodies of one loop leave.
struct Trace {
  explicit Trace(size_t count) : runs(count), workers(count) {}
  std::vector<std::atomic<int>> runs; ///< of each index
  std::vector<int64_t> workers;       ///< that ran it
  std::array<std::atomic<int>, 8> busy{};
  std::atomic<bool> sharesWorker{false};
  std::chrono::microseconds work{0};
};
} // namespace

static void note(void *context, int64_t index, int64_t worker) {
  Trace &trace = *static_cast<Trace *>(context);
  if (trace.busy.at(static_cast<size_t>(worker))++ != 0)
    trace.sharesWorker = true;
  ++trace.runs.at(static_cast<size_t>(index));
  trace.workers.at(static_cast<size_t>(index)) = worker;
  for (auto end = std::chrono::steady_clock::now() + trace.work;
       std::chrono::steady_clock::now() < end;)
    continue;
  --trace.busy.at(static_cast<size_t>(worker));
}

static void expectOnce(const Trace &trace) {
  EXPECT_FALSE(trace.sharesWorker);
  for (const std::atomic<int> &runs : trace.runs)
    EXPECT_EQ(runs, 1);
}

TEST(Team, runs_every_index_once) {
  Team team(3);
  for (int round = 0; round < 2000; ++round) {
    // At times long enough apart that followers are asleep.
    if (round % 500 == 0)
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    const Team::Lead lead(team);
    for (const size_t count : {0, 1, 2, 5, 64}) {
      Trace trace(count);
      team.run(static_cast<int64_t>(count), note, &trace);
      expectOnce(trace);
    }
  }
}

TEST(Team, of_more_threads_than_processors_ends_its_loops) {
  Team team(7);
  const Team::Lead lead(team);
  for (int round = 0; round < 200; ++round) {
    Trace trace(16);
    trace.work = std::chrono::microseconds(5);
    team.run(16, note, &trace);
    expectOnce(trace);
  }
}

TEST(Team, followers_help) {
  Team team(1);
  const Team::Lead lead(team);
  // A follower may come late, on a machine that others use; not forever.
  for (int round = 0; round < 1000; ++round) {
    Trace trace(8);
    trace.work = std::chrono::milliseconds(1);
    team.run(8, note, &trace);
    expectOnce(trace);
    if (std::count(trace.workers.begin(), trace.workers.end(), 1) > 0)
      return;
  }
  FAIL() << "worker 1 never came";
}

TEST(Team, leaders_take_turns) {
  Team team(2);
  std::vector<std::thread> leaders;
  for (int leader = 0; leader < 3; ++leader)
    leaders.emplace_back([&] {
      for (int round = 0; round < 300; ++round) {
        const Team::Lead lead(team);
        Trace trace(6);
        team.run(6, note, &trace);
        expectOnce(trace);
      }
    });
  for (std::thread &leader : leaders)
    leader.join();
}

TEST(Team, nobody_waits_for_a_follower_that_does_not_come) {
  cpu_set_t allowed, one;
  ASSERT_EQ(::sched_getaffinity(0, sizeof(allowed), &allowed), 0);
  CPU_ZERO(&one);
  CPU_SET(::sched_getcpu(), &one);
  // Followers inherit the one processor, which the leader does not leave.
  ASSERT_EQ(::sched_setaffinity(0, sizeof(one), &one), 0);
  {
    Team team(3);
    for (int round = 0; round < 500; ++round) {
      const Team::Lead lead(team);
      Trace trace(4);
      team.run(4, note, &trace);
      expectOnce(trace);
    }
  }
  ::sched_setaffinity(0, sizeof(allowed), &allowed);
}
