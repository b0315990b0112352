#include "passes/Passes.h"
#include "passes/QueryTiles.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_TILEQUERIES
#include "passes/Passes.h.inc"

namespace {
struct TileQueries : impl::TileQueriesBase<TileQueries> {
  using TileQueriesBase::TileQueriesBase;
  void runOnOperation() override {
    SmallVector<FinishOp> ops;
    getOperation().walk([&](FinishOp op) {
      if (op.getInto().empty())
        ops.push_back(op);
    });
    for (FinishOp op : ops)
      if (failed(tile(op)))
        return signalPassFailure();
  }

  LogicalResult tile(FinishOp op) {
    FailureOr<EmptyPartialOp> empty = partialOrigin(op);
    if (failed(empty))
      return failure();
    OpBuilder builder(op);
    SmallVector<Value> outputs =
        emptyOutputs(builder, op, empty->getQuery(), bool(mergeBehind(op)));
    FailureOr<SmallVector<Value>> results = tileQueries(
        builder, op, queriesPerTile(*empty, rows, halfRows), outputs);
    if (failed(results))
      return failure();
    Value partial = op.getPartial();
    replaceFinish(op, *results);
    eraseIfDead(partial);
    return success();
  }
};
} // namespace

} // namespace attention
