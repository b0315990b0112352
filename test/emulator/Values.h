/// What the lanes of a warp hold.
#ifndef ATTENTION_TEST_EMULATOR_VALUES_H
#define ATTENTION_TEST_EMULATOR_VALUES_H

#include "test/emulator/Numbers.h"
#include "llvm/ADT/SmallVector.h"
#include <array>

namespace attention::emulator {

constexpr unsigned laneCount = 32;

/// The bits of one element in every lane.
using Lanes = std::array<Bits, laneCount>;
/// One value: its elements, where it is a vector or a struct, or itself.
using LaneValues = llvm::SmallVector<Lanes, 1>;
/// Which lanes take part: a bit for each.
using Mask = uint32_t;

inline bool has(Mask mask, unsigned lane) { return mask >> lane & 1; }

/// Elements of zeros.
inline LaneValues zeros(size_t elements) {
  return LaneValues(elements, Lanes{});
}

/// One element, by what gives a lane's bits.
template <typename Function> LaneValues lanesOf(Function bits) {
  LaneValues value(1, Lanes{});
  for (unsigned lane = 0; lane < laneCount; ++lane)
    value[0][lane] = bits(lane);
  return value;
}

/// The element types of a value's type.
llvm::SmallVector<llvm::Type *> elementsOf(llvm::Type *type);

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_VALUES_H
