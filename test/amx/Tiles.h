//===- The registers of AMX, and what instructions do to them ---*- C++ -*-===//
#ifndef ATTENTION_TEST_AMX_TILES_H
#define ATTENTION_TEST_AMX_TILES_H

#include "test/amx/Instruction.h"

namespace attention::amx {

/// Palette 1: eight registers of up to 16 rows of up to 64 bytes. Each thread
/// has its own.
class Tiles {
public:
  /// Does what the instruction does; what is wrong with it, or null.
  const char *run(const Instruction &instruction);

  /// How often registers were configured, loaded, stored and multiplied.
  struct Counts {
    int64_t configured = 0, loaded = 0, stored = 0, multiplied = 0;
  };
  Counts counts;

private:
  struct Tile {
    int rows = 0, columnBytes = 0; ///< 0: not configured
    alignas(64) char bytes[16][64] = {};
  };

  const char *configure(const uint8_t *bytes);
  void writeConfiguration(uint8_t *bytes) const;
  void release();
  const char *load(Tile &tile, const Instruction &instruction);
  const char *store(const Tile &tile, const Instruction &instruction);
  const char *multiply(Tile &sums, const Tile &left, const Tile &right);

  bool isConfigured = false;
  Tile tiles[8];
};

} // namespace attention::amx
#endif
