/// The numbers that attributes hold.
#include "interpreter/Interpreter.h"
#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"

using namespace mlir;

namespace attention {

static Datum scalarConstant(const APInt &value) {
  return value.getBitWidth() == 1 ? int64_t(value.getZExtValue())
                                  : value.getSExtValue();
}

/// Rounds nothing: every type that models use is a subset of double.
static double toDouble(const APFloat &value) {
  APFloat wide = value;
  bool inexact;
  wide.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
  return wide.convertToDouble();
}

static std::optional<Datum> elementsConstant(ElementsAttr elements) {
  Array array = Array::zeros(elements.getShapedType().getShape(),
                             elements.getElementType());
  int64_t i = 0;
  if (auto reals = elements.tryGetValues<APFloat>()) {
    for (APFloat value : *reals)
      array.as<double>()[i++] = toDouble(value);
    return array;
  }
  if (auto integers = elements.tryGetValues<APInt>()) {
    for (APInt value : *integers)
      array.as<int64_t>()[i++] = scalarConstant(value).integer();
    return array;
  }
  return std::nullopt;
}

/// Numbers kept beside the text, as `dense_resource` holds them.
static std::optional<Datum> resourceConstant(DenseResourceElementsAttr value) {
  AsmResourceBlob *blob = value.getRawHandle().getBlob();
  ShapedType type = value.getType();
  bool splat = false;
  if (!blob ||
      !DenseElementsAttr::isValidRawBuffer(type, blob->getData(), splat))
    return std::nullopt;
  return elementsConstant(
      DenseElementsAttr::getFromRawBuffer(type, blob->getData()));
}

std::optional<Datum> constantDatum(Attribute value) {
  if (auto real = dyn_cast<FloatAttr>(value))
    return Datum(toDouble(real.getValue()));
  if (auto integer = dyn_cast<IntegerAttr>(value))
    return scalarConstant(integer.getValue());
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value))
    return resourceConstant(resource);
  if (auto elements = dyn_cast<ElementsAttr>(value))
    return elementsConstant(elements);
  return std::nullopt;
}

} // namespace attention
