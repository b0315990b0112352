/// Who wrote the registers of a warp.
#ifndef ATTENTION_TEST_EMULATOR_REGISTERS_H
#define ATTENTION_TEST_EMULATOR_REGISTERS_H

#include "llvm/ADT/SmallVector.h"
#include <cstdint>
#include <vector>

namespace attention::emulator {

/// Of one element of a value. What constants and products of a warpgroup are
/// was written at no time.
struct Origin {
  uint64_t writtenAt = 0;
  uint64_t product = 0; ///< that writes it; 0 for none
  unsigned columns = 0; ///< of that product
};

/// Origins of a warp's values, by their numbers.
class Registers {
public:
  explicit Registers(unsigned count) : written(count), elements(count) {}

  /// By an ordinary instruction.
  void write(unsigned value, uint64_t at) {
    written[value] = at;
    elements[value].clear();
  }
  void set(unsigned value, llvm::SmallVector<Origin, 1> origins) {
    elements[value] = std::move(origins);
  }
  Origin of(unsigned value, unsigned element) const {
    const auto &known = elements[value];
    return known.empty() ? Origin{written[value], 0, 0}
                         : known[element < known.size() ? element : 0];
  }

private:
  std::vector<uint64_t> written;
  /// Where they differ.
  std::vector<llvm::SmallVector<Origin, 1>> elements;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_REGISTERS_H
