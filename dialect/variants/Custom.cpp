#include "dialect/Attention.h"
#include "dialect/variants/CustomFold.h"
#include "dialect/variants/ScalarCode.h"
#include "dialect/variants/Sum.h"
#include "dialect/variants/Tiles.h"

#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

bool CustomAttr::accepts(Clause clause) const { return sumAccepts(clause); }
bool CustomAttr::scalesByHeadSize() const { return true; }

//===- the variant that is named ------------------------------------------===//

LogicalResult CustomAttr::verifySymbols(Operation *op,
                                        SymbolTableCollection &symbols,
                                        FloatType score) const {
  auto variant = symbols.lookupNearestSymbolFrom<VariantOp>(op, getName());
  if (!variant)
    return op->emitOpError("expects ")
           << getName() << " to be an attention.variant";
  if (variant.getScoreType() != score)
    return op->emitOpError("expects ")
           << getName() << " to lift a score of " << score
           << ", but it lifts one of " << variant.getScoreType();
  if (getState() && getState() != variant.getState())
    return op->emitOpError("expects ")
           << getName() << " to have the state " << getState()
           << ", but it has " << variant.getState();
  return success();
}

/// The variant around the code that is being built.
static VariantOp variantOf(OpBuilder &builder, CustomAttr attr) {
  return SymbolTable::lookupNearestSymbolFrom<VariantOp>(
      builder.getInsertionBlock()->getParentOp(), attr.getName());
}

/// Types that tiles have.
static bool hasTiles(Type type) {
  return type.isF16() || type.isBF16() || type.isF32() || type.isF64() ||
         type.isInteger(8) || type.isInteger(32) || type.isInteger(64) ||
         type.isIndex();
}

FailureOr<TiledVariantInterface> CustomAttr::resolve(Operation *op) const {
  auto variant = SymbolTable::lookupNearestSymbolFrom<VariantOp>(op, getName());
  for (Type type : variant.getState().getAsValueRange<TypeAttr>())
    if (!hasTiles(type))
      return op->emitOpError("expects ")
             << getName()
             << " to have a state of f16, bf16, f32, f64, i8, i32, i64 or "
                "index where it is compiled, but got "
             << type << " (the interpreter runs it)";
  for (Region &region : variant->getRegions())
    for (Operation &inner : region.front().without_terminator())
      if (!hasTileForm(inner))
        return op->emitOpError("expects ")
               << getName()
               << " to be of elementwise arith and math operations where it "
                  "is compiled, but got "
               << inner.getName() << " (the interpreter runs it)";
  return TiledVariantInterface(
      get(getContext(), getName(), variant.getState()));
}
bool CustomAttr::isResolved() const { return bool(getState()); }

//===- tiles --------------------------------------------------------------===//

SmallVector<Type> CustomAttr::partialTypes(const PartialShape &shape) const {
  SmallVector<Type> types;
  for (Type type : getState().getAsValueRange<TypeAttr>())
    types.push_back(VectorType::get({shape.rows}, type));
  types.push_back(VectorType::get({shape.rows}, shape.type));
  types.push_back(VectorType::get({shape.rows, shape.columns}, shape.type));
  return types;
}
SmallVector<Type> CustomAttr::carryTypes(const PartialShape &) const {
  return {};
}

State CustomAttr::emptyPartial(OpBuilder &b, Location loc,
                               const PartialShape &shape) const {
  VariantOp variant = variantOf(b, *this);
  ScalarCode code(b, loc, {shape.rows});
  State partial;
  for (Value scalar :
       variant.getIdentity().front().getTerminator()->getOperands())
    partial.push_back(code.tile(scalar));
  for (Type zeros : ArrayRef(partialTypes(shape)).take_back(2))
    partial.push_back(splat(b, loc, zeros, 0));
  return partial;
}
State CustomAttr::emptyCarry(OpBuilder &, Location,
                             const PartialShape &) const {
  return {};
}

State CustomAttr::visit(Visit &visit, ValueRange, ValueRange partial) const {
  VariantOp variant = variantOf(visit.builder, *this);
  RowRange before{partial.drop_back(2), partial.drop_back().back()};
  FoldedKeys folded = foldKeys(variant, visit, before);
  Value accumulator = partial.back();
  int64_t columns = cast<VectorType>(accumulator.getType()).getDimSize(1);
  Value scaled = arith::MulFOp::create(
      visit.builder, visit.loc, accumulator,
      alongRows(visit.builder, visit.loc, folded.factorBefore, columns));
  State result(folded.range.state);
  result.push_back(folded.range.seen);
  result.push_back(visit.accumulate(folded.weights, scaled));
  return result;
}
State CustomAttr::advance(Visit &, ValueRange) const { return {}; }

State CustomAttr::join(OpBuilder &b, Location loc, ValueRange first,
                       ValueRange second) const {
  JoinedRanges joined =
      composeRanges(variantOf(b, *this), b, loc,
                    {first.drop_back(2), first.drop_back().back()},
                    {second.drop_back(2), second.drop_back().back()});
  int64_t columns = cast<VectorType>(first.back().getType()).getDimSize(1);
  auto scaled = [&](Value accumulator, Value factor) -> Value {
    return arith::MulFOp::create(b, loc, accumulator,
                                 alongRows(b, loc, factor, columns));
  };
  State result(joined.range.state);
  result.push_back(joined.range.seen);
  result.push_back(
      arith::AddFOp::create(b, loc, scaled(first.back(), joined.firstFactor),
                            scaled(second.back(), joined.secondFactor)));
  return result;
}

ReadOut CustomAttr::finish(OpBuilder &b, Location loc, ValueRange partial,
                           Value) const {
  VariantOp variant = variantOf(b, *this);
  Value accumulator = partial.back(), seen = partial.drop_back().back();
  auto type = cast<VectorType>(accumulator.getType());
  Block &block = variant.getFinish().front();
  ScalarCode code(b, loc, {type.getDimSize(0)});
  code.bind(block.getArguments(), partial.drop_back(2));
  // What the identity makes of it need not be finite.
  Value factor =
      arith::SelectOp::create(b, loc, isSeen(b, loc, seen),
                              code.tile(block.getTerminator()->getOperand(0)),
                              splat(b, loc, seen.getType(), 0));
  Value output = arith::MulFOp::create(
      b, loc, accumulator, alongRows(b, loc, factor, type.getDimSize(1)));
  return {output, Value()};
}

} // namespace attention
