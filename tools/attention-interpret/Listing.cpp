#include "tools/attention-interpret/Model.h"

namespace attention {

static std::string portText(const std::string &kind, const Port &port) {
  std::string text = "  " + kind + " " + port.name + ": " +
                     formatShape(port.shape) + " " + nameOf(port.type);
  return text + "\n";
}

Result<std::string> listModel(mlir::ModuleOp module) {
  std::string text;
  for (mlir::FunctionOpInterface function : publicFunctions(module)) {
    auto arguments = argumentPorts(function), results = resultPorts(function);
    if (!arguments)
      return arguments.failure();
    if (!results)
      return results.failure();
    text += function.getName().str() + "\n";
    for (const Port &port : *arguments)
      text += portText(port.weight.empty() ? "input" : "weight", port);
    for (const Port &port : *results)
      text += portText("output", port);
  }
  return text;
}

} // namespace attention
