/// Every structured op of `linalg`, by its definition: the region is run at
/// each point of the iteration space. Contractions of floats take a shortcut of
/// the same meaning.
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "interpreter/Contraction.h"
#include "interpreter/Families.h"
#include "interpreter/Interpreter.h"

using namespace mlir;

namespace attention {

/// The sizes of the loops, from the operands' dimensions that are plain loop
/// variables; fails when two operands disagree.
static FailureOr<Shape> loopSizes(linalg::LinalgOp op, const Frame &frame) {
  Shape sizes(op.getNumLoops(), -1);
  for (OpOperand &operand : op->getOpOperands()) {
    const Datum &datum = frame.get(operand.get());
    if (!datum.isArray())
      continue;
    AffineMap map = op.getMatchingIndexingMap(&operand);
    for (auto [expr, size] : llvm::zip(map.getResults(), datum.array().shape)) {
      auto loop = dyn_cast<AffineDimExpr>(expr);
      if (!loop)
        continue;
      int64_t &known = sizes[loop.getPosition()];
      if (known >= 0 && known != size)
        return op->emitError("expects operands that agree in size, but got ")
               << known << " and " << size << " for dimension "
               << loop.getPosition();
      known = size;
    }
  }
  for (auto [loop, size] : llvm::enumerate(sizes))
    if (size < 0)
      return op->emitError("expects an operand that gives the size of "
                           "dimension ")
             << loop << ", but got none";
  return sizes;
}

/// Where a point of the iteration space stands in one operand.
class Access {
public:
  Access(AffineMap map, ArrayRef<int64_t> shape)
      : map(map), shape(shape), strides(stridesOf(shape)) {}

  /// Null when the point lies outside of the operand.
  std::optional<int64_t> at(ArrayRef<int64_t> point) const {
    int64_t linear = 0;
    SmallVector<int64_t, 4> index = map.compose(point);
    for (auto [i, size, stride] : llvm::zip(index, shape, strides)) {
      if (i < 0 || i >= size)
        return std::nullopt;
      linear += i * stride;
    }
    return linear;
  }

private:
  AffineMap map;
  Shape shape, strides;
};

namespace {
/// One run of one structured op.
class StructuredRun {
public:
  StructuredRun(linalg::LinalgOp op, Frame &frame) : op(op), frame(frame) {
    for (OpOperand &operand : op->getOpOperands()) {
      const Datum &datum = frame.get(operand.get());
      inputs.push_back(datum);
      accesses.emplace_back(op.getMatchingIndexingMap(&operand),
                            datum.isArray()
                                ? ArrayRef<int64_t>(datum.array().shape)
                                : ArrayRef<int64_t>());
    }
    for (OpOperand &init : op.getDpsInitsMutable())
      outputs.push_back(frame.array(init.get()));
    firstOutput = inputs.size() - outputs.size();
  }

  LogicalResult all(ArrayRef<int64_t> sizes) {
    ArrayRef<int64_t> around = frame.iteration;
    LogicalResult outcome = success();
    forEachIndex(sizes, [&](ArrayRef<int64_t> point) {
      frame.iteration = point;
      if (succeeded(outcome))
        outcome = one(point);
    });
    frame.iteration = around;
    if (failed(outcome))
      return failure();
    for (auto [result, output] : llvm::zip(op->getResults(), outputs))
      frame.set(result, std::move(output));
    return success();
  }

private:
  LogicalResult one(ArrayRef<int64_t> point) {
    SmallVector<Datum> arguments, yielded;
    SmallVector<int64_t> places;
    for (size_t i = 0; i < inputs.size(); ++i) {
      std::optional<int64_t> at = accesses[i].at(point);
      if (!at)
        return op->emitError("expects operand ")
               << i << " to hold an element for iteration " << shapeText(point)
               << ", but got sizes " << shapeText(inputs[i].array().shape);
      places.push_back(*at);
      arguments.push_back(argument(i, *at));
    }
    if (failed(frame.run(op->getRegion(0), arguments, yielded)))
      return failure();
    for (size_t o = 0; o < outputs.size(); ++o)
      setElement(outputs[o], places[firstOutput + o], yielded[o]);
    return success();
  }

  Datum argument(size_t i, int64_t place) const {
    if (i >= firstOutput)
      return elementAt(outputs[i - firstOutput], place);
    return inputs[i].isArray() ? elementAt(inputs[i].array(), place)
                               : inputs[i];
  }

  linalg::LinalgOp op;
  Frame &frame;
  SmallVector<Datum> inputs;
  SmallVector<Access> accesses;
  SmallVector<Array> outputs;
  size_t firstOutput;
};
} // namespace

static LogicalResult structured(Operation *op, Frame &frame) {
  auto linalgOp = cast<linalg::LinalgOp>(op);
  if (!linalgOp.hasPureTensorSemantics())
    return op->emitError("expects tensors to interpret, but got buffers");
  auto sizes = loopSizes(linalgOp, frame);
  if (failed(sizes))
    return failure();
  if (isPlainContraction(linalgOp, frame))
    return contract(linalgOp, *sizes, frame);
  return StructuredRun(linalgOp, frame).all(*sizes);
}

static LogicalResult index(Operation *op, Frame &frame) {
  auto index = cast<linalg::IndexOp>(op);
  frame.set(index.getResult(), frame.iteration[index.getDim()]);
  return success();
}

void addLinalg(HandlerTable &table) {
  for (RegisteredOperationName name :
       table.getContext()->getRegisteredOperations())
    if (name.hasInterface<linalg::LinalgOp>())
      table.add(name.getStringRef(), structured);
  table.add("linalg.index", index);
}

} // namespace attention
