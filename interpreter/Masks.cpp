#include "interpreter/Masks.h"
#include "dialect/Attention.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

using Seen = std::optional<bool>;

/// Whether all (or, if not `all`, any) of the masks see the pair.
static Seen combined(ArrayRef<MaskInterface> masks, bool all, int64_t query,
                     int64_t key) {
  bool result = all;
  for (MaskInterface mask : masks) {
    Seen one = sees(mask, query, key);
    if (!one)
      return std::nullopt;
    result = all ? result && *one : result || *one;
  }
  return result;
}

std::optional<bool> sees(Attribute mask, int64_t query, int64_t key) {
  int64_t back = query - key;
  return llvm::TypeSwitch<Attribute, Seen>(mask)
      .Case([&](CausalMaskAttr) { return Seen(key <= query); })
      .Case([&](WindowMaskAttr m) { return Seen(back < m.getWidth()); })
      .Case([&](BandMaskAttr m) {
        return Seen(-m.getRight() <= back && back <= m.getLeft());
      })
      .Case([&](PrefixMaskAttr m) { return Seen(key < m.getLength()); })
      .Case([&](DilatedMaskAttr m) { return Seen(back % m.getStride() == 0); })
      .Case([&](AllMaskAttr m) {
        return combined(m.getMasks(), true, query, key);
      })
      .Case([&](AnyMaskAttr m) {
        return combined(m.getMasks(), false, query, key);
      })
      .Case([&](NotMaskAttr m) {
        Seen inner = sees(m.getMask(), query, key);
        return inner ? Seen(!*inner) : inner;
      })
      .Default([](Attribute) { return std::nullopt; });
}

} // namespace attention
