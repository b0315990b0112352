//===- Errors as values -----------------------------------------*- C++ -*-===//
//
// Files are read on behalf of a C ABI and of code without exceptions, so every
// function that can fail returns what went wrong as one line of text.
//
//===----------------------------------------------------------------------===//
#ifndef ATTENTION_RUNTIME_FILES_RESULT_H
#define ATTENTION_RUNTIME_FILES_RESULT_H

#include <optional>
#include <string>
#include <utility>

namespace attention {

/// What went wrong: one line, lower case, no full stop.
struct Failure {
  std::string message;
};

/// For functions that return nothing but success.
using MaybeFailure = std::optional<Failure>;

/// A value, or the failure that prevented it.
template <typename T> class [[nodiscard]] Result {
public:
  Result(T value) : value(std::move(value)) {}
  Result(Failure failure) : error(std::move(failure)) {}

  explicit operator bool() const { return value.has_value(); }
  T &operator*() { return *value; }
  const T &operator*() const { return *value; }
  T *operator->() { return &*value; }
  const T *operator->() const { return &*value; }

  /// Only where there is no value.
  const Failure &failure() const { return error; }
  const std::string &message() const { return error.message; }

private:
  std::optional<T> value;
  Failure error;
};

} // namespace attention
#endif
