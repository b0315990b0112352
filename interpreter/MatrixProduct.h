/// The one dense kernel of the interpreter, for models of real size.
#ifndef ATTENTION_INTERPRETER_MATRIXPRODUCT_H
#define ATTENTION_INTERPRETER_MATRIXPRODUCT_H

#include <cstdint>

namespace attention {

struct ProductSizes {
  int64_t rows, inner, columns;
};

/// c[rows, columns] += a[rows, inner] b[inner, columns], all row-major. Each
/// element is summed in the order of `inner`, whatever the number of threads.
void addProduct(const double *a, const double *b, double *c, ProductSizes sizes,
                int64_t threads);

} // namespace attention

#endif // ATTENTION_INTERPRETER_MATRIXPRODUCT_H
