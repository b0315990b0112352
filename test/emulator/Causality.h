/// What comes before what among the warps of a block.
#ifndef ATTENTION_TEST_EMULATOR_CAUSALITY_H
#define ATTENTION_TEST_EMULATOR_CAUSALITY_H

#include <cstdint>
#include <vector>

namespace attention::emulator {

/// For each agent, up to what time what it did is known.
class Clock {
public:
  uint32_t at(unsigned agent) const {
    return agent < times.size() ? times[agent] : 0;
  }
  uint32_t &operator[](unsigned agent);
  void join(const Clock &other);

private:
  std::vector<uint32_t> times;
};

/// What one agent tells another when they meet: what it has seen, and how much
/// of that a proxy fence has made visible to the asynchronous proxy.
struct Knowledge {
  Clock seen, fenced;
  void join(const Knowledge &other);
};

/// Agents are the warps of a block, and behind them what copies on its own.
/// Their accesses are ordered by releases and acquires alone (PTX ISA, "Memory
/// consistency model"), whatever the order in which the emulator runs them.
class Causality {
public:
  explicit Causality(unsigned warps);

  unsigned addAgent();
  uint32_t now(unsigned agent) const { return known[agent].seen.at(agent); }
  /// Whether what `agent` did at `time` comes before what `other` does next.
  bool isBefore(unsigned agent, uint32_t time, unsigned other) const {
    return known[other].seen.at(agent) >= time;
  }
  /// The same for what `other` makes the asynchronous proxy do.
  bool isFenced(unsigned agent, uint32_t time, unsigned other) const {
    return known[other].fenced.at(agent) >= time;
  }
  /// What has happened to `agent` so far; what it does next is not part of it.
  Knowledge release(unsigned agent);
  void acquire(unsigned agent, const Knowledge &other);
  void fence(unsigned agent);

private:
  std::vector<Knowledge> known;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_CAUSALITY_H
