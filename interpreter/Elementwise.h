/// Ops that do the same to every element, on scalars and arrays alike.
#ifndef ATTENTION_INTERPRETER_ELEMENTWISE_H
#define ATTENTION_INTERPRETER_ELEMENTWISE_H

#include "interpreter/Interpreter.h"

namespace attention {

/// What the operands of an elementwise op have in common.
struct Extent {
  bool isArray = false;
  Shape shape;
  int64_t count = 1;
};

/// Element `i` of an operand; a scalar is the same everywhere.
template <typename T> struct Elements {
  const T *array; ///< null for a scalar
  T scalar;
  explicit Elements(const Datum &datum)
      : array(datum.isArray() ? datum.data<T>() : nullptr),
        scalar(datum.isArray() ? T() : *datum.data<T>()) {}
  T operator[](int64_t i) const { return array ? array[i] : scalar; }
};

/// The extent of all operands; fails with a diagnostic when two arrays differ.
llvm::FailureOr<Extent> commonExtent(mlir::Operation *op, const Frame &frame);

/// "[1, 0, 3]": where element `i` of the extent stands; empty for a scalar.
std::string placeText(const Extent &extent, int64_t i);

/// Sets a result of `op` to `f(i)` for every element of the extent.
template <typename T, typename F>
void setMapped(mlir::Value result, Frame &frame, const Extent &extent, F f) {
  if (!extent.isArray)
    return frame.set(result, Datum(T(f(0))));
  Array array = Array::zeros<T>(extent.shape);
  std::vector<T> &elements = array.as<T>();
  for (int64_t i = 0; i < extent.count; ++i)
    elements[i] = f(i);
  frame.set(result, std::move(array));
}

/// An op whose one result is `f` of its operands' elements.
template <typename Out, typename In, typename F> Handler unary(F f) {
  return [f](mlir::Operation *op, Frame &frame) -> llvm::LogicalResult {
    auto extent = commonExtent(op, frame);
    if (failed(extent))
      return llvm::failure();
    Elements<In> x(frame.get(op->getOperand(0)));
    setMapped<Out>(op->getResult(0), frame, *extent,
                   [&](int64_t i) { return f(x[i]); });
    return llvm::success();
  };
}

template <typename Out, typename In1, typename In2, typename F>
Handler binary(F f) {
  return [f](mlir::Operation *op, Frame &frame) -> llvm::LogicalResult {
    auto extent = commonExtent(op, frame);
    if (failed(extent))
      return llvm::failure();
    Elements<In1> x(frame.get(op->getOperand(0)));
    Elements<In2> y(frame.get(op->getOperand(1)));
    setMapped<Out>(op->getResult(0), frame, *extent,
                   [&](int64_t i) { return f(x[i], y[i]); });
    return llvm::success();
  };
}

template <typename F> Handler ternary(F f) {
  return [f](mlir::Operation *op, Frame &frame) -> llvm::LogicalResult {
    auto extent = commonExtent(op, frame);
    if (failed(extent))
      return llvm::failure();
    Elements<double> x(frame.get(op->getOperand(0)));
    Elements<double> y(frame.get(op->getOperand(1)));
    Elements<double> z(frame.get(op->getOperand(2)));
    setMapped<double>(op->getResult(0), frame, *extent,
                      [&](int64_t i) { return f(x[i], y[i], z[i]); });
    return llvm::success();
  };
}

/// Width in bits of an integer or index type, or of the elements of one.
int64_t widthOf(mlir::Type type);

/// The low `width` bits, sign-extended (booleans: 0 or 1).
int64_t wrap(uint64_t value, int64_t width);
/// The value as a signed number: a true boolean is -1.
inline int64_t asSigned(int64_t value, int64_t width) {
  return width == 1 ? -value : value;
}
/// The value as an unsigned number.
inline uint64_t asUnsigned(int64_t value, int64_t width) {
  return width >= 64 ? value : uint64_t(value) & ((uint64_t(1) << width) - 1);
}

} // namespace attention

#endif // ATTENTION_INTERPRETER_ELEMENTWISE_H
