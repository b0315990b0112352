//===- What compiled code asks of the runtime -----------------------------===//
#include "runtime/Host.h"

#include "runtime/Pool.h"
#include "runtime/Team.h"

#include <algorithm>
#include <charconv>
#include <cstring>

using namespace attention;

Host::Host(attn_pool *pool) : pool(pool) {
  table.base.parallel = &Host::parallel;
  table.base.fail = &Host::fail;
  table.base.workers = pool ? pool->workers : 1;
  table.self = this;
  text[0] = '\0';
}

void Host::clearFailure() {
  hasFailure = false;
  text[0] = '\0';
}

void Host::parallel(attn_host *host, int64_t count,
                    void (*body)(void *, int64_t, int64_t), void *context) {
  Host &self = of(host);
  if (self.pool && self.pool->parallel)
    self.pool->parallel(self.pool->user, count, body, context);
  else if (self.team && count > 1)
    self.team->run(count, body, context);
  else
    for (int64_t index = 0; index < count; ++index)
      body(context, index, 0);
}

void Host::fail(attn_host *host, int64_t order, const char *format,
                const int64_t *values, int64_t count) {
  Host &self = of(host);
  char candidate[capacity];
  formatValues(candidate, capacity, format ? format : "", values, count);
  const std::lock_guard<std::mutex> lock(self.mutex);
  // Of equal orders the smaller text, so that threads cannot decide.
  if (self.hasFailure &&
      (order > self.smallestOrder ||
       (order == self.smallestOrder && std::strcmp(candidate, self.text) >= 0)))
    return;
  self.hasFailure = true;
  self.smallestOrder = order;
  std::memcpy(self.text, candidate, capacity);
}

/// Reads "{N}" with N < count at `format`; its length, or 0.
static size_t readPlaceholder(const char *format, int64_t count,
                              int64_t &index) {
  if (*format != '{')
    return 0;
  const char *end = format + 1 + std::strspn(format + 1, "0123456789");
  const auto [stop, error] = std::from_chars(format + 1, end, index);
  if (error != std::errc() || stop != end || *end != '}' || index >= count)
    return 0;
  return static_cast<size_t>(end + 1 - format);
}

void attention::formatValues(char *text, size_t capacity, const char *format,
                             const int64_t *values, int64_t count) {
  char *const end = text + capacity - 1;
  while (*format && text < end) {
    int64_t index;
    const size_t length = readPlaceholder(format, count, index);
    if (length == 0) {
      *text++ = *format++;
      continue;
    }
    format += length;
    char number[24];
    const char *stop =
        std::to_chars(number, number + sizeof(number), values[index]).ptr;
    const auto size = std::min<size_t>(static_cast<size_t>(stop - number),
                                       static_cast<size_t>(end - text));
    std::memcpy(text, number, size);
    text += size;
  }
  *text = '\0';
}
