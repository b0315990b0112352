#include "interpreter/MatrixProduct.h"
#include "interpreter/Parallel.h"
#include <algorithm>

namespace attention {

/// Columns at a time, so that rows of `c` stay in the first-level cache.
static constexpr int64_t columnBlock = 256;

/// Four rows share every load of `b`.
static void fourRows(const double *a, const double *b, double *c,
                     const ProductSizes &sizes, int64_t first, int64_t last) {
  const double *a0 = a, *a1 = a0 + sizes.inner, *a2 = a1 + sizes.inner,
               *a3 = a2 + sizes.inner;
  double *__restrict c0 = c;
  double *__restrict c1 = c0 + sizes.columns;
  double *__restrict c2 = c1 + sizes.columns;
  double *__restrict c3 = c2 + sizes.columns;
  for (int64_t k = 0; k < sizes.inner; ++k) {
    const double *row = b + k * sizes.columns;
    for (int64_t j = first; j < last; ++j) {
      double factor = row[j];
      c0[j] += a0[k] * factor;
      c1[j] += a1[k] * factor;
      c2[j] += a2[k] * factor;
      c3[j] += a3[k] * factor;
    }
  }
}

static void oneRow(const double *a, const double *b, double *c,
                   const ProductSizes &sizes, int64_t first, int64_t last) {
  for (int64_t k = 0; k < sizes.inner; ++k)
    for (int64_t j = first; j < last; ++j)
      c[j] += a[k] * b[k * sizes.columns + j];
}

static void rowRange(const double *a, const double *b, double *c,
                     const ProductSizes &sizes, int64_t begin, int64_t end) {
  for (int64_t first = 0; first < sizes.columns; first += columnBlock) {
    int64_t last = std::min(first + columnBlock, sizes.columns);
    int64_t i = begin;
    for (; i + 4 <= end; i += 4)
      fourRows(a + i * sizes.inner, b, c + i * sizes.columns, sizes, first,
               last);
    for (; i < end; ++i)
      oneRow(a + i * sizes.inner, b, c + i * sizes.columns, sizes, first, last);
  }
}

void addProduct(const double *a, const double *b, double *c, ProductSizes sizes,
                int64_t threads) {
  parallelRanges(sizes.rows, threads, [&](int64_t begin, int64_t end) {
    rowRange(a, b, c, sizes, begin, end);
  });
}

} // namespace attention
