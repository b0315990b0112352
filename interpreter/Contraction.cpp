#include "interpreter/Contraction.h"
#include "interpreter/MatrixProduct.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"

using namespace mlir;

namespace attention {

bool isPlainContraction(linalg::LinalgOp op, const Frame &frame) {
  if (!linalg::isaContractionOpInterface(op) || op->getNumOperands() != 3)
    return false;
  FailureOr<linalg::ContractionDimensions> dims =
      linalg::inferContractionDims(op);
  if (failed(dims) ||
      dims->batch.size() + dims->m.size() + dims->n.size() + dims->k.size() !=
          op.getNumLoops())
    return false;
  return llvm::all_of(op->getOperands(), [&](mlir::Value operand) {
    return frame.get(operand).isArray() && frame.get(operand).isFloat();
  });
}

using Loops = SmallVector<unsigned, 2>;

/// An operand's strides by loop: 0 for a loop that it does not run along.
static Shape stridesByLoop(linalg::LinalgOp op, OpOperand &operand,
                           const Array &array) {
  Shape strides(op.getNumLoops(), 0);
  AffineMap map = op.getMatchingIndexingMap(&operand);
  for (auto [expr, stride] :
       llvm::zip(map.getResults(), stridesOf(array.shape)))
    strides[cast<AffineDimExpr>(expr).getPosition()] = stride;
  return strides;
}

/// The order of dimensions in which an operand of a matrix product is laid out:
/// which loops, and the array's strides and sizes along them.
struct Layout {
  Shape sizes, strides;
  Layout(ArrayRef<Loops> groups, ArrayRef<int64_t> loopSizes,
         ArrayRef<int64_t> loopStrides) {
    for (const Loops &group : groups)
      for (unsigned loop : group) {
        sizes.push_back(loopSizes[loop]);
        strides.push_back(loopStrides[loop]);
      }
  }
};

static Array laidOut(const Array &source, const Layout &layout) {
  return rearranged(source, layout.sizes, [&](ArrayRef<int64_t> index) {
    return linearIndex(index, layout.strides);
  });
}

LogicalResult contract(linalg::LinalgOp op, ArrayRef<int64_t> sizes,
                       Frame &frame) {
  linalg::ContractionDimensions dims = *linalg::inferContractionDims(op);
  SmallVector<Layout> layouts;
  const SmallVector<Loops> groups[] = {{dims.batch, dims.m, dims.k},
                                       {dims.batch, dims.k, dims.n},
                                       {dims.batch, dims.m, dims.n}};
  for (OpOperand &operand : op->getOpOperands())
    layouts.emplace_back(
        groups[operand.getOperandNumber()], sizes,
        stridesByLoop(op, operand, frame.array(operand.get())));
  Array a = laidOut(frame.array(op->getOperand(0)), layouts[0]);
  Array b = laidOut(frame.array(op->getOperand(1)), layouts[1]);
  Array c = laidOut(frame.array(op->getOperand(2)), layouts[2]);
  auto product = [&](const Loops &loops) {
    int64_t count = 1;
    for (unsigned loop : loops)
      count *= sizes[loop];
    return count;
  };
  int64_t batch = product(dims.batch);
  ProductSizes each{product(dims.m), product(dims.k), product(dims.n)};
  for (int64_t i = 0; i < batch; ++i)
    addProduct(a.as<double>().data() + i * each.rows * each.inner,
               b.as<double>().data() + i * each.inner * each.columns,
               c.as<double>().data() + i * each.rows * each.columns, each,
               frame.interpreter.threads());
  Array result = frame.array(op->getOperand(2));
  placeInto(result, c, [&](ArrayRef<int64_t> index) {
    return linearIndex(index, layouts[2].strides);
  });
  frame.set(op->getResult(0), std::move(result));
  return success();
}

} // namespace attention
