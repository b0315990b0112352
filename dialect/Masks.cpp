#include "dialect/Attention.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"

using namespace mlir;

namespace attention {

/// No two positions are further apart. Bounds beyond it mean the same, and
/// positions plus bounds do not overflow.
static constexpr int64_t farthest = int64_t(1) << 40;
static int64_t bounded(int64_t distance) {
  return std::clamp(distance, -farthest, farthest);
}

/// Index arithmetic on scalars or vectors of positions.
namespace {
struct Positions {
  OpBuilder &builder;
  Location loc;

  /// `value` in the type of `like`.
  Value constant(int64_t value, Value like) {
    Attribute number = builder.getIndexAttr(value);
    if (auto vector = dyn_cast<VectorType>(like.getType()))
      return arith::ConstantOp::create(builder, loc,
                                       DenseElementsAttr::get(vector, number));
    return arith::ConstantOp::create(builder, loc, cast<TypedAttr>(number));
  }
  Value add(Value a, int64_t b) {
    return arith::AddIOp::create(builder, loc, a, constant(b, a));
  }
  Value sub(Value a, Value b) {
    return arith::SubIOp::create(builder, loc, a, b);
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return arith::CmpIOp::create(builder, loc, predicate, a, b);
  }
  Value atMost(Value a, Value b) {
    return compare(arith::CmpIPredicate::sle, a, b);
  }
  Value less(Value a, Value b) {
    return compare(arith::CmpIPredicate::slt, a, b);
  }
  Value both(Value a, Value b) {
    return arith::AndIOp::create(builder, loc, a, b);
  }
  Value either(Value a, Value b) {
    return arith::OrIOp::create(builder, loc, a, b);
  }
  Value truth(bool value) {
    return arith::ConstantIntOp::create(builder, loc, value, 1);
  }
  Value negate(Value a) {
    Attribute one = builder.getBoolAttr(true);
    if (auto vector = dyn_cast<VectorType>(a.getType()))
      one = DenseElementsAttr::get(vector, true);
    return arith::XOrIOp::create(
        builder, loc, a,
        arith::ConstantOp::create(builder, loc, cast<TypedAttr>(one)));
  }
};
} // namespace

//===- causal: key <= query -----------------------------------------------===//

Value CausalMaskAttr::sees(OpBuilder &b, Location loc, Value query,
                           Value key) const {
  return Positions{b, loc}.atMost(key, query);
}
Value CausalMaskAttr::some(OpBuilder &b, Location loc,
                           const TileSpan &tile) const {
  return Positions{b, loc}.atMost(tile.firstKey, tile.lastQuery);
}
Value CausalMaskAttr::all(OpBuilder &b, Location loc,
                          const TileSpan &tile) const {
  return Positions{b, loc}.atMost(tile.lastKey, tile.firstQuery);
}
KeyRange CausalMaskAttr::range(OpBuilder &b, Location loc, Value,
                               Value last) const {
  return {Value(), Positions{b, loc}.add(last, 1)};
}

bool CausalMaskAttr::hidesFuture() const { return true; }
bool CausalMaskAttr::showsPast() const { return true; }

//===- window: query - key < width ----------------------------------------===//

LogicalResult WindowMaskAttr::verify(function_ref<InFlightDiagnostic()> error,
                                     int64_t width) {
  return width > 0
             ? success()
             : error() << "expects a window of 1 or more, but got " << width;
}
Value WindowMaskAttr::sees(OpBuilder &b, Location loc, Value query,
                           Value key) const {
  Positions p{b, loc};
  Value distance = p.sub(query, key);
  return p.less(distance, p.constant(getWidth(), distance));
}
Value WindowMaskAttr::some(OpBuilder &b, Location loc,
                           const TileSpan &tile) const {
  return sees(b, loc, tile.firstQuery, tile.lastKey);
}
Value WindowMaskAttr::all(OpBuilder &b, Location loc,
                          const TileSpan &tile) const {
  return sees(b, loc, tile.lastQuery, tile.firstKey);
}
KeyRange WindowMaskAttr::range(OpBuilder &b, Location loc, Value first,
                               Value) const {
  return {Positions{b, loc}.add(first, 1 - bounded(getWidth())), Value()};
}

std::optional<int64_t> WindowMaskAttr::reach() const {
  return bounded(getWidth());
}

//===- band: -right <= query - key <= left --------------------------------===//

LogicalResult BandMaskAttr::verify(function_ref<InFlightDiagnostic()> error,
                                   int64_t left, int64_t right) {
  if (bounded(left) + bounded(right) < 0)
    return error() << "expects a band that is not empty, but got left " << left
                   << " and right " << right;
  return success();
}
Value BandMaskAttr::sees(OpBuilder &b, Location loc, Value query,
                         Value key) const {
  Positions p{b, loc};
  Value distance = p.sub(query, key);
  return p.both(p.atMost(distance, p.constant(getLeft(), distance)),
                p.atMost(p.constant(-bounded(getRight()), distance), distance));
}
Value BandMaskAttr::some(OpBuilder &b, Location loc,
                         const TileSpan &tile) const {
  Positions p{b, loc};
  return p.both(p.atMost(p.sub(tile.firstQuery, tile.lastKey),
                         p.constant(getLeft(), tile.lastKey)),
                p.atMost(p.constant(-bounded(getRight()), tile.lastKey),
                         p.sub(tile.lastQuery, tile.firstKey)));
}
Value BandMaskAttr::all(OpBuilder &b, Location loc,
                        const TileSpan &tile) const {
  Positions p{b, loc};
  return p.both(p.atMost(p.sub(tile.lastQuery, tile.firstKey),
                         p.constant(getLeft(), tile.lastKey)),
                p.atMost(p.constant(-bounded(getRight()), tile.lastKey),
                         p.sub(tile.firstQuery, tile.lastKey)));
}
KeyRange BandMaskAttr::range(OpBuilder &b, Location loc, Value first,
                             Value last) const {
  Positions p{b, loc};
  return {p.add(first, -bounded(getLeft())),
          p.add(last, bounded(getRight()) + 1)};
}

bool BandMaskAttr::hidesFuture() const { return getRight() <= 0; }
std::optional<int64_t> BandMaskAttr::reach() const {
  return std::max<int64_t>(bounded(getLeft()) + 1, 0);
}

//===- prefix: key < length -----------------------------------------------===//

LogicalResult PrefixMaskAttr::verify(function_ref<InFlightDiagnostic()> error,
                                     int64_t length) {
  return length >= 0
             ? success()
             : error() << "expects a prefix of 0 or more, but got " << length;
}
Value PrefixMaskAttr::sees(OpBuilder &b, Location loc, Value, Value key) const {
  Positions p{b, loc};
  return p.less(key, p.constant(getLength(), key));
}
Value PrefixMaskAttr::some(OpBuilder &b, Location loc,
                           const TileSpan &tile) const {
  return sees(b, loc, tile.firstQuery, tile.firstKey);
}
Value PrefixMaskAttr::all(OpBuilder &b, Location loc,
                          const TileSpan &tile) const {
  return sees(b, loc, tile.firstQuery, tile.lastKey);
}
KeyRange PrefixMaskAttr::range(OpBuilder &b, Location loc, Value first,
                               Value) const {
  return {Value(), Positions{b, loc}.constant(getLength(), first)};
}

//===- dilated: (query - key) mod stride = 0 ------------------------------===//

LogicalResult DilatedMaskAttr::verify(function_ref<InFlightDiagnostic()> error,
                                      int64_t stride) {
  return stride > 0
             ? success()
             : error() << "expects a stride of 1 or more, but got " << stride;
}
Value DilatedMaskAttr::sees(OpBuilder &b, Location loc, Value query,
                            Value key) const {
  Positions p{b, loc};
  Value distance =
      p.sub(query, key); // The remainder is 0 or not, whatever its sign.
  Value rest = arith::RemSIOp::create(b, loc, distance,
                                      p.constant(getStride(), distance));
  return p.compare(arith::CmpIPredicate::eq, rest, p.constant(0, rest));
}
Value DilatedMaskAttr::some(OpBuilder &b, Location loc,
                            const TileSpan &) const {
  return Positions{b, loc}.truth(true);
}
Value DilatedMaskAttr::all(OpBuilder &b, Location loc, const TileSpan &) const {
  return Positions{b, loc}.truth(getStride() == 1);
}
KeyRange DilatedMaskAttr::range(OpBuilder &, Location, Value, Value) const {
  return {};
}

//===- all, any, not ------------------------------------------------------===//

static LogicalResult verifyNotEmpty(function_ref<InFlightDiagnostic()> error,
                                    ArrayRef<MaskInterface> masks) {
  return masks.empty() ? error() << "expects at least one mask" : success();
}

/// `op` over what `answer` says of each mask.
template <typename Op>
static Value reduce(OpBuilder &b, Location loc, ArrayRef<MaskInterface> masks,
                    function_ref<Value(MaskInterface)> answer) {
  Value result = answer(masks.front());
  for (MaskInterface mask : masks.drop_front())
    result = Op::create(b, loc, result, answer(mask));
  return result;
}

LogicalResult AllMaskAttr::verify(function_ref<InFlightDiagnostic()> error,
                                  ArrayRef<MaskInterface> masks) {
  return verifyNotEmpty(error, masks);
}
static bool hides(MaskInterface mask) { return mask.hidesFuture(); }
static bool shows(MaskInterface mask) { return mask.showsPast(); }
bool AllMaskAttr::hidesFuture() const {
  return llvm::any_of(getMasks(), hides);
}
bool AllMaskAttr::showsPast() const { return llvm::all_of(getMasks(), shows); }
std::optional<int64_t> AllMaskAttr::reach() const {
  std::optional<int64_t> least;
  for (MaskInterface mask : getMasks())
    if (std::optional<int64_t> reach = mask.reach())
      least = std::min(*reach, least.value_or(*reach));
  return least;
}
Value AllMaskAttr::sees(OpBuilder &b, Location loc, Value query,
                        Value key) const {
  return reduce<arith::AndIOp>(b, loc, getMasks(), [&](MaskInterface m) {
    return m.sees(b, loc, query, key);
  });
}
Value AllMaskAttr::some(OpBuilder &b, Location loc,
                        const TileSpan &tile) const {
  return reduce<arith::AndIOp>(b, loc, getMasks(), [&](MaskInterface m) {
    return m.some(b, loc, tile);
  });
}
Value AllMaskAttr::all(OpBuilder &b, Location loc, const TileSpan &tile) const {
  return reduce<arith::AndIOp>(
      b, loc, getMasks(), [&](MaskInterface m) { return m.all(b, loc, tile); });
}
KeyRange AllMaskAttr::range(OpBuilder &b, Location loc, Value first,
                            Value last) const {
  KeyRange result;
  for (MaskInterface mask : getMasks()) {
    KeyRange range = mask.range(b, loc, first, last);
    if (range.begin)
      result.begin =
          result.begin
              ? Value(arith::MaxSIOp::create(b, loc, result.begin, range.begin))
              : range.begin;
    if (range.end)
      result.end =
          result.end
              ? Value(arith::MinSIOp::create(b, loc, result.end, range.end))
              : range.end;
  }
  return result;
}

LogicalResult AnyMaskAttr::verify(function_ref<InFlightDiagnostic()> error,
                                  ArrayRef<MaskInterface> masks) {
  return verifyNotEmpty(error, masks);
}
bool AnyMaskAttr::hidesFuture() const {
  return llvm::all_of(getMasks(), hides);
}
bool AnyMaskAttr::showsPast() const { return llvm::any_of(getMasks(), shows); }
std::optional<int64_t> AnyMaskAttr::reach() const {
  int64_t most = 0;
  for (MaskInterface mask : getMasks()) {
    std::optional<int64_t> reach = mask.reach();
    if (!reach)
      return std::nullopt;
    most = std::max(most, *reach);
  }
  return most;
}
Value AnyMaskAttr::sees(OpBuilder &b, Location loc, Value query,
                        Value key) const {
  return reduce<arith::OrIOp>(b, loc, getMasks(), [&](MaskInterface m) {
    return m.sees(b, loc, query, key);
  });
}
Value AnyMaskAttr::some(OpBuilder &b, Location loc,
                        const TileSpan &tile) const {
  return reduce<arith::OrIOp>(b, loc, getMasks(), [&](MaskInterface m) {
    return m.some(b, loc, tile);
  });
}
Value AnyMaskAttr::all(OpBuilder &b, Location loc, const TileSpan &tile) const {
  return reduce<arith::OrIOp>(
      b, loc, getMasks(), [&](MaskInterface m) { return m.all(b, loc, tile); });
}
KeyRange AnyMaskAttr::range(OpBuilder &b, Location loc, Value first,
                            Value last) const {
  KeyRange result = getMasks().front().range(b, loc, first, last);
  for (MaskInterface mask : getMasks().drop_front()) {
    KeyRange range = mask.range(b, loc, first, last);
    result.begin =
        result.begin && range.begin
            ? Value(arith::MinSIOp::create(b, loc, result.begin, range.begin))
            : Value();
    result.end =
        result.end && range.end
            ? Value(arith::MaxSIOp::create(b, loc, result.end, range.end))
            : Value();
  }
  return result;
}

Value NotMaskAttr::sees(OpBuilder &b, Location loc, Value query,
                        Value key) const {
  return Positions{b, loc}.negate(getMask().sees(b, loc, query, key));
}
Value NotMaskAttr::some(OpBuilder &b, Location loc,
                        const TileSpan &tile) const {
  return Positions{b, loc}.negate(getMask().all(b, loc, tile));
}
Value NotMaskAttr::all(OpBuilder &b, Location loc, const TileSpan &tile) const {
  return Positions{b, loc}.negate(getMask().some(b, loc, tile));
}
KeyRange NotMaskAttr::range(OpBuilder &, Location, Value, Value) const {
  return {};
}

} // namespace attention
