//===- What a caller's tensors must be ------------------------------------===//
#include "runtime/Buffers.h"

#include "runtime/Status.h"
#include "runtime/files/ElementType.h"
#include "runtime/files/NearestName.h"

using namespace attention;

attn_status *attention::mismatch(const char *role, const attn_tensor_desc &desc,
                                 const int64_t *expected,
                                 const attn_tensor &found) {
  const auto type = static_cast<ElementType>(found.type);
  const bool known = found.type >= ATTN_TYPE_F32 && found.type <= ATTN_TYPE_I1;
  return makeStatus(
      ATTN_INVALID,
      std::string(role) + " " + quote(desc.name) + " expects " +
          nameOf(static_cast<ElementType>(desc.type)) + " of shape " +
          formatShape(expected, desc.rank) + ", but got " +
          (known ? nameOf(type) : "type " + std::to_string(found.type)) +
          " of shape " +
          (found.rank < 0 || (found.rank > 0 && !found.shape)
               ? "null"
               : formatShape(found.shape, found.rank)));
}

bool attention::isLike(const attn_tensor &tensor, const attn_tensor_desc &desc,
                       const int64_t *expected) {
  if (tensor.type != desc.type || tensor.rank != desc.rank ||
      (tensor.rank > 0 && !tensor.shape))
    return false;
  for (int32_t axis = 0; axis < desc.rank; ++axis)
    if (tensor.shape[axis] < 0 ||
        (expected[axis] >= 0 && expected[axis] != tensor.shape[axis]))
      return false;
  return true;
}

attn_status *attention::checkBuffer(const char *role,
                                    const attn_tensor_desc &desc,
                                    const attn_tensor &tensor) {
  const auto type = static_cast<ElementType>(desc.type);
  bool empty = false;
  int64_t bytes = byteSize(type);
  for (int32_t axis = 0; axis < desc.rank; ++axis) {
    empty |= tensor.shape[axis] == 0;
    if (tensor.shape[axis] &&
        __builtin_mul_overflow(bytes, tensor.shape[axis], &bytes))
      return makeStatus(ATTN_INVALID,
                        std::string(role) + " " + quote(desc.name) +
                            " has more bytes than a size can count");
  }
  if (!empty && !tensor.data)
    return makeStatus(ATTN_INVALID, std::string(role) + " " + quote(desc.name) +
                                        " expects a buffer, but got null");
  if (reinterpret_cast<uintptr_t>(tensor.data) %
      static_cast<uintptr_t>(byteSize(type)))
    return makeStatus(ATTN_INVALID,
                      std::string(role) + " " + quote(desc.name) +
                          " expects a buffer aligned to its elements of " +
                          std::to_string(byteSize(type)) + " bytes");
  return nullptr;
}
