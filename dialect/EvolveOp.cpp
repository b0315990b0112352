#include "dialect/Attention.h"
#include "dialect/Clauses.h"

using namespace mlir;

namespace attention {

LogicalResult DampingAttr::verify(function_ref<InFlightDiagnostic()> error,
                                  APFloat log, APFloat linear, APFloat start) {
  for (const APFloat *number : {&log, &linear, &start})
    if (!number->isFinite())
      return error() << "expects a damping of finite numbers, but got "
                     << number->convertToDouble();
  if (start.isNegative() || (start.isZero() && !log.isZero()))
    return error() << "expects a damping by log to start above 0, but got "
                   << start.convertToDouble();
  return success();
}

ParseResult parseStep(OpAsmParser &parser, FloatAttr &step,
                      SmallVectorImpl<OpAsmParser::UnresolvedOperand> &values,
                      SmallVectorImpl<Type> &types) {
  OpAsmParser::UnresolvedOperand first;
  OptionalParseResult given = parser.parseOptionalOperand(first);
  if (!given.has_value()) {
    double number;
    if (parser.parseFloat(number))
      return failure();
    step = parser.getBuilder().getF64FloatAttr(number);
    return success();
  }
  if (failed(*given))
    return failure();
  values.push_back(first);
  if (succeeded(parser.parseOptionalComma()) &&
      parser.parseOperand(values.emplace_back()))
    return failure();
  return parser.parseColonTypeList(types);
}

void printStep(OpAsmPrinter &printer, Operation *, FloatAttr step,
               OperandRange values, TypeRange types) {
  if (step)
    printer.printAttributeWithoutType(step);
  else
    printer << values << " : " << types;
}

/// Whether the method moves points alone, without momenta.
static bool movesPointsAlone(Method method) {
  return method == Method::Euler || method == Method::Heun ||
         method == Method::Rk4;
}

LogicalResult EvolveOp::verify() {
  if (int64_t(getSteps()) < 1) // (C1)
    return emitOpError("expects 1 or more steps, but got ")
           << int64_t(getSteps());
  size_t values = getStepValues().size(), points = getPoints().size();
  if (points != 1 && points != 2)
    return emitOpError("expects points, and with them momenta, but got ")
           << points << " operands";
  if (getStep() ? values != 0 : values < 1 || values > points) // (C2)
    return emitOpError("expects a number as step or one value for each of ")
           << points << " operands, but got " << values << " values"
           << (getStep() ? " and a number" : "");
  size_t expected = movesPointsAlone(getMethod()) ? 1 : 2; // (C3)
  size_t rates = getForce().empty() ? 1 : 2;
  if (points != expected || rates != expected)
    return emitOpError("expects ")
           << stringifyMethod(getMethod()) << " to have "
           << (expected == 1 ? "points and a velocity"
                             : "points, momenta, a velocity and a force")
           << ", but got " << points << " operands and " << rates << " regions";
  if (getManifoldAttr() && expected != 1) // (C4)
    return emitOpError("expects a manifold without a force, but got ")
           << getManifoldAttr() << " with " << stringifyMethod(getMethod());
  for (Type type : getPoints().getTypes()) // (C6)
    if (cast<RankedTensorType>(type).getRank() == 0)
      return emitOpError("expects points of rank 1 or more, but got ") << type;
  if (getResultTypes() != getPoints().getTypes())
    return emitOpError("expects results of types ")
           << getPoints().getTypes() << ", but got " << getResultTypes();
  return success();
}

/// A region that gives the rate of an operand of type `rate`. (C5)
static LogicalResult verifyRate(EvolveOp op, Region &region, StringRef name,
                                Type rate) {
  SmallVector<Type> expected(op.getPoints().getTypes());
  expected.push_back(IndexType::get(op.getContext()));
  TypeRange taken = region.getArgumentTypes();
  bool fits = taken.size() == expected.size() + 1 &&
              taken.drop_back() == TypeRange(expected) &&
              (taken.back().isF32() || taken.back().isF64());
  if (!fits)
    return op.emitOpError("expects the region ")
           << name << " to take (" << expected
           << ", and an f32 or f64), but got (" << taken << ")";
  Operation *terminator = region.front().getTerminator();
  if (!isa<YieldOp>(terminator) ||
      terminator->getOperandTypes() != TypeRange(rate))
    return op.emitOpError("expects the region ")
           << name << " to yield one " << rate << ", but got ("
           << terminator->getOperandTypes() << ")";
  return success();
}

LogicalResult EvolveOp::verifyRegions() {
  if (failed(verifyRate(*this, getVelocity(), "velocity",
                        getPoints()[0].getType())))
    return failure();
  return getForce().empty()
             ? success()
             : verifyRate(*this, getForce(), "force", getPoints()[1].getType());
}

} // namespace attention
