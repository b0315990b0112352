#include "dialect/Attention.h"
#include "dialect/Form.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/DialectImplementation.h"
#include "mlir/Interfaces/FunctionInterfaces.h"
#include "mlir/Transforms/InliningUtils.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

namespace {
/// Functions that use the dialect may be inlined into each other, as states
/// demand: they do not cross the border of compiled code.
struct AttentionInliner : DialectInlinerInterface {
  using DialectInlinerInterface::DialectInlinerInterface;
  bool isLegalToInline(Operation *, Region *, bool,
                       IRMapping &) const override {
    return true;
  }
  bool isLegalToInline(Region *, Region *, bool, IRMapping &) const override {
    return true;
  }
};
} // namespace

void AttentionDialect::initialize() {
  addInterfaces<AttentionInliner>();
  registerAttributes();
  registerTypes();
  addOperations<
#define GET_OP_LIST
#include "dialect/AttentionOps.cpp.inc"
      >();
}

void AttentionDialect::registerAttributes() {
  addAttributes<
#define GET_ATTRDEF_LIST
#include "dialect/AttentionAttrs.cpp.inc"
      >();
}

void AttentionDialect::registerTypes() {
  addTypes<
#define GET_TYPEDEF_LIST
#include "dialect/AttentionTypes.cpp.inc"
      >();
}

/// Checks `attention.name`, `.weight` and `.tokens` on a value of type `type`.
static LogicalResult verifyValueAttribute(Operation *op, Type type,
                                          NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (name == nameAttr || name == weightAttr) {
    auto text = dyn_cast<StringAttr>(attribute.getValue());
    if (!text || text.empty())
      return op->emitOpError("expects ")
             << name << " to be a text, but got " << attribute.getValue();
    return success();
  }
  if (name == resultAttr || name == workspaceAttr || name == invocationAttr ||
      name == preparedAttr || name == stateAttr || name == pastAttr ||
      name == reachAttr)
    return success();
  if (name != tokensAttr)
    return op->emitOpError("expects attention.name, attention.weight or "
                           "attention.tokens, but got ")
           << name;
  auto axis = dyn_cast<IntegerAttr>(attribute.getValue());
  auto tensor = dyn_cast<ShapedType>(type);
  if (!axis || !tensor || axis.getInt() < 0 ||
      axis.getInt() >= tensor.getRank())
    return op->emitOpError("expects attention.tokens to be an axis of ")
           << type << ", but got " << attribute.getValue();
  return success();
}

static LogicalResult verifyForm(Operation *op, Attribute form) {
  auto name = dyn_cast<StringAttr>(form);
  if (name && formNamed(name))
    return success();
  return op->emitOpError("expects ")
         << formAttr << " to be one of " << llvm::join(formNames(), ", ")
         << ", but got " << form;
}

LogicalResult
AttentionDialect::verifyOperationAttribute(Operation *op,
                                           NamedAttribute attribute) {
  StringRef name = attribute.getName();
  if (isa<FunctionOpInterface>(op) &&
      (name == resultSizesAttr || name == workspaceSizeAttr ||
       name == scratchBytesAttr || name == preparationAttr ||
       name == preparesAttr || name == stepAttr || name == isStepAttr ||
       name == fingerprintAttr || name == noStepAttr))
    return success();
  if (isa<ModuleOp>(op) && name == kernelsAttr)
    return success();
  if (isa<scf::IfOp>(op) && name == rareElseAttr)
    return success();
  if (isa<AttendOp, ContinueOp>(op) && name == formAttr)
    return verifyForm(op, attribute.getValue());
  return op->emitOpError("does not accept the attribute ") << name;
}

/// Names tell arguments apart, and results: `nameOf(i)` is the name of the
/// i-th.
static LogicalResult verifyDistinct(Operation *op, unsigned number,
                                    NamedAttribute attribute,
                                    function_ref<Attribute(unsigned)> nameOf) {
  if (attribute.getName() != nameAttr)
    return success();
  for (unsigned other = 0; other < number; ++other)
    if (nameOf(other) == attribute.getValue())
      return op->emitOpError("expects names that differ, but got ")
             << attribute.getValue() << " twice";
  return success();
}

LogicalResult AttentionDialect::verifyRegionArgAttribute(Operation *op,
                                                         unsigned region,
                                                         unsigned argument,
                                                         NamedAttribute attr) {
  // Lowering turns results into arguments, which keep names of their own.
  if (auto function = dyn_cast<FunctionOpInterface>(op)) {
    auto isResult = [&](unsigned index) {
      return bool(function.getArgAttr(index, resultAttr));
    };
    if (failed(verifyDistinct(op, argument, attr, [&](unsigned other) {
          return isResult(other) == isResult(argument)
                     ? function.getArgAttr(other, nameAttr)
                     : Attribute();
        })))
      return failure();
  }
  return verifyValueAttribute(
      op, op->getRegion(region).getArgument(argument).getType(), attr);
}

LogicalResult AttentionDialect::verifyRegionResultAttribute(
    Operation *op, unsigned, unsigned result, NamedAttribute attr) {
  auto function = dyn_cast<FunctionOpInterface>(op);
  Type type = function ? function.getResultTypes()[result] : Type();
  if (function && failed(verifyDistinct(op, result, attr, [&](unsigned other) {
        return function.getResultAttr(other, nameAttr);
      })))
    return failure();
  return verifyValueAttribute(op, type, attr);
}

FloatType scoreType(Type element) {
  return element.isF64() ? FloatType(Float64Type::get(element.getContext()))
                         : FloatType(Float32Type::get(element.getContext()));
}

/// Tiles have a multiple of so many columns on every target.
static constexpr int64_t granule = 16;

PartialShape partialShape(PartialType type) {
  RankedTensorType output = type.getOutput();
  return {output.getDimSize(0), /*features=*/0,
          int64_t(llvm::alignTo(output.getDimSize(1), granule)),
          scoreType(output.getElementType())};
}

PartialShape carryShape(CarryType type) {
  RankedTensorType shape = type.getShape();
  return {/*rows=*/0, int64_t(llvm::alignTo(shape.getDimSize(2), granule)),
          int64_t(llvm::alignTo(shape.getDimSize(3), granule)),
          scoreType(shape.getElementType())};
}

RankedTensorType attendedType(RankedTensorType query, RankedTensorType key,
                              RankedTensorType value) {
  int64_t heads = 0;
  for (RankedTensorType type : {query, key, value}) {
    if (type.isDynamicDim(1)) {
      heads = ShapedType::kDynamic;
      break;
    }
    heads = std::max(heads, type.getDimSize(1));
  }
  int64_t batch = query.getDimSize(0);
  for (RankedTensorType type : {key, value})
    if (ShapedType::isDynamic(batch))
      batch = type.getDimSize(0);
  return RankedTensorType::get(
      {batch, heads, query.getDimSize(2), value.getDimSize(3)},
      query.getElementType());
}

} // namespace attention

#include "dialect/AttentionDialect.cpp.inc"
#include "dialect/AttentionEnums.cpp.inc"
#include "dialect/MaskInterface.cpp.inc"
#include "dialect/VariantInterface.cpp.inc"

#define GET_ATTRDEF_CLASSES
#include "dialect/AttentionAttrs.cpp.inc"

#define GET_TYPEDEF_CLASSES
#include "dialect/AttentionTypes.cpp.inc"
