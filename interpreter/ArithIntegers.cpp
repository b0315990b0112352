/// Integer and index ops of `arith`: they wrap at their width.
#include "interpreter/Elementwise.h"
#include "interpreter/Families.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

/// `f(x, y, width)` as a wrapped result of the operands' width.
template <typename F> static Handler integerOp(F f) {
  return [f](Operation *op, Frame &frame) -> LogicalResult {
    auto extent = commonExtent(op, frame);
    if (failed(extent))
      return failure();
    int64_t width = widthOf(op->getResult(0).getType());
    Elements<int64_t> x(frame.get(op->getOperand(0)));
    Elements<int64_t> y(frame.get(op->getOperand(1)));
    setMapped<int64_t>(op->getResult(0), frame, *extent, [&](int64_t i) {
      return wrap(f(x[i], y[i], width), width);
    });
    return success();
  };
}

/// As `integerOp`, on operands that are read as signed or unsigned numbers.
template <typename F> static Handler signedOp(F f) {
  return integerOp([f](int64_t x, int64_t y, int64_t width) -> uint64_t {
    return f(asSigned(x, width), asSigned(y, width));
  });
}
template <typename F> static Handler unsignedOp(F f) {
  return integerOp([f](int64_t x, int64_t y, int64_t width) -> uint64_t {
    return f(asUnsigned(x, width), asUnsigned(y, width));
  });
}

/// Refuses a divisor of zero, with its place.
static Handler division(Handler divide) {
  return [divide](Operation *op, Frame &frame) -> LogicalResult {
    auto extent = commonExtent(op, frame);
    if (failed(extent))
      return failure();
    Elements<int64_t> divisor(frame.get(op->getOperand(1)));
    for (int64_t i = 0; i < extent->count; ++i)
      if (divisor[i] == 0)
        return op->emitError("expects a divisor other than 0, but got 0")
               << (extent->isArray ? " at " : "") << placeText(*extent, i);
    return divide(op, frame);
  };
}

/// Refuses a shift by as many bits as the type has, or more.
static Handler shift(Handler apply) {
  return [apply](Operation *op, Frame &frame) -> LogicalResult {
    auto extent = commonExtent(op, frame);
    if (failed(extent))
      return failure();
    int64_t width = widthOf(op->getResult(0).getType());
    Elements<int64_t> amount(frame.get(op->getOperand(1)));
    for (int64_t i = 0; i < extent->count; ++i)
      if (asUnsigned(amount[i], width) >= uint64_t(width))
        return op->emitError("expects a shift by less than ")
               << width << " bits, but got " << amount[i];
    return apply(op, frame);
  };
}

// The quotient of the smallest number by -1 wraps, as its product would.
static uint64_t quotient(int64_t x, int64_t y) {
  return y == -1 ? -uint64_t(x) : uint64_t(x / y);
}
static int64_t remainder(int64_t x, int64_t y) { return y == -1 ? 0 : x % y; }
static uint64_t floorQuotient(int64_t x, int64_t y) {
  bool inexact = remainder(x, y) != 0;
  return quotient(x, y) - (inexact && (x < 0) != (y < 0));
}
static uint64_t ceilQuotient(int64_t x, int64_t y) {
  bool inexact = remainder(x, y) != 0;
  return quotient(x, y) + (inexact && (x < 0) == (y < 0));
}

static bool holds(arith::CmpIPredicate predicate, int64_t x, int64_t y,
                  int64_t width) {
  int64_t sx = asSigned(x, width), sy = asSigned(y, width);
  uint64_t ux = asUnsigned(x, width), uy = asUnsigned(y, width);
  using P = arith::CmpIPredicate;
  switch (predicate) {
  case P::eq:
    return x == y;
  case P::ne:
    return x != y;
  case P::slt:
    return sx < sy;
  case P::sle:
    return sx <= sy;
  case P::sgt:
    return sx > sy;
  case P::sge:
    return sx >= sy;
  case P::ult:
    return ux < uy;
  case P::ule:
    return ux <= uy;
  case P::ugt:
    return ux > uy;
  case P::uge:
    return ux >= uy;
  }
  llvm_unreachable("all predicates are handled");
}

static LogicalResult compare(Operation *op, Frame &frame) {
  auto extent = commonExtent(op, frame);
  if (failed(extent))
    return failure();
  auto predicate = cast<arith::CmpIOp>(op).getPredicate();
  int64_t width = widthOf(op->getOperand(0).getType());
  Elements<int64_t> x(frame.get(op->getOperand(0)));
  Elements<int64_t> y(frame.get(op->getOperand(1)));
  setMapped<int64_t>(op->getResult(0), frame, *extent, [&](int64_t i) {
    return holds(predicate, x[i], y[i], width);
  });
  return success();
}

static void addDivisions(HandlerTable &table) {
  using U = uint64_t;
  table.add("arith.divsi", division(signedOp(quotient)));
  table.add("arith.remsi", division(signedOp(remainder)));
  table.add("arith.floordivsi", division(signedOp(floorQuotient)));
  table.add("arith.ceildivsi", division(signedOp(ceilQuotient)));
  table.add("arith.divui",
            division(unsignedOp([](U x, U y) { return x / y; })));
  table.add("arith.remui",
            division(unsignedOp([](U x, U y) { return x % y; })));
  table.add("arith.ceildivui", division(unsignedOp([](U x, U y) {
              return x / y + (x % y != 0);
            })));
}

void addArithIntegers(HandlerTable &table) {
  using U = uint64_t;
  using I = int64_t;
  table.add("arith.addi", unsignedOp([](U x, U y) { return x + y; }));
  table.add("arith.subi", unsignedOp([](U x, U y) { return x - y; }));
  table.add("arith.muli", unsignedOp([](U x, U y) { return x * y; }));
  table.add("arith.andi", unsignedOp([](U x, U y) { return x & y; }));
  table.add("arith.ori", unsignedOp([](U x, U y) { return x | y; }));
  table.add("arith.xori", unsignedOp([](U x, U y) { return x ^ y; }));
  table.add("arith.shli", shift(unsignedOp([](U x, U y) { return x << y; })));
  table.add("arith.shrui", shift(unsignedOp([](U x, U y) { return x >> y; })));
  table.add("arith.shrsi", shift(signedOp([](I x, I y) { return x >> y; })));
  table.add("arith.maxsi", signedOp([](I x, I y) { return std::max(x, y); }));
  table.add("arith.minsi", signedOp([](I x, I y) { return std::min(x, y); }));
  table.add("arith.maxui", unsignedOp([](U x, U y) { return std::max(x, y); }));
  table.add("arith.minui", unsignedOp([](U x, U y) { return std::min(x, y); }));
  table.add("arith.cmpi", compare);
  addDivisions(table);
}

} // namespace attention
