#include "interpreter/Parallel.h"
#include <algorithm>
#include <thread>
#include <vector>

namespace attention {

void parallelRanges(int64_t count, int64_t threads,
                    llvm::function_ref<void(int64_t, int64_t)> body) {
  int64_t parts = std::min(count, std::max<int64_t>(threads, 1));
  if (parts <= 1)
    return body(0, count);
  std::vector<std::thread> workers;
  for (int64_t part = 0; part < parts; ++part)
    workers.emplace_back(body, count * part / parts,
                         count * (part + 1) / parts);
  for (std::thread &worker : workers)
    worker.join();
}

} // namespace attention
