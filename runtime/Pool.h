//===- Threads for parallel loops -------------------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_POOL_H
#define ATTENTION_RUNTIME_POOL_H

#include "runtime/Team.h"
#include "runtime/attention.h"

#include <memory>

struct attn_pool {
  int64_t workers = 1;
  // Null for one worker, and where the host has threads of its own.
  std::unique_ptr<attention::Team> team;
  attn_parallel parallel = nullptr; // null where the host has none
  void *user = nullptr;
};

namespace attention {
/// Calls main(context, team) on this thread, which leads the team meanwhile.
/// The team is null where there are no threads of ours.
void withTeam(attn_pool *pool, void (*main)(void *context, Team *team),
              void *context);

} // namespace attention
#endif
