//===- What compiled code asks of the runtime -------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_HOST_H
#define ATTENTION_RUNTIME_HOST_H

#include "runtime/attention.h"

#include <mutex>

namespace attention {
class Team;

/// The attn_host of one runner: its pool, and the first failure of a run.
class Host {
public:
  explicit Host(attn_pool *pool);

  attn_host *interface() { return &table.base; }
  /// Who helps with loops from now on; null: the host program, or nobody.
  void setTeam(Team *helpers) { team = helpers; }
  void clearFailure();
  bool failed() const { return hasFailure; }
  /// One line; only if failed().
  const char *message() const { return text; }

protected:
  /// Whose interface it is.
  static Host &of(attn_host *host) {
    return *reinterpret_cast<Table *>(host)->self;
  }

private:
  /// Compiled code sees the first member and hands its address back.
  struct Table {
    attn_host base;
    Host *self;
  };
  static void parallel(attn_host *host, int64_t count,
                       void (*body)(void *, int64_t, int64_t), void *context);
  static void fail(attn_host *host, int64_t order, const char *format,
                   const int64_t *values, int64_t count);

  Table table;
  attn_pool *pool;
  Team *team = nullptr;
  std::mutex mutex;
  bool hasFailure = false;
  int64_t smallestOrder = 0;
  /// Written during a run, where nothing may be allocated.
  static constexpr size_t capacity = 512;
  char text[capacity];
};

/// Writes `format` with "{0}", "{1}", ... replaced by values into a buffer of
/// `capacity` bytes, cut where it is longer. Other braces stay.
void formatValues(char *text, size_t capacity, const char *format,
                  const int64_t *values, int64_t count);

} // namespace attention
#endif
