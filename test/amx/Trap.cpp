//===- Instructions of AMX on processors that refuse them -----------------===//
//
// Once this is loaded, what such a processor cannot do is done here, thread by
// thread. With ATTENTION_TEST_TILE_COUNTS in the environment, the program tells
// at its end how often it was.
//
//===----------------------------------------------------------------------===//
#include "test/amx/Tiles.h"

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <ucontext.h>
#include <unistd.h>

using namespace attention::amx;

/// Of static memory: nothing is allocated in a handler of signals.
static thread_local Tiles tiles __attribute__((tls_model("initial-exec")));

static std::atomic<int64_t> configured, loaded, stored, multiplied;

static void say(std::initializer_list<const char *> texts) {
  for (const char *text : texts)
    (void)!::write(STDERR_FILENO, text, std::strlen(text));
}

static void addTo(std::atomic<int64_t> &sum, int64_t &count) {
  sum.fetch_add(count, std::memory_order_relaxed);
  count = 0;
}

/// The order of numbers of registers, by places in a context.
static const int registerPlaces[16] = {
    REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI,
    REG_R8,  REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15};

static void onIllegalInstruction(int signal, siginfo_t *, void *context) {
  greg_t *const places = static_cast<ucontext_t *>(context)->uc_mcontext.gregs;
  int64_t registers[16];
  for (int i = 0; i < 16; ++i)
    registers[i] = places[registerPlaces[i]];
  const Instruction instruction =
      decode(reinterpret_cast<const uint8_t *>(places[REG_RIP]), registers);
  const char *wrong = instruction.kind == Kind::Other
                          ? "an instruction that is none of AMX"
                          : tiles.run(instruction);
  if (wrong) {
    say({"emulated AMX: ", wrong, "\n"});
    // It traps again when this returns.
    std::signal(signal, SIG_DFL);
    return;
  }
  addTo(configured, tiles.counts.configured);
  addTo(loaded, tiles.counts.loaded);
  addTo(stored, tiles.counts.stored);
  addTo(multiplied, tiles.counts.multiplied);
  places[REG_RIP] += static_cast<greg_t>(instruction.length);
}

static void printCounts() {
  std::fprintf(stderr,
               "emulated AMX: %lld configurations, %lld loads, %lld stores, "
               "%lld products\n",
               static_cast<long long>(configured),
               static_cast<long long>(loaded), static_cast<long long>(stored),
               static_cast<long long>(multiplied));
}

__attribute__((constructor)) static void install() {
  struct sigaction action = {};
  action.sa_sigaction = onIllegalInstruction;
  action.sa_flags = SA_SIGINFO;
  sigaction(SIGILL, &action, nullptr);
  if (std::getenv("ATTENTION_TEST_TILE_COUNTS"))
    std::atexit(printCounts);
}
