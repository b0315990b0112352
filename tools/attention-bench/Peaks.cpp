//===- What processors can do at most -------------------------------------===//
#include "tools/attention-bench/Peaks.h"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <fstream>
#include <thread>

using namespace attention;

// Together, several times what the caches of a processor hold.
static const size_t readBytes = size_t(1) << 29;

const char *attention::nameOf(Peak peak) {
  switch (peak) {
  case Peak::FmaF32:
    return "fma_f32";
  case Peak::FmaF64:
    return "fma_f64";
  case Peak::DotBf16:
    return "dot_bf16";
  case Peak::AmxBf16:
    return "amx_bf16";
  case Peak::Read:
    return "read";
  case Peak::MatmulF32:
    return "matmul_f32";
  case Peak::MatmulF64:
    return "matmul_f64";
  case Peak::MatmulF16:
    return "matmul_f16";
  case Peak::MatmulBf16:
    return "matmul_bf16";
  case Peak::Copy:
    return "copy";
  }
  return "";
}

const char *attention::unitOf(Peak peak) {
  return peak == Peak::Read || peak == Peak::Copy ? "GB/s" : "GFLOP/s";
}

/// The name that the processor gives itself, if the system knows it.
std::string Processors::name() const {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.compare(0, 10, "model name") == 0)
      return line.substr(std::min(line.find(':'), line.size() - 2) + 2);
  return "unknown";
}

std::vector<Peak> Processors::peaks() const {
  std::vector<Peak> known;
  for (const Peak peak :
       {Peak::FmaF32, Peak::FmaF64, Peak::DotBf16, Peak::AmxBf16, Peak::Read})
    if (peakLoop(peak).run)
      known.push_back(peak);
  return known;
}

std::string Processors::featureOf(Peak peak) const {
  return peakLoop(peak).feature;
}

MaybeFailure Processors::allocate() {
  memory.reset(static_cast<char *>(std::aligned_alloc(4096, readBytes)));
  if (!memory)
    return Failure{"not enough memory to measure how fast " +
                   std::to_string(readBytes) + " bytes are read"};
  std::memset(memory.get(), 1, readBytes);
  return std::nullopt;
}

Result<double> Processors::measure(Peak peak, double seconds) {
  const PeakLoop loop = peakLoop(peak);
  const bool reads = peak == Peak::Read;
  if (reads && !memory)
    if (MaybeFailure failure = allocate())
      return *failure;
  // Pieces of what a call reads: as long as the other loops run.
  const size_t share = readBytes / size_t(threads),
               piece = std::min(size_t(1) << 20, share / 4096 * 4096);
  std::atomic<int64_t> waiting{threads};
  std::vector<double> rates(static_cast<size_t>(threads));
  const auto work = [&](size_t thread) {
    const char *mine = memory.get() + thread * (share / 4096 * 4096);
    for (--waiting; waiting.load() > 0;)
      std::this_thread::yield();
    const double start = threadSeconds(clock);
    double elapsed = 0, done = 0;
    for (size_t place = 0; elapsed < seconds;
         elapsed = threadSeconds(clock) - start) {
      loop.run(mine + place, piece);
      done += reads ? double(piece) : loop.operations;
      place = place + 2 * piece <= share ? place + piece : 0;
    }
    rates[thread] = done / elapsed;
  };
  std::vector<std::thread> others;
  for (size_t thread = 1; thread < rates.size(); ++thread)
    others.emplace_back(work, thread);
  work(0);
  for (std::thread &other : others)
    other.join();
  double sum = 0;
  for (const double rate : rates)
    sum += rate;
  return sum;
}
