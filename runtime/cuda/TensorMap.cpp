//===- What kernels copy whole tiles by -----------------------------------===//
#include "runtime/cuda/Device.h"

#include "runtime/Status.h"

#include <algorithm>
#include <cstring>

using namespace attention;
using namespace attention::cuda;

static constexpr size_t mapBytes = 128;
static constexpr int64_t mostDims = 5;

/// "2 x 8 x 96 x 64", the last dimension first as CUDA has them.
static std::string textOf(const int64_t *numbers, int64_t count) {
  std::string text;
  for (int64_t i = 0; i < count; ++i)
    text += (i ? " x " : "") + std::to_string(numbers[i]);
  return text;
}

attn_status *attn_device::encodeTiles(const attn_tiles_desc &tiles,
                                      void *map) const {
  std::memset(map, 0, mapBytes);
  // Nobody copies tiles of a tensor that has no element.
  if (std::count(tiles.sizes, tiles.sizes + tiles.rank, 0))
    return nullptr;
  if (!driver.tensorMapEncodeTiled)
    return makeStatus(ATTN_INCOMPATIBLE,
                      "the code for this device expects a driver with "
                      "cuTensorMapEncodeTiled (CUDA 12.0), but got an older "
                      "one");
  uint64_t sizes[mostDims], strides[mostDims] = {};
  uint32_t box[mostDims], steps[mostDims];
  for (int64_t i = 0; i < tiles.rank; ++i) {
    sizes[i] = static_cast<uint64_t>(tiles.sizes[i]);
    box[i] = static_cast<uint32_t>(tiles.box[i]);
    steps[i] = 1;
    // The last dimension lies without gaps, and has no stride.
    if (i > 0)
      strides[i - 1] = static_cast<uint64_t>(tiles.strides[i]);
  }
  const int64_t row = tiles.box[0] * tiles.element_bytes;
  const int swizzle = row == 128  ? swizzle128
                      : row == 64 ? swizzle64
                                  : swizzle32;
  const int error = driver.tensorMapEncodeTiled(
      map, tiles.element_bytes == 2 ? tensorBits16 : tensorBits32,
      static_cast<unsigned>(tiles.rank), const_cast<void *>(tiles.start), sizes,
      strides, box, steps, /*interleave=*/0, swizzle, promotion128,
      /*outside=*/0);
  return driver.check(error, "copy tiles of " + textOf(tiles.box, tiles.rank) +
                                 " elements out of " +
                                 textOf(tiles.sizes, tiles.rank));
}
