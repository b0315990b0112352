#include "test/emulator/TensorMaps.h"

#include "test/emulator/Block.h"
#include "test/emulator/Warp.h"
#include <cstring>

using namespace llvm;

namespace attention::emulator {

/// PTX ISA, "Swizzling modes": bits 4 ... 6 of an address are changed by bits
/// 7 ... 9, or fewer of them.
uint64_t swizzled(uint64_t address, Swizzle swizzle) {
  uint64_t bits = (uint64_t(1) << static_cast<unsigned>(swizzle)) - 1;
  return address ^ ((address >> 7 & bits) << 4);
}

uint64_t spanOf(Swizzle swizzle) {
  return uint64_t(16) << static_cast<unsigned>(swizzle);
}

uint32_t TensorMap::bytesOfType(int type) {
  // 8, 16, 32 bits, int32, 64 bits, int64, f16, f32, f64, bf16
  static constexpr uint32_t bytes[] = {1, 2, 4, 4, 8, 8, 2, 4, 8, 2};
  return type < 0 || type > 9 ? 0 : bytes[type];
}

std::string TensorMap::check() const {
  auto number = [](uint64_t value) { return std::to_string(value); };
  if (rank == 0 || rank > mostDimensions)
    return "a rank of " + number(rank);
  if (elementBytes == 0)
    return "a type that is not known";
  if (address % 16 != 0)
    return "an address that is not a multiple of 16";
  for (unsigned i = 0; i < rank; ++i) {
    if (sizes[i] == 0 || sizes[i] > uint64_t(1) << 32)
      return "a size of " + number(sizes[i]);
    if (box[i] == 0 || box[i] > 256)
      return "a box of " + number(box[i]) + " elements in one dimension";
    if (i > 0 && (strides[i] % 16 != 0 || strides[i] >= uint64_t(1) << 40))
      return "a stride of " + number(strides[i]) + " bytes";
  }
  uint64_t row = box[0] * elementBytes;
  if (row % 16 != 0)
    return "a box with rows of " + number(row) + " bytes";
  if (swizzle != Swizzle::None && row > spanOf(swizzle))
    return "a box with rows of " + number(row) + " bytes, swizzled within " +
           number(spanOf(swizzle));
  // How shorter rows lie is not written down here.
  if (swizzle != Swizzle::None && row != spanOf(swizzle))
    return "swizzled rows that are not as long as their span";
  return "";
}

static constexpr uint64_t magic = 0x70616d726f736e65;

namespace {
struct Encoded {
  uint64_t magic, address;
  std::array<uint64_t, 5> sizes;
  std::array<uint64_t, 4> strides;
  std::array<uint16_t, 5> box;
  uint8_t rank, elementBytes, swizzle;
};
} // namespace
static_assert(sizeof(Encoded) <= TensorMap::bytes);

void TensorMap::encode(uint8_t *to) const {
  Encoded encoded{magic,
                  address,
                  sizes,
                  {},
                  {},
                  uint8_t(rank),
                  uint8_t(elementBytes),
                  uint8_t(swizzle)};
  std::copy(strides.begin() + 1, strides.end(), encoded.strides.begin());
  std::copy(box.begin(), box.end(), encoded.box.begin());
  std::memset(to, 0, bytes);
  std::memcpy(to, &encoded, sizeof(encoded));
}

bool TensorMap::decode(const uint8_t *from) {
  Encoded encoded;
  std::memcpy(&encoded, from, sizeof(encoded));
  address = encoded.address;
  sizes = encoded.sizes;
  std::copy(encoded.strides.begin(), encoded.strides.end(),
            strides.begin() + 1);
  std::copy(encoded.box.begin(), encoded.box.end(), box.begin());
  rank = encoded.rank;
  elementBytes = encoded.elementBytes;
  swizzle = static_cast<Swizzle>(encoded.swizzle);
  strides[0] = elementBytes;
  return encoded.magic == magic && check().empty();
}

uint64_t TensorMap::boxBytes() const {
  uint64_t result = elementBytes;
  for (unsigned i = 0; i < rank; ++i)
    result *= box[i];
  return result;
}

/// PTX ISA, "Tensors": tiled mode.
bool TensorMap::read(const GlobalMemory &global, ArrayRef<int64_t> place,
                     uint64_t to, std::vector<BulkPart> &parts) const {
  std::vector<uint8_t> data(boxBytes());
  for (uint64_t element = 0; element < data.size() / elementBytes; ++element) {
    uint64_t rest = element, from = address;
    bool isInside = true;
    for (unsigned i = 0; i < rank; rest /= box[i++]) {
      int64_t at = place[i] + int64_t(rest % box[i]);
      isInside &= at >= 0 && uint64_t(at) < sizes[i];
      from += at * strides[i];
    }
    if (!isInside)
      continue;
    const uint8_t *source = global.at(from, elementBytes);
    if (!source)
      return false;
    std::memcpy(&data[element * elementBytes], source, elementBytes);
  }
  for (uint64_t i = 0; i < data.size(); i += 16)
    parts.push_back(
        {swizzled(to + i, swizzle), {data.begin() + i, data.begin() + i + 16}});
  return true;
}

/// cp.async.bulk.tensor from global to shared memory, whose bytes come at an
/// mbarrier.
void Warp::copyBox(const Lanes &to, const Lanes &maps,
                   ArrayRef<Lanes> coordinates, const Lanes &mbarriers) {
  eachLane([&](unsigned lane) {
    TensorMap map;
    if (!map.decode(reinterpret_cast<const uint8_t *>(maps[lane])))
      fail("copies by what is no map of a tensor");
    if (map.rank != coordinates.size())
      fail("copies " + std::to_string(coordinates.size()) +
           " dimensions by a map of " + std::to_string(map.rank));
    if (to[lane] % 128 != 0)
      fail("copies to an address that is not a multiple of 128");
    SmallVector<int64_t> place;
    for (const Lanes &coordinate : coordinates)
      place.push_back(toSigned(coordinate[lane], 32));
    std::vector<BulkPart> parts;
    if (!map.read(block.global, place, to[lane], parts))
      fail("accesses global memory out of bounds");
    if (Wrong wrong = block.mbarriers.copy(mbarriers[lane], std::move(parts),
                                           threadOf(lane)))
      failAt(wrong, to[lane]);
  });
}

/// cp.async.bulk.tensor.g2s, to this block by itself or as one of a cluster.
LaneValues Warp::boxFunction(IntrinsicInst &call) {
  StringRef name = call.getCalledFunction()->getName();
  name.consume_front("llvm.nvvm.cp.async.bulk.tensor.g2s.");
  bool isCluster = !name.consume_front("cta.");
  unsigned dimensions = 0;
  if (!name.consume_front("tile.") || name.consumeInteger(10, dimensions) ||
      name != "d")
    fail("has an unknown instruction of NVPTX");
  unsigned flags = 3 + dimensions + (isCluster ? 2 : 1);
  if (isCluster && uniform(call, flags++) != 0)
    fail("copies to the shared memory of other blocks");
  if (isCluster && uniform(call, flags + 1) != 0)
    fail("copies for a pair of blocks");
  SmallVector<Lanes, 0> coordinates;
  for (unsigned i = 0; i < dimensions; ++i)
    coordinates.push_back(operand(call, 3 + i));
  copyBox(operand(call, 0), operand(call, 2), coordinates, operand(call, 1));
  return {};
}

} // namespace attention::emulator
