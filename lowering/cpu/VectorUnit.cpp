#include "lowering/cpu/VectorUnit.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace attention {

VectorUnit VectorUnit::of(StringRef architecture, StringRef features) {
  if (architecture == "aarch64")
    return {/*vectorBits=*/128, /*registers=*/32, /*fma=*/true};
  SmallVector<StringRef> names;
  features.split(names, ',');
  bool fma = is_contained(names, "fma");
  bool matrixBf16 =
      is_contained(names, "amx-tile") && is_contained(names, "amx-bf16");
  if (is_contained(names, "avx512f")) {
    bool dotBf16 = is_contained(names, "avx512bf16");
    // Of those measured, Zen 4 alone foresees rows: it multiplies bf16, but has
    // neither AMX, as Intel's have, nor AVX-VNNI, as Zen 5 has.
    bool foreseesRows =
        dotBf16 && !matrixBf16 && !is_contained(names, "avxvnni");
    return {/*vectorBits=*/512,
            /*registers=*/32,
            /*fma=*/true,
            dotBf16,
            matrixBf16,
            /*powersOf2=*/is_contained(names, "avx512dq") &&
                is_contained(names, "avx512vl"),
            /*asksForRows=*/!foreseesRows};
  }
  if (is_contained(names, "avx2"))
    return {/*vectorBits=*/256,
            /*registers=*/16,
            fma,
            /*dotBf16=*/false,
            matrixBf16,
            /*powersOf2=*/false,
            /*asksForRows=*/true};
  return {/*vectorBits=*/128, /*registers=*/16, fma, /*dotBf16=*/false,
          matrixBf16};
}

} // namespace attention
