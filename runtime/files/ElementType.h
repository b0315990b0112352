//===- Types of elements in files and buffers -------------------*- C++ -*-===//
#ifndef ATTENTION_RUNTIME_FILES_ELEMENTTYPE_H
#define ATTENTION_RUNTIME_FILES_ELEMENTTYPE_H

#include <cstdint>
#include <string>
#include <vector>

namespace attention {

/// Numbered as ATTN_TYPE_* of runtime/Artifact.h.
enum class ElementType : int32_t { F32, F64, F16, BF16, I64, I32, I1 };

/// Bytes of one element in memory and in files; i1 takes a whole byte.
int64_t byteSize(ElementType type);

/// "f32", "bf16", "i1", ...: the spelling of MLIR.
const char *nameOf(ElementType type);

bool isFloat(ElementType type);

/// "2x?x64"; a negative size is printed as "?", rank 0 as "scalar".
std::string formatShape(const std::vector<int64_t> &shape);
std::string formatShape(const int64_t *shape, int64_t rank);

/// Whether `found` has the rank of `expected` and its sizes, where negative
/// sizes of `expected` accept any.
bool shapeMatches(const std::vector<int64_t> &expected,
                  const std::vector<int64_t> &found);

/// Stores the product of non-negative sizes times `unit`; false if it does not
/// fit int64_t.
bool checkedProduct(const std::vector<int64_t> &sizes, int64_t unit,
                    int64_t &product);

} // namespace attention
#endif
