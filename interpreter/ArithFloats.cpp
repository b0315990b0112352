/// Floating-point ops of `arith`, computed in double.
#include "interpreter/Elementwise.h"
#include "interpreter/Families.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include <cmath>

using namespace mlir;

namespace attention {

static double maximum(double x, double y) {
  if (std::isnan(x) || std::isnan(y))
    return std::nan("");
  return x == y ? (std::signbit(x) ? y : x) : std::max(x, y);
}

static double minimum(double x, double y) { return -maximum(-x, -y); }

static bool holds(arith::CmpFPredicate predicate, double x, double y) {
  bool unordered = std::isnan(x) || std::isnan(y);
  using P = arith::CmpFPredicate;
  switch (predicate) {
  case P::AlwaysFalse:
    return false;
  case P::AlwaysTrue:
    return true;
  case P::OEQ:
    return x == y;
  case P::OGT:
    return x > y;
  case P::OGE:
    return x >= y;
  case P::OLT:
    return x < y;
  case P::OLE:
    return x <= y;
  case P::ONE:
    return x < y || x > y;
  case P::ORD:
    return !unordered;
  case P::UEQ:
    return unordered || x == y;
  case P::UGT:
    return !(x <= y);
  case P::UGE:
    return !(x < y);
  case P::ULT:
    return !(x >= y);
  case P::ULE:
    return !(x > y);
  case P::UNE:
    return x != y;
  case P::UNO:
    return unordered;
  }
  llvm_unreachable("all predicates are handled");
}

static LogicalResult compare(Operation *op, Frame &frame) {
  auto extent = commonExtent(op, frame);
  if (failed(extent))
    return failure();
  auto predicate = cast<arith::CmpFOp>(op).getPredicate();
  Elements<double> x(frame.get(op->getOperand(0)));
  Elements<double> y(frame.get(op->getOperand(1)));
  setMapped<int64_t>(op->getResult(0), frame, *extent,
                     [&](int64_t i) { return holds(predicate, x[i], y[i]); });
  return success();
}

void addArithFloats(HandlerTable &table) {
  auto addBinary = [&](StringRef name, double (*f)(double, double)) {
    table.add(name, binary<double, double, double>(f));
  };
  addBinary("arith.addf", [](double x, double y) { return x + y; });
  addBinary("arith.subf", [](double x, double y) { return x - y; });
  addBinary("arith.mulf", [](double x, double y) { return x * y; });
  addBinary("arith.divf", [](double x, double y) { return x / y; });
  addBinary("arith.remf", [](double x, double y) { return std::fmod(x, y); });
  addBinary("arith.maximumf", maximum);
  addBinary("arith.minimumf", minimum);
  addBinary("arith.maxnumf",
            [](double x, double y) { return std::fmax(x, y); });
  addBinary("arith.minnumf",
            [](double x, double y) { return std::fmin(x, y); });
  table.add("arith.negf", unary<double, double>([](double x) { return -x; }));
  table.add("arith.cmpf", compare);
}

} // namespace attention
