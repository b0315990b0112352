//===- The text of one function in MLIR
//------------------------------------===//
#ifndef ATTENTION_TOOLS_IMPORT_FUNCTIONTEXT_H
#define ATTENTION_TOOLS_IMPORT_FUNCTIONTEXT_H

#include <cstdint>
#include <string>
#include <vector>

namespace attention {

/// A ranked tensor type; -1 is a dynamic size.
struct TensorType {
  std::vector<int64_t> shape;
  std::string element;

  /// "tensor<?x?x384xf32>"
  std::string text() const;
};

/// An SSA value: its name without the percent sign, and its type.
struct Value {
  std::string name;
  TensorType type;
};

/// Collects arguments and lines of one function, then prints it.
class FunctionText {
public:
  explicit FunctionText(std::string name) : name(std::move(name)) {}

  /// Adds an argument with one string attribute ("attention.name", ...).
  Value argument(const std::string &valueName, TensorType type,
                 const std::string &attribute,
                 const std::string &attributeValue);

  /// Adds "%valueName = expression".
  Value define(const std::string &valueName, TensorType type,
               const std::string &expression);

  /// Adds a line as it stands, indented as the body is.
  void line(const std::string &text) { body += "  " + text + "\n"; }
  void comment(const std::string &text) { line("// " + text); }

  /// The whole function, which returns `result` under the name `resultName`.
  std::string finish(const Value &result, const std::string &resultName) const;

private:
  std::string name;
  std::vector<std::string> arguments;
  std::string body;
};

/// "%x, %w, %b"
std::string operands(const std::vector<Value> &values);
/// "tensor<...>, tensor<...>"
std::string types(const std::vector<Value> &values);

/// A literal of a floating type that reads back as exactly `value`, with the
/// point that MLIR asks for.
std::string floatLiteral(double value);

} // namespace attention
#endif
