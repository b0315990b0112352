//===- Instructions of AMX in memory ----------------------------*- C++ -*-===//
#ifndef ATTENTION_TEST_AMX_INSTRUCTION_H
#define ATTENTION_TEST_AMX_INSTRUCTION_H

#include <cstddef>
#include <cstdint>

namespace attention::amx {

enum class Kind {
  Other, ///< none of the ones below
  LoadConfiguration,
  StoreConfiguration,
  Release,
  Zero,
  Load,
  Store,
  MultiplyBf16,
};

/// The values of the sixteen general registers, in the order of their numbers.
using Registers = const int64_t *;

struct Instruction {
  Kind kind = Kind::Other;
  size_t length = 0;
  int tile = 0, left = 0, right = 0; ///< numbers of registers of tiles
  char *memory = nullptr;            ///< that it reads or writes
  int64_t stride = 0;                ///< from one row to the next
};

/// The instruction at `code`, which the processor refused.
Instruction decode(const uint8_t *code, Registers registers);

} // namespace attention::amx
#endif
