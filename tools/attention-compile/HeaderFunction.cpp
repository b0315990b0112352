#include "tools/attention-compile/HeaderFunction.h"

#include "dialect/Names.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"

using namespace mlir;

namespace attention {

namespace {
struct CType {
  StringRef name, enumerator;
};
} // namespace

/// The type of one element in a buffer, and how runtime/Artifact.h numbers it.
static FailureOr<CType> toCType(Type type) {
  if (type.isF32())
    return CType{"float", "ATTN_TYPE_F32"};
  if (type.isF64())
    return CType{"double", "ATTN_TYPE_F64"};
  if (type.isF16())
    return CType{"uint16_t", "ATTN_TYPE_F16"};
  if (type.isBF16())
    return CType{"uint16_t", "ATTN_TYPE_BF16"};
  if (type.isInteger(64))
    return CType{"int64_t", "ATTN_TYPE_I64"};
  if (type.isInteger(32))
    return CType{"int32_t", "ATTN_TYPE_I32"};
  if (type.isInteger(1))
    return CType{"uint8_t", "ATTN_TYPE_I1"};
  return failure();
}

std::string toIdentifier(StringRef text) {
  std::string identifier;
  for (char letter : text)
    identifier += llvm::isAlnum(letter) ? letter : '_';
  if (identifier.empty() || llvm::isDigit(identifier.front()))
    identifier.insert(0, "_");
  return identifier;
}

std::string HeaderTensor::describe() const {
  const size_t prefix = StringRef("ATTN_TYPE_").size();
  std::string text = enumerator.drop_front(prefix).lower() + " [";
  llvm::ListSeparator comma;
  for (int64_t size : shape)
    text +=
        std::string(StringRef(comma)) + (size < 0 ? "?" : std::to_string(size));
  return text + "]";
}

/// Words that a parameter must not be called: C's, C++'s, and those of the
/// functions themselves.
static bool isTaken(StringRef word) {
  static const llvm::StringSet<> taken = {"alignas",
                                          "alignof",
                                          "and",
                                          "asm",
                                          "auto",
                                          "bool",
                                          "break",
                                          "case",
                                          "catch",
                                          "char",
                                          "class",
                                          "concept",
                                          "const",
                                          "constexpr",
                                          "continue",
                                          "decltype",
                                          "default",
                                          "delete",
                                          "do",
                                          "double",
                                          "else",
                                          "enum",
                                          "explicit",
                                          "export",
                                          "extern",
                                          "false",
                                          "float",
                                          "for",
                                          "friend",
                                          "goto",
                                          "if",
                                          "inline",
                                          "int",
                                          "long",
                                          "mutable",
                                          "namespace",
                                          "new",
                                          "noexcept",
                                          "not",
                                          "nullptr",
                                          "operator",
                                          "or",
                                          "private",
                                          "protected",
                                          "public",
                                          "register",
                                          "requires",
                                          "restrict",
                                          "return",
                                          "short",
                                          "signed",
                                          "sizeof",
                                          "static",
                                          "struct",
                                          "switch",
                                          "template",
                                          "this",
                                          "throw",
                                          "true",
                                          "try",
                                          "typedef",
                                          "typename",
                                          "union",
                                          "unsigned",
                                          "using",
                                          "virtual",
                                          "void",
                                          "volatile",
                                          "while",
                                          "xor",
                                          "runner",
                                          "workspace",
                                          "workspace_bytes",
                                          "result_sizes",
                                          "inputs",
                                          "results"};
  return taken.contains(word);
}

static std::string makeUnique(std::string identifier, llvm::StringSet<> &used) {
  while (isTaken(identifier) || used.contains(identifier) ||
         used.contains(identifier + "_shape"))
    identifier += "_";
  used.insert(identifier);
  used.insert(identifier + "_shape");
  return identifier;
}

static FailureOr<HeaderTensor> describeTensor(func::FuncOp function, Type type,
                                              Attribute nameAttribute,
                                              StringRef otherwise,
                                              llvm::StringSet<> &used) {
  auto shaped = dyn_cast<ShapedType>(type);
  FailureOr<CType> element = failure();
  if (shaped && shaped.hasRank())
    element = toCType(shaped.getElementType());
  if (failed(element))
    return function.emitError("expects tensors of f64, f32, f16, bf16, i64, "
                              "i32 or i1 at the border, but got ")
           << type;
  HeaderTensor tensor;
  auto name = dyn_cast_or_null<StringAttr>(nameAttribute);
  tensor.name = name ? name.str() : otherwise.str();
  tensor.identifier = makeUnique(toIdentifier(tensor.name), used);
  tensor.cType = element->name;
  tensor.enumerator = element->enumerator;
  for (int64_t size : shaped.getShape())
    tensor.shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
  return tensor;
}

FailureOr<HeaderFunction> describeForHeader(func::FuncOp function) {
  HeaderFunction described;
  described.name = function.getName().str();
  described.identifier = toIdentifier(described.name);
  llvm::StringSet<> used;
  int64_t arguments = 0;
  for (auto [i, type] : llvm::enumerate(function.getArgumentTypes())) {
    bool isResult = static_cast<bool>(function.getArgAttr(i, resultAttr));
    if (function.getArgAttr(i, weightAttr)) {
      ++arguments;
      ++described.weightCount;
      continue;
    }
    auto &tensors = isResult ? described.results : described.inputs;
    std::string otherwise = isResult ? "result" + std::to_string(tensors.size())
                                     : "arg" + std::to_string(arguments);
    auto tensor = describeTensor(
        function, type, function.getArgAttr(i, nameAttr), otherwise, used);
    if (failed(tensor))
      return failure();
    tensors.push_back(*tensor);
    arguments += !isResult;
  }
  for (auto [i, type] : llvm::enumerate(function.getResultTypes())) {
    auto tensor =
        describeTensor(function, type, function.getResultAttr(i, nameAttr),
                       "result" + std::to_string(i), used);
    if (failed(tensor))
      return failure();
    described.results.push_back(*tensor);
  }
  return described;
}

} // namespace attention
