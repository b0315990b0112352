//===- The registers of AMX, and what instructions do to them -------------===//
//
// As "Intel 64 and IA-32 Architectures Software Developer's Manual" has it:
// whatever it lets fault is an error here.
//
//===----------------------------------------------------------------------===//
#include "test/amx/Tiles.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <xmmintrin.h>

using namespace attention::amx;

static const int tileCount = 8, mostRows = 16, mostBytes = 64;

const char *Tiles::configure(const uint8_t *bytes) {
  release();
  if (bytes[0] == 0)
    return nullptr;
  if (bytes[0] != 1)
    return "a palette that is not known";
  if (bytes[1] != 0)
    return "a row to start from";
  if (std::any_of(bytes + 2, bytes + 16, [](uint8_t byte) { return byte; }))
    return "bytes in a configuration that are reserved";
  for (int i = 0; i < 16; ++i) {
    uint16_t columnBytes;
    std::memcpy(&columnBytes, bytes + 16 + 2 * i, sizeof columnBytes);
    const uint8_t rows = bytes[48 + i];
    if (rows > mostRows || columnBytes > mostBytes)
      return "a tile larger than a register";
    if ((rows == 0) != (columnBytes == 0))
      return "a tile of rows without columns, or of columns without rows";
    if (i >= tileCount && rows != 0)
      return "a tile without a register";
    if (i < tileCount) {
      tiles[i].rows = rows;
      tiles[i].columnBytes = columnBytes;
    }
  }
  isConfigured = true;
  ++counts.configured;
  return nullptr;
}

void Tiles::writeConfiguration(uint8_t *bytes) const {
  std::memset(bytes, 0, 64);
  bytes[0] = isConfigured;
  for (int i = 0; i < tileCount; ++i) {
    const uint16_t columnBytes = static_cast<uint16_t>(tiles[i].columnBytes);
    std::memcpy(bytes + 16 + 2 * i, &columnBytes, sizeof columnBytes);
    bytes[48 + i] = static_cast<uint8_t>(tiles[i].rows);
  }
}

void Tiles::release() {
  isConfigured = false;
  std::fill(tiles, tiles + tileCount, Tile());
}

const char *Tiles::load(Tile &tile, const Instruction &instruction) {
  std::memset(tile.bytes, 0, sizeof tile.bytes);
  for (int row = 0; row < tile.rows; ++row)
    std::memcpy(tile.bytes[row], instruction.memory + row * instruction.stride,
                static_cast<size_t>(tile.columnBytes));
  ++counts.loaded;
  return nullptr;
}

const char *Tiles::store(const Tile &tile, const Instruction &instruction) {
  for (int row = 0; row < tile.rows; ++row)
    std::memcpy(instruction.memory + row * instruction.stride, tile.bytes[row],
                static_cast<size_t>(tile.columnBytes));
  ++counts.stored;
  return nullptr;
}

/// A row of pairs of bf16 as numbers of float32: first and second of each.
static void widen(const char *row, float *first, float *second) {
  for (int i = 0; i < mostBytes / 4; ++i) {
    uint32_t pair;
    std::memcpy(&pair, row + 4 * i, sizeof pair);
    const uint32_t low = pair << 16, high = pair & 0xffff0000u;
    std::memcpy(first + i, &low, sizeof low);
    std::memcpy(second + i, &high, sizeof high);
  }
}

/// First and second elements of pairs are summed by themselves, and both sums
/// added to what was there.
__attribute__((target("avx2,fma"))) static void
addProducts(char *sums, const char *leftRow, int pairs,
            const float (*first)[16], const float (*second)[16], int columns) {
  float even[16] = {}, odd[16] = {}, leftFirst[16], leftSecond[16];
  widen(leftRow, leftFirst, leftSecond);
  for (int k = 0; k < pairs; ++k)
    for (int n = 0; n < 16; ++n) {
      even[n] = __builtin_fmaf(leftFirst[k], first[k][n], even[n]);
      odd[n] = __builtin_fmaf(leftSecond[k], second[k][n], odd[n]);
    }
  for (int n = 0; n < columns; ++n) {
    float sum;
    std::memcpy(&sum, sums + 4 * n, sizeof sum);
    sum += even[n] + odd[n];
    std::memcpy(sums + 4 * n, &sum, sizeof sum);
  }
}

const char *Tiles::multiply(Tile &sums, const Tile &left, const Tile &right) {
  if (&sums == &left || &sums == &right || &left == &right)
    return "one register twice";
  if (sums.columnBytes % 4 || left.columnBytes % 4 || right.columnBytes % 4)
    return "tiles of odd columns";
  if (sums.rows != left.rows || left.columnBytes / 4 != right.rows ||
      sums.columnBytes != right.columnBytes)
    return "tiles that do not fit each other";
  float first[16][16], second[16][16];
  for (int row = 0; row < right.rows; ++row)
    widen(right.bytes[row], first[row], second[row]);
  // Numbers below the smallest normal one are zero; sums are rounded to
  // nearest, whatever the program has asked of others.
  const unsigned outside = _mm_getcsr(), flushing = 0x9fc0;
  _mm_setcsr(flushing);
  for (int row = 0; row < sums.rows; ++row)
    addProducts(sums.bytes[row], left.bytes[row], left.columnBytes / 4, first,
                second, sums.columnBytes / 4);
  _mm_setcsr(outside);
  ++counts.multiplied;
  return nullptr;
}

const char *Tiles::run(const Instruction &instruction) {
  if (instruction.kind == Kind::LoadConfiguration)
    return configure(reinterpret_cast<uint8_t *>(instruction.memory));
  if (instruction.kind == Kind::StoreConfiguration) {
    writeConfiguration(reinterpret_cast<uint8_t *>(instruction.memory));
    return nullptr;
  }
  if (instruction.kind == Kind::Release) {
    release();
    return nullptr;
  }
  Tile &tile = tiles[instruction.tile];
  const bool multiplies = instruction.kind == Kind::MultiplyBf16;
  if (!isConfigured || tile.rows == 0 ||
      (multiplies &&
       (instruction.right >= tileCount || tiles[instruction.left].rows == 0 ||
        tiles[instruction.right].rows == 0)))
    return "a register that is not configured";
  if (instruction.kind == Kind::Zero)
    std::memset(tile.bytes, 0, sizeof tile.bytes);
  if (instruction.kind == Kind::Load)
    return load(tile, instruction);
  if (instruction.kind == Kind::Store)
    return store(tile, instruction);
  if (multiplies)
    return multiply(tile, tiles[instruction.left], tiles[instruction.right]);
  return nullptr;
}
