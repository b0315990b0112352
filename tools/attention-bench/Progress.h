//===- How far long work is -------------------------------------*- C++ -*-===//
#ifndef ATTENTION_TOOLS_ATTENTIONBENCH_PROGRESS_H
#define ATTENTION_TOOLS_ATTENTIONBENCH_PROGRESS_H

#include <cstdio>
#include <unistd.h>

namespace attention {

/// On a line of standard error, where somebody looks; the line goes when all is
/// done.
inline void showProgress(const char *what, size_t done, size_t total) {
  static const bool visible = ::isatty(STDERR_FILENO) != 0;
  if (visible)
    std::fprintf(stderr, done < total ? "\r\033[K%s %zu of %zu" : "\r\033[K",
                 what, done + 1, total);
}

} // namespace attention
#endif
