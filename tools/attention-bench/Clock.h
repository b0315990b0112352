//===- What a second is -----------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_CLOCK_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_CLOCK_H

#include <ctime>

namespace attention {

/// Time on the wall, or of processors: for a machine that others use.
enum class Clock { Wall, Processor };

inline double secondsOf(clockid_t clock) {
  timespec time = {};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) +
         1e-9 * static_cast<double>(time.tv_nsec);
}

/// Of what one thread does.
inline double threadSeconds(Clock clock) {
  return secondsOf(clock == Clock::Wall ? CLOCK_MONOTONIC
                                        : CLOCK_THREAD_CPUTIME_ID);
}

/// Of what all threads do together: processor time is that of one of them.
inline double teamSeconds(Clock clock, double threads) {
  return clock == Clock::Wall ? secondsOf(CLOCK_MONOTONIC)
                              : secondsOf(CLOCK_PROCESS_CPUTIME_ID) / threads;
}

} // namespace attention
#endif
