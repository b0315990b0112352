#include "passes/PlaceBuffers.h"

#include "llvm/ADT/STLExtras.h"

#include <algorithm>

using namespace llvm;

namespace attention {

/// The lowest offset at which `request` fits between `placed`, which are sorted
/// by offset and live together with it.
static int64_t lowestGap(const BufferRequest &request,
                         ArrayRef<const BufferRequest *> placed) {
  int64_t offset = 0;
  for (const BufferRequest *other : placed) {
    if (offset + request.size <= other->offset)
      break;
    offset = std::max(offset, other->offset + other->size);
  }
  return offset;
}

int64_t placeBuffers(MutableArrayRef<BufferRequest> requests) {
  SmallVector<BufferRequest *> order;
  for (BufferRequest &request : requests)
    order.push_back(&request);
  // Pointers order equal sizes as the caller does.
  llvm::sort(order, [](auto *a, auto *b) {
    return std::make_pair(-a->size, a) < std::make_pair(-b->size, b);
  });

  int64_t end = 0;
  for (size_t i = 0; i < order.size(); ++i) {
    BufferRequest &request = *order[i];
    SmallVector<const BufferRequest *> together;
    for (BufferRequest *other : ArrayRef(order).take_front(i))
      if (other->lifetime.overlaps(request.lifetime))
        together.push_back(other);
    llvm::sort(together,
               [](auto *a, auto *b) { return a->offset < b->offset; });
    request.offset = lowestGap(request, together);
    end = std::max(end, request.offset + request.size);
  }
  return end;
}

} // namespace attention
