//===- Threads for parallel loops -------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_POOL_H
#define ATTENTION_RUNTIME_POOL_H

#include "runtime/attention.h"

struct pthreadpool;

struct attn_pool {
  int64_t workers;
  pthreadpool *threads;   // null for one worker, and where the host has its own
  attn_parallel parallel; // null where the host has none
  void *user;
};

namespace attention {
class Team;

/// Calls main(context, team) on this thread, while the threads of the pool
/// follow the team. The team is null where there are no threads of ours.
void withTeam(attn_pool *pool, void (*main)(void *context, Team *team),
              void *context);

} // namespace attention
#endif
