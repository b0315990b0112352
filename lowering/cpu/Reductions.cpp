#include "lowering/cpu/Reductions.h"

#include "lowering/cpu/TileMemory.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/IR/TypeUtilities.h"
#include <optional>

using namespace mlir;
using vector::CombiningKind;

namespace attention {

static std::optional<arith::AtomicRMWKind> scalarKind(CombiningKind kind,
                                                      Type element) {
  bool isFloat = isa<FloatType>(element);
  switch (kind) {
  case CombiningKind::ADD:
    return isFloat ? arith::AtomicRMWKind::addf : arith::AtomicRMWKind::addi;
  case CombiningKind::MUL:
    return isFloat ? arith::AtomicRMWKind::mulf : arith::AtomicRMWKind::muli;
  case CombiningKind::MAXIMUMF:
  case CombiningKind::MAXNUMF:
    return arith::AtomicRMWKind::maximumf;
  case CombiningKind::MINIMUMF:
  case CombiningKind::MINNUMF:
    return arith::AtomicRMWKind::minimumf;
  case CombiningKind::AND:
    return arith::AtomicRMWKind::andi;
  case CombiningKind::OR:
    return arith::AtomicRMWKind::ori;
  case CombiningKind::MAXSI:
    return arith::AtomicRMWKind::maxs;
  case CombiningKind::MINSI:
    return arith::AtomicRMWKind::mins;
  case CombiningKind::MAXUI:
    return arith::AtomicRMWKind::maxu;
  case CombiningKind::MINUI:
    return arith::AtomicRMWKind::minu;
  case CombiningKind::XOR:
    return std::nullopt;
  }
  return std::nullopt;
}

bool canReduce(CombiningKind kind, Type element) {
  std::optional<arith::AtomicRMWKind> scalar = scalarKind(kind, element);
  if (!scalar)
    return false;
  switch (*scalar) {
  case arith::AtomicRMWKind::addf:
  case arith::AtomicRMWKind::mulf:
  case arith::AtomicRMWKind::maximumf:
  case arith::AtomicRMWKind::minimumf:
    return isa<FloatType>(element);
  default:
    return isa<IntegerType>(element);
  }
}

Type reductionType(Type element) {
  bool isHalf = isa<FloatType>(element) && element.getIntOrFloatBitWidth() < 32;
  return isHalf ? Type(Float32Type::get(element.getContext())) : element;
}

Value neutralElement(ImplicitLocOpBuilder &b, CombiningKind kind, Type element,
                     int64_t lanes) {
  TypedAttr value = arith::getIdentityValueAttr(*scalarKind(kind, element),
                                                element, b, b.getLoc());
  if (lanes > 1)
    value = DenseElementsAttr::get(VectorType::get({lanes}, element),
                                   Attribute(value));
  return arith::ConstantOp::create(b, value);
}

Value combine(ImplicitLocOpBuilder &b, CombiningKind kind, Value gathered,
              Value value) {
  // One instruction each, as `vmaxps` and `vminps` have it: where either is
  // NaN, the second operand of the select remains.
  bool isMax =
      kind == CombiningKind::MAXIMUMF || kind == CombiningKind::MAXNUMF;
  bool isMin =
      kind == CombiningKind::MINIMUMF || kind == CombiningKind::MINNUMF;
  if (isMax || isMin) {
    Value first = arith::CmpFOp::create(
        b, isMax ? arith::CmpFPredicate::OGT : arith::CmpFPredicate::OLT, value,
        gathered);
    return arith::SelectOp::create(b, first, value, gathered);
  }
  return vector::makeArithReduction(b, b.getLoc(), kind, gathered, value);
}

Value reduceLanes(ImplicitLocOpBuilder &b, CombiningKind kind, Value vector) {
  if (!isa<VectorType>(vector.getType()))
    return vector;
  int64_t lanes = cast<VectorType>(vector.getType()).getDimSize(0);
  while (lanes > 1 && lanes % 2 == 0) {
    lanes /= 2;
    auto half = [&](int64_t from) -> Value {
      return vector::ExtractStridedSliceOp::create(
          b, vector, ArrayRef<int64_t>{from}, ArrayRef<int64_t>{lanes},
          ArrayRef<int64_t>{1});
    };
    vector = combine(b, kind, half(0), half(lanes));
  }
  Value result = vector::ExtractOp::create(b, vector, ArrayRef<int64_t>{0});
  for (int64_t lane = 1; lane < lanes; ++lane)
    result =
        combine(b, kind, result,
                vector::ExtractOp::create(b, vector, ArrayRef<int64_t>{lane}));
  return result;
}

Value withStart(ImplicitLocOpBuilder &b, vector::CombiningKind kind,
                Value start, Value reduced, Type element) {
  start = convertElement(b, start, getElementTypeOrSelf(reduced.getType()));
  Value result;
  // The start may be NaN, which these kinds leave out.
  if (kind == vector::CombiningKind::MAXNUMF)
    result = arith::MaxNumFOp::create(b, start, reduced);
  else if (kind == vector::CombiningKind::MINNUMF)
    result = arith::MinNumFOp::create(b, start, reduced);
  else
    result = combine(b, kind, start, reduced);
  return convertElement(b, result, element);
}

} // namespace attention
