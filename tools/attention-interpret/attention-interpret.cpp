/// Runs a model text by the float64 meaning of its ops.
#include "dialect/Attention.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "tools/attention-interpret/Run.h"

using namespace attention;

static MaybeFailure interpret(const RunOptions &options) {
  mlir::DialectRegistry registry;
  registry.insert<AttentionDialect, mlir::affine::AffineDialect,
                  mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::linalg::LinalgDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect, mlir::tensor::TensorDialect>();
  mlir::MLIRContext context(registry);
  FirstError errors(&context);
  auto module = parseModel(options.model, &context, errors);
  if (!module)
    return module.failure();
  if (!options.list)
    return runModel(**module, options, errors);
  auto text = listModel(**module);
  if (!text)
    return text.failure();
  llvm::outs() << *text;
  return std::nullopt;
}

int main(int argc, char **argv) {
  auto options = parseRunOptions(argc, argv);
  MaybeFailure failure;
  if (!options)
    failure = options.failure();
  else if (options->help)
    llvm::outs() << runHelp("attention-interpret", "MODEL.mlir",
                            "Runs a function of a model text in float64, by "
                            "the meaning of every op.");
  else if (options->isSession())
    failure = Failure{"expects a compiled model for a session"};
  else if (options->device != "cpu")
    failure = Failure{"expects a compiled model for device '" +
                      options->device + "'"};
  else
    failure = interpret(*options);
  if (!failure)
    return 0;
  llvm::errs() << "attention-interpret: " << failure->message << "\n";
  return 1;
}
