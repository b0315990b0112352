#include "InterpreterTest.h"
#include "dialect/Attention.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/BuiltinOps.h"
#include "mlir/IR/Diagnostics.h"
#include "mlir/Parser/Parser.h"
#include <cmath>

using namespace attention;

static void appendNumbers(const Datum &datum, std::vector<double> &numbers) {
  int64_t count = datum.isArray() ? datum.array().size() : 1;
  for (int64_t i = 0; i < count; ++i)
    numbers.push_back(datum.isFloat() ? datum.data<double>()[i]
                                      : double(datum.data<int64_t>()[i]));
}

Outcome runModule(const std::string &text, int64_t threads) {
  mlir::DialectRegistry registry;
  registry.insert<AttentionDialect, mlir::affine::AffineDialect,
                  mlir::arith::ArithDialect, mlir::func::FuncDialect,
                  mlir::linalg::LinalgDialect, mlir::math::MathDialect,
                  mlir::scf::SCFDialect, mlir::tensor::TensorDialect>();
  mlir::MLIRContext context(registry);
  Outcome outcome;
  mlir::ScopedDiagnosticHandler handler(&context, [&](mlir::Diagnostic &d) {
    if (outcome.error.empty())
      outcome.error = d.str();
    return mlir::success();
  });
  auto module = mlir::parseSourceString<mlir::ModuleOp>(text, &context);
  if (!module)
    return outcome;
  Interpreter interpreter(*module, threads);
  llvm::SmallVector<Datum> results;
  if (failed(interpreter.call(interpreter.lookup("f"), {}, results)))
    return outcome;
  for (const Datum &datum : results)
    appendNumbers(datum, outcome.numbers);
  return outcome;
}

Outcome runBody(const std::string &types, const std::string &body) {
  return runModule("func.func @f() -> (" + types + ") {\n" + body + "\n}");
}

void expectNumbers(const std::string &types, const std::string &body,
                   const std::vector<double> &expected) {
  Outcome outcome = runBody(types, body);
  EXPECT_EQ(outcome.error, "") << body;
  ASSERT_EQ(outcome.numbers.size(), expected.size()) << body;
  for (size_t i = 0; i < expected.size(); ++i)
    if (std::isnan(expected[i]))
      EXPECT_TRUE(std::isnan(outcome.numbers[i])) << body;
    else
      EXPECT_DOUBLE_EQ(outcome.numbers[i], expected[i])
          << "element " << i << " of " << body;
}

void expectError(const std::string &types, const std::string &body,
                 const std::string &error) {
  Outcome outcome = runBody(types, body);
  EXPECT_NE(outcome.error.find(error), std::string::npos)
      << "got: " << outcome.error;
}
