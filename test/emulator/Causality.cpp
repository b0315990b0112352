#include "test/emulator/Causality.h"

#include <algorithm>

namespace attention::emulator {

uint32_t &Clock::operator[](unsigned agent) {
  if (agent >= times.size())
    times.resize(agent + 1);
  return times[agent];
}

void Clock::join(const Clock &other) {
  if (other.times.size() > times.size())
    times.resize(other.times.size());
  for (size_t i = 0; i < other.times.size(); ++i)
    times[i] = std::max(times[i], other.times[i]);
}

void Knowledge::join(const Knowledge &other) {
  seen.join(other.seen);
  fenced.join(other.fenced);
}

Causality::Causality(unsigned warps) {
  for (unsigned warp = 0; warp < warps; ++warp)
    addAgent();
}

unsigned Causality::addAgent() {
  unsigned agent = known.size();
  known.emplace_back();
  known.back().seen[agent] = 1;
  return agent;
}

Knowledge Causality::release(unsigned agent) {
  Knowledge result = known[agent];
  ++known[agent].seen[agent];
  return result;
}

void Causality::acquire(unsigned agent, const Knowledge &other) {
  known[agent].join(other);
}

void Causality::fence(unsigned agent) {
  known[agent].fenced.join(known[agent].seen);
  ++known[agent].seen[agent];
}

} // namespace attention::emulator
