#include "tools/attention-compile/Header.h"

#include "tools/attention-compile/HeaderFunction.h"
#include "llvm/ADT/StringExtras.h"

using namespace mlir;

namespace attention {

namespace {
/// Prints the two C functions of one function.
class FunctionPrinter {
public:
  FunctionPrinter(const HeaderFunction &function, StringRef prefix,
                  raw_ostream &out)
      : function(function), name((prefix + "_" + function.identifier).str()),
        out(out) {}

  void printPlan();
  void printRun();

private:
  void printShapeParameter(const HeaderTensor &tensor);
  void printTensors(StringRef array, ArrayRef<HeaderTensor> tensors,
                    bool withData);
  void printComment();

  const HeaderFunction &function;
  std::string name;
  raw_ostream &out;
};
} // namespace

/// Names of models may hold anything, the end of a comment included.
static std::string printable(StringRef text) {
  std::string plain = text.str();
  for (char &letter : plain)
    if (!llvm::isPrint(letter) || letter == '*')
      letter = '?';
  return plain;
}

void FunctionPrinter::printComment() {
  out << "\n/* " << printable(function.name) << "\n *\n";
  for (const HeaderTensor &tensor : function.inputs)
    out << " *   input  " << printable(tensor.name) << ": " << tensor.describe()
        << "\n";
  for (const HeaderTensor &tensor : function.results)
    out << " *   result " << printable(tensor.name) << ": " << tensor.describe()
        << "\n";
  if (function.weightCount)
    out << " *   and " << function.weightCount
        << " weights, bound by name when the runner is made\n";
}

/// Shapes are parameters only where they are not known.
void FunctionPrinter::printShapeParameter(const HeaderTensor &tensor) {
  if (!tensor.isStatic())
    out << ",\n    const int64_t " << tensor.identifier << "_shape["
        << tensor.shape.size() << "]";
}

/// An array of attn_tensor, and before it the shapes that are known.
void FunctionPrinter::printTensors(StringRef array,
                                   ArrayRef<HeaderTensor> tensors,
                                   bool withData) {
  for (const HeaderTensor &tensor : tensors)
    if (tensor.isStatic() && !tensor.shape.empty()) {
      out << "  static const int64_t " << tensor.identifier << "_shape[] = {";
      llvm::interleaveComma(tensor.shape, out);
      out << "};\n";
    }
  if (tensors.empty()) {
    out << "  const attn_tensor *const " << array << " = 0;\n";
    return;
  }
  out << "  const attn_tensor " << array << "[] = {\n";
  for (const HeaderTensor &tensor : tensors) {
    std::string data = withData ? "(void *)" + tensor.identifier : "0";
    std::string shape =
        tensor.shape.empty() ? "0" : tensor.identifier + "_shape";
    out << "      {" << data << ", " << shape << ", " << tensor.enumerator
        << ", " << tensor.shape.size() << "},\n";
  }
  out << "  };\n";
}

void FunctionPrinter::printPlan() {
  printComment();
  out << " *\n * Asks for the sizes of the results, one after the other, and "
         "for the bytes of\n"
         " * the workspace; either pointer may be null. */\n";
  out << "static inline attn_status *" << name
      << "_plan(\n    attn_runner *runner";
  for (const HeaderTensor &tensor : function.inputs)
    printShapeParameter(tensor);
  out << ",\n    int64_t *result_sizes, int64_t *workspace_bytes) {\n";
  printTensors("inputs", function.inputs, /*withData=*/false);
  out << "  return attn_runner_plan(runner, inputs, result_sizes, "
         "workspace_bytes);\n}\n";
}

void FunctionPrinter::printRun() {
  printComment();
  out << " *\n * Runs it with a runner made for function \""
      << printable(function.name) << "\"; shapes of results as planned. */\n";
  out << "static inline attn_status *" << name << "(\n    attn_runner *runner";
  for (const HeaderTensor &tensor : function.inputs) {
    out << ",\n    const " << tensor.cType << " *" << tensor.identifier;
    printShapeParameter(tensor);
  }
  for (const HeaderTensor &tensor : function.results) {
    out << ",\n    " << tensor.cType << " *" << tensor.identifier;
    printShapeParameter(tensor);
  }
  out << ",\n    void *workspace, int64_t workspace_bytes) {\n";
  printTensors("inputs", function.inputs, /*withData=*/true);
  printTensors("results", function.results, /*withData=*/true);
  out << "  return attn_runner_run(runner, inputs, results, workspace, "
         "workspace_bytes);\n}\n";
}

LogicalResult printHeader(ModuleOp module, StringRef prefix, raw_ostream &out) {
  std::string guard = StringRef(prefix).upper() + "_H";
  out << "/* Compiled by attention-compile " ATTENTION_VERSION
         "; written anew with every compilation. */\n"
      << "#ifndef " << guard << "\n#define " << guard
      << "\n\n#include \"runtime/attention.h\"\n\n"
      << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n\n/* To be passed to "
         "attn_model_link. */\n"
      << "extern const attn_artifact_desc " << prefix << "_artifact;\n";
  for (func::FuncOp function : module.getOps<func::FuncOp>()) {
    if (!function.isPublic() || function.isDeclaration())
      continue;
    FailureOr<HeaderFunction> described = describeForHeader(function);
    if (failed(described))
      return failure();
    FunctionPrinter printer(*described, prefix, out);
    printer.printPlan();
    printer.printRun();
  }
  out << "\n#ifdef __cplusplus\n}\n#endif\n#endif\n";
  return success();
}

} // namespace attention
