/// Maps of tensors, by which bulk copies find their elements.
#ifndef ATTENTION_TEST_EMULATOR_TENSORMAPS_H
#define ATTENTION_TEST_EMULATOR_TENSORMAPS_H

#include "test/emulator/Mbarriers.h"
#include "test/emulator/Memory.h"
#include "llvm/ADT/ArrayRef.h"
#include <array>

namespace attention::emulator {

/// How bytes lie in shared memory: 16 of them change places with others by
/// where their row of 128 bytes is. Numbers are the driver API's.
enum class Swizzle : uint8_t { None, Bytes32, Bytes64, Bytes128 };

/// Where what would be at `address` without swizzle is.
uint64_t swizzled(uint64_t address, Swizzle swizzle);
/// Bytes of a row within which they change places.
uint64_t spanOf(Swizzle swizzle);

/// What `cuTensorMapEncodeTiled` is told, innermost dimension first. To
/// programs it is 128 opaque bytes, in a layout of the emulator's own.
struct TensorMap {
  static constexpr unsigned mostDimensions = 5, bytes = 128;

  uint64_t address = 0;
  uint32_t rank = 0, elementBytes = 0;
  Swizzle swizzle = Swizzle::None;
  std::array<uint64_t, mostDimensions> sizes{}, strides{}; ///< strides in bytes
  std::array<uint32_t, mostDimensions> box{};

  /// Bytes of an element of a type by the driver API's number; 0 for those
  /// that are not known.
  static uint32_t bytesOfType(int type);
  /// What the driver would refuse, or the emulator does not know.
  std::string check() const;
  void encode(uint8_t *to) const;
  /// Whether `from` was encoded.
  bool decode(const uint8_t *from);

  uint64_t boxBytes() const;
  /// The box at `place` for shared memory at `to`; false where it runs out of
  /// global memory. Elements outside of the tensor are zeros.
  bool read(const GlobalMemory &global, llvm::ArrayRef<int64_t> place,
            uint64_t to, std::vector<BulkPart> &parts) const;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_TENSORMAPS_H
