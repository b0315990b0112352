#include "tools/attention-import/FunctionText.h"

#include <cstdio>
#include <cstdlib>

using namespace attention;

std::string TensorType::text() const {
  std::string result = "tensor<";
  for (int64_t size : shape)
    result += (size < 0 ? "?" : std::to_string(size)) + "x";
  return result + element + ">";
}

Value FunctionText::argument(const std::string &valueName, TensorType type,
                             const std::string &attribute,
                             const std::string &attributeValue) {
  arguments.push_back("%" + valueName + ": " + type.text() + " {" + attribute +
                      " = \"" + attributeValue + "\"}");
  return {valueName, std::move(type)};
}

Value FunctionText::define(const std::string &valueName, TensorType type,
                           const std::string &expression) {
  line("%" + valueName + " = " + expression);
  return {valueName, std::move(type)};
}

std::string FunctionText::finish(const Value &result,
                                 const std::string &resultName) const {
  std::string text = "func.func @" + name + "(";
  for (size_t i = 0; i < arguments.size(); ++i)
    text += (i ? ",\n    " : "\n    ") + arguments[i];
  text += ")\n    -> (" + result.type.text() + " {attention.name = \"" +
          resultName + "\"}) {\n";
  return text + body + "  return %" + result.name + " : " + result.type.text() +
         "\n}\n";
}

std::string attention::operands(const std::vector<Value> &values) {
  std::string text;
  for (const Value &value : values)
    text += (text.empty() ? "%" : ", %") + value.name;
  return text;
}

std::string attention::types(const std::vector<Value> &values) {
  std::string text;
  for (const Value &value : values)
    text += (text.empty() ? "" : ", ") + value.type.text();
  return text;
}

std::string attention::floatLiteral(double value) {
  char text[40];
  std::snprintf(text, sizeof(text), "%.17g", value);
  // The shortest of the exact forms, for readers.
  for (int digits = 1; digits < 17; ++digits) {
    char shorter[40];
    std::snprintf(shorter, sizeof(shorter), "%.*g", digits, value);
    if (std::strtod(shorter, nullptr) == value) {
      std::snprintf(text, sizeof(text), "%s", shorter);
      break;
    }
  }
  std::string literal = text;
  if (literal.find('.') == std::string::npos) {
    size_t exponent = literal.find('e');
    literal.insert(exponent == std::string::npos ? literal.size() : exponent,
                   ".0");
  }
  return literal;
}
