/// What an SSA value holds while a model is interpreted: a scalar, an array, or
/// the state of a fold. Floating values are doubles whatever their declared
/// type; integers, indices and booleans are int64_t, sign-extended from their
/// width (booleans are 0 and 1).
#ifndef ATTENTION_INTERPRETER_DATUM_H
#define ATTENTION_INTERPRETER_DATUM_H

#include "mlir/IR/Types.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/ADT/SmallVector.h"
#include <cassert>
#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace attention {

using Shape = llvm::SmallVector<int64_t, 4>;

/// Elements in row-major order.
struct Array {
  Shape shape;
  std::variant<std::vector<double>, std::vector<int64_t>> elements;

  int64_t size() const;
  int64_t rank() const { return shape.size(); }
  bool isFloat() const { return elements.index() == 0; }
  template <typename T> const std::vector<T> &as() const {
    return *std::get_if<std::vector<T>>(&elements);
  }
  template <typename T> std::vector<T> &as() {
    return *std::get_if<std::vector<T>>(&elements);
  }

  /// An array of zeros.
  template <typename T> static Array zeros(llvm::ArrayRef<int64_t> shape);
  /// An array of zeros for elements of this type.
  static Array zeros(llvm::ArrayRef<int64_t> shape, mlir::Type element);
};

/// The state of a fold over keys; only the ops that make it look inside.
struct FoldState {
  virtual ~FoldState() = default;
};

class Datum {
public:
  Datum() = default;
  Datum(double value) : held(value) {}
  Datum(int64_t value) : held(value) {}
  Datum(Array array) : held(std::make_shared<const Array>(std::move(array))) {}
  Datum(std::shared_ptr<const FoldState> state) : held(std::move(state)) {}

  bool isArray() const { return std::holds_alternative<ArrayPointer>(held); }
  bool isFloat() const {
    return isArray() ? array().isFloat() : std::holds_alternative<double>(held);
  }
  double real() const { return *std::get_if<double>(&held); }
  int64_t integer() const { return *std::get_if<int64_t>(&held); }
  const Array &array() const { return **std::get_if<ArrayPointer>(&held); }
  const std::shared_ptr<const FoldState> &state() const {
    return *std::get_if<std::shared_ptr<const FoldState>>(&held);
  }
  /// The scalar, or the elements of the array.
  template <typename T> const T *data() const {
    return isArray() ? array().as<T>().data() : std::get_if<T>(&held);
  }

private:
  using ArrayPointer = std::shared_ptr<const Array>;
  std::variant<std::monostate, double, int64_t, ArrayPointer,
               std::shared_ptr<const FoldState>>
      held;
};

/// Number of elements of an array of this shape.
int64_t elementCount(llvm::ArrayRef<int64_t> shape);

/// How far apart neighbours along each dimension are, in elements.
Shape stridesOf(llvm::ArrayRef<int64_t> shape);

/// "2x3x?" for messages.
std::string shapeText(llvm::ArrayRef<int64_t> shape);

/// Scalar or array element `i` of an array, as a datum.
Datum elementAt(const Array &array, int64_t i);
/// Puts a scalar into an array of its kind.
void setElement(Array &array, int64_t i, const Datum &scalar);

/// Calls `visit(index)` for every multi-index of the shape in row-major order.
template <typename F>
void forEachIndex(llvm::ArrayRef<int64_t> shape, F visit) {
  int64_t count = elementCount(shape);
  Shape index(shape.size(), 0);
  for (int64_t i = 0; i < count; ++i) {
    visit(llvm::ArrayRef<int64_t>(index));
    for (int64_t d = index.size(); d-- > 0;) {
      if (++index[d] < shape[d])
        break;
      index[d] = 0;
    }
  }
}

/// The element at a multi-index, in row-major order.
inline int64_t linearIndex(llvm::ArrayRef<int64_t> index,
                           llvm::ArrayRef<int64_t> strides) {
  int64_t linear = 0;
  for (size_t d = 0; d < index.size(); ++d)
    linear += index[d] * strides[d];
  return linear;
}

/// An array of `shape` whose element at `index` is `source[from(index)]`.
template <typename F>
Array rearranged(const Array &source, llvm::ArrayRef<int64_t> shape, F from) {
  Array result{Shape(shape),
               source.elements.index() == 0
                   ? decltype(Array::elements)(std::vector<double>())
                   : decltype(Array::elements)(std::vector<int64_t>())};
  std::visit(
      [&](auto &out) {
        const auto &in =
            *std::get_if<std::decay_t<decltype(out)>>(&source.elements);
        out.reserve(elementCount(shape));
        forEachIndex(shape, [&](llvm::ArrayRef<int64_t> index) {
          out.push_back(in[from(index)]);
        });
      },
      result.elements);
  return result;
}

/// Writes every element of `source`, at `index`, to `target[to(index)]`.
template <typename F> void placeInto(Array &target, const Array &source, F to) {
  std::visit(
      [&](auto &out) {
        const auto &in =
            *std::get_if<std::decay_t<decltype(out)>>(&source.elements);
        int64_t i = 0;
        forEachIndex(source.shape, [&](llvm::ArrayRef<int64_t> index) {
          out[to(index)] = in[i++];
        });
      },
      target.elements);
}

template <typename T> Array Array::zeros(llvm::ArrayRef<int64_t> shape) {
  return {Shape(shape), std::vector<T>(elementCount(shape))};
}

} // namespace attention

#endif // ATTENTION_INTERPRETER_DATUM_H
