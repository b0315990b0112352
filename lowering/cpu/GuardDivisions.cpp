#include "lowering/cpu/Passes.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/Matchers.h"
#include "mlir/IR/TypeUtilities.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_GUARDDIVISIONS
#include "lowering/cpu/Passes.h.inc"

static bool isSigned(Operation *op) {
  return isa<arith::DivSIOp, arith::RemSIOp, arith::CeilDivSIOp,
             arith::FloorDivSIOp>(op);
}

static bool isDivision(Operation *op) {
  return isSigned(op) ||
         isa<arith::DivUIOp, arith::RemUIOp, arith::CeilDivUIOp>(op);
}

/// Whether a number comes out of a tensor. Counts and steps of loops do not,
/// and are never 0 where something is divided by them.
static bool isData(Value value) {
  if (isa<VectorType>(value.getType()))
    return true;
  Operation *op = value.getDefiningOp();
  if (!op)
    return false;
  if (isa<memref::LoadOp, vector::ExtractOp>(op))
    return true;
  return isa<arith::ArithDialect>(op->getDialect()) &&
         llvm::any_of(op->getOperands(), isData);
}

static Value constant(OpBuilder &b, Location loc, Type type,
                      const APInt &number) {
  TypedAttr attr = b.getIntegerAttr(getElementTypeOrSelf(type), number);
  if (auto vector = dyn_cast<VectorType>(type))
    attr = DenseElementsAttr::get(vector, attr);
  return arith::ConstantOp::create(b, loc, attr);
}

static Value isEqual(OpBuilder &b, Location loc, Value value,
                     const APInt &number) {
  return arith::CmpIOp::create(b, loc, arith::CmpIPredicate::eq, value,
                               constant(b, loc, value.getType(), number));
}

static void guard(Operation *op) {
  OpBuilder b(op);
  Location loc = op->getLoc();
  Value dividend = op->getOperand(0), divisor = op->getOperand(1);
  Type element = getElementTypeOrSelf(divisor);
  unsigned bits = element.isIndex() ? 64 : element.getIntOrFloatBitWidth();
  Value isBad = isEqual(b, loc, divisor, APInt::getZero(bits));
  if (isSigned(op)) {
    Value overflows = arith::AndIOp::create(
        b, loc, isEqual(b, loc, divisor, APInt::getAllOnes(bits)),
        isEqual(b, loc, dividend, APInt::getSignedMinValue(bits)));
    isBad = arith::OrIOp::create(b, loc, isBad, overflows);
  }
  Value one = constant(b, loc, divisor.getType(), APInt(bits, 1));
  op->setOperand(1, arith::SelectOp::create(b, loc, isBad, one, divisor));
}

namespace {
struct GuardDivisions : impl::GuardDivisionsBase<GuardDivisions> {
  void runOnOperation() override {
    getOperation().walk([](Operation *op) {
      APInt number;
      if (isDivision(op) && isData(op->getOperand(1)) &&
          !(matchPattern(op->getOperand(1), m_ConstantInt(&number)) &&
            !number.isZero() && !number.isAllOnes()))
        guard(op);
    });
  }
};
} // namespace

} // namespace attention
