//===- Instructions of AMX in memory --------------------------------------===//
#include "test/amx/Instruction.h"

#include <cstring>

using namespace attention::amx;

namespace {
/// The prefix of three bytes that all of them have: C4, inverted high bits of
/// register numbers with the map of opcodes, and the rest.
struct Vex {
  bool isKnown;
  int high[3]; ///< of ModRM.reg, SIB.index and ModRM.rm or SIB.base: 0 or 8
  int other;   ///< the number of a third register
  int prefix;  ///< 0: none, 1: 66, 2: F3, 3: F2

  explicit Vex(const uint8_t *code) {
    const int map = code[1] & 0x1f, wide = code[2] >> 7,
              longer = code[2] >> 2 & 1;
    isKnown = code[0] == 0xc4 && map == 2 && !wide && !longer;
    for (int i = 0; i < 3; ++i)
      high[i] = code[1] >> (7 - i) & 1 ? 0 : 8;
    other = ~(code[2] >> 3) & 0xf;
    prefix = code[2] & 3;
  }
};

/// ModRM, SIB and displacement, from the byte behind the opcode on.
struct Operands {
  int mode, reg, rm;
  size_t length = 1;
  bool hasIndex = false;
  char *memory = nullptr;
  int64_t stride = 0;

  Operands(const uint8_t *code, const Vex &vex, Registers registers)
      : mode(code[0] >> 6), reg(code[0] >> 3 & 7), rm(code[0] & 7) {
    if (mode != 3)
      readMemory(code, vex, registers);
  }

private:
  void readMemory(const uint8_t *code, const Vex &vex, Registers registers) {
    int64_t address = 0;
    bool isAbsolute = false, isRelative = mode == 0 && rm == 5;
    if (rm == 4) {
      const int scale = code[1] >> 6, index = (code[1] >> 3 & 7) + vex.high[1],
                base = code[1] & 7;
      length = 2;
      hasIndex = true;
      isAbsolute = mode == 0 && base == 5;
      stride = index == 4 ? 0 : registers[index] * (int64_t(1) << scale);
      address = isAbsolute ? 0 : registers[base + vex.high[2]];
    } else if (!isRelative) {
      address = registers[rm + vex.high[2]];
    }
    if (mode == 1) {
      address += static_cast<int8_t>(code[length]);
      length += 1;
    } else if (mode == 2 || isAbsolute || isRelative) {
      int32_t displacement;
      std::memcpy(&displacement, code + length, sizeof displacement);
      address += displacement;
      length += sizeof displacement;
    }
    if (isRelative)
      address += reinterpret_cast<int64_t>(code + length);
    memory = reinterpret_cast<char *>(address);
  }
};
} // namespace

static Kind kindOf(int opcode, int prefix, const Operands &operands) {
  const bool inMemory = operands.mode != 3;
  if (opcode == 0x49 && inMemory && operands.reg == 0)
    return prefix == 0   ? Kind::LoadConfiguration
           : prefix == 1 ? Kind::StoreConfiguration
                         : Kind::Other;
  if (opcode == 0x49 && !inMemory && operands.rm == 0)
    return prefix == 0 && operands.reg == 0 ? Kind::Release
           : prefix == 3                    ? Kind::Zero
                                            : Kind::Other;
  // With or without a hint that the tile will not be read again.
  if (opcode == 0x4b && operands.hasIndex && (prefix == 3 || prefix == 1))
    return Kind::Load;
  if (opcode == 0x4b && operands.hasIndex && prefix == 2)
    return Kind::Store;
  return opcode == 0x5c && !inMemory && prefix == 2 ? Kind::MultiplyBf16
                                                    : Kind::Other;
}

Instruction attention::amx::decode(const uint8_t *code, Registers registers) {
  const Vex vex(code);
  if (!vex.isKnown)
    return {};
  const Operands operands(code + 4, vex, registers);
  Instruction found;
  found.kind = kindOf(code[3], vex.prefix, operands);
  found.length = 4 + operands.length;
  found.tile = operands.reg;
  found.left = operands.rm;
  found.right = vex.other;
  found.memory = operands.memory;
  found.stride = operands.stride;
  // What tells rows apart elsewhere is part of the address here.
  if (found.memory && code[3] == 0x49)
    found.memory += operands.stride;
  return found;
}
