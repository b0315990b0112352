#include "tools/attention-interpret/Model.h"
#include "dialect/Names.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include "runtime/files/NearestName.h"

using namespace mlir;

namespace attention {

/// "model.mlir:3:8: " where the location has one.
static std::string placeOf(Location location) {
  if (auto file = location->findInstanceOf<FileLineColLoc>())
    return file.getFilename().str() + ":" + std::to_string(file.getLine()) +
           ":" + std::to_string(file.getColumn()) + ": ";
  return "";
}

static std::string oneLine(std::string text) {
  for (char &letter : text)
    if (letter == '\n')
      letter = ' ';
  return text;
}

FirstError::FirstError(MLIRContext *context)
    : handler(context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            text.empty())
          text = placeOf(diagnostic.getLocation()) + oneLine(diagnostic.str());
        return success();
      }) {}

Result<OwningOpRef<ModuleOp>> parseModel(const std::string &path,
                                         MLIRContext *context,
                                         const FirstError &errors) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return Failure{"cannot read " + quote(path) + ": " +
                   buffer.getError().message()};
  llvm::SourceMgr sources;
  sources.AddNewSourceBuffer(std::move(*buffer), llvm::SMLoc());
  OwningOpRef<ModuleOp> module =
      parseSourceFile<ModuleOp>(sources, ParserConfig(context));
  if (!module)
    return errors.failure();
  return module;
}

std::vector<FunctionOpInterface> publicFunctions(ModuleOp module) {
  std::vector<FunctionOpInterface> functions;
  for (auto function : module.getOps<FunctionOpInterface>())
    if (!function.isPrivate() && !function.isExternal())
      functions.push_back(function);
  return functions;
}

Result<FunctionOpInterface> findFunction(ModuleOp module,
                                         const std::string &name) {
  std::vector<std::string> names;
  for (FunctionOpInterface function : publicFunctions(module)) {
    names.push_back(function.getName().str());
    if (names.back() == name)
      return function;
  }
  if (names.empty())
    return Failure{"expects a model with a public function, but got none"};
  if (!name.empty())
    return Failure{"the model has no function " + quote(name) +
                   nearestHint(name, names)};
  if (names.size() > 1)
    return Failure{"expects the name of one of " +
                   std::to_string(names.size()) +
                   " functions, but got none (see --list)"};
  return publicFunctions(module).front();
}

static std::optional<ElementType> elementTypeOf(Type type) {
  if (type.isF32())
    return ElementType::F32;
  if (type.isF64())
    return ElementType::F64;
  if (type.isF16())
    return ElementType::F16;
  if (type.isBF16())
    return ElementType::BF16;
  if (type.isInteger(64) || type.isIndex())
    return ElementType::I64;
  if (type.isInteger(32))
    return ElementType::I32;
  if (type.isInteger(1))
    return ElementType::I1;
  return std::nullopt;
}

static Result<Port> portOf(Type type, DictionaryAttr attributes,
                           const std::string &otherwise) {
  auto text = [&](StringRef key) -> std::string {
    auto value = attributes ? attributes.getAs<StringAttr>(key) : StringAttr();
    return value ? value.str() : "";
  };
  Port port;
  port.weight = text(weightAttr);
  port.name = text(nameAttr);
  if (port.name.empty())
    port.name = port.weight.empty() ? otherwise : port.weight;
  auto shaped = dyn_cast<RankedTensorType>(type);
  std::optional<ElementType> element =
      elementTypeOf(shaped ? shaped.getElementType() : type);
  if (!element) {
    std::string spelled;
    llvm::raw_string_ostream(spelled) << type;
    return Failure{"expects '" + port.name +
                   "' to be a tensor of numbers that files hold, but got " +
                   spelled};
  }
  port.type = *element;
  if (shaped)
    for (int64_t size : shaped.getShape())
      port.shape.push_back(ShapedType::isDynamic(size) ? -1 : size);
  return port;
}

template <typename Attributes>
static Result<std::vector<Port>>
portsOf(ArrayRef<Type> types, const std::string &kind, Attributes attributes) {
  std::vector<Port> ports;
  for (auto [i, type] : llvm::enumerate(types)) {
    auto port = portOf(type, attributes(i), kind + std::to_string(i));
    if (!port)
      return port.failure();
    ports.push_back(*port);
  }
  return ports;
}

Result<std::vector<Port>> argumentPorts(FunctionOpInterface function) {
  return portsOf(function.getArgumentTypes(), "arg",
                 [&](unsigned i) { return function.getArgAttrDict(i); });
}

Result<std::vector<Port>> resultPorts(FunctionOpInterface function) {
  return portsOf(function.getResultTypes(), "result",
                 [&](unsigned i) { return function.getResultAttrDict(i); });
}

} // namespace attention
