/// Index arithmetic of `affine`: apply, min and max of a map.
#include "interpreter/Families.h"
#include "interpreter/Interpreter.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/IR/BuiltinAttributes.h"

using namespace mlir;

namespace attention {

/// The results of the op's map at its operands; fails on a division by zero.
static FailureOr<SmallVector<int64_t>> mapResults(Operation *op, AffineMap map,
                                                  const Frame &frame) {
  SmallVector<Attribute> operands, results;
  Builder builder(op->getContext());
  for (mlir::Value operand : op->getOperands())
    operands.push_back(builder.getIndexAttr(frame.integer(operand)));
  if (failed(map.constantFold(operands, results)))
    return op->emitError("expects divisors above 0 in ")
           << AffineMapAttr::get(map);
  SmallVector<int64_t> numbers;
  for (Attribute result : results)
    numbers.push_back(cast<IntegerAttr>(result).getInt());
  return numbers;
}

template <typename Op, typename F> static Handler mapOp(F choose) {
  return [choose](Operation *op, Frame &frame) -> LogicalResult {
    auto results = mapResults(op, cast<Op>(op).getMap(), frame);
    if (failed(results))
      return failure();
    frame.set(op->getResult(0), choose(*results));
    return success();
  };
}

void addAffine(HandlerTable &table) {
  using Numbers = SmallVector<int64_t>;
  table.add("affine.apply", mapOp<affine::AffineApplyOp>(
                                [](const Numbers &n) { return n[0]; }));
  table.add("affine.min", mapOp<affine::AffineMinOp>([](const Numbers &n) {
              return *std::min_element(n.begin(), n.end());
            }));
  table.add("affine.max", mapOp<affine::AffineMaxOp>([](const Numbers &n) {
              return *std::max_element(n.begin(), n.end());
            }));
}

} // namespace attention
