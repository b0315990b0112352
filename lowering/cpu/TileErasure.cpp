#include "lowering/cpu/TileErasure.h"

#include "lowering/Tiles.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention {

TileErasure::TileErasure(func::FuncOp function) {
  function.walk([&](Operation *op) {
    if (llvm::none_of(op->getOperands(), isTile) &&
        llvm::none_of(op->getResults(), isTile))
      return;
    if (isa<scf::ForOp, scf::IfOp>(op))
      control.push_back(op);
    else if (!isa<scf::YieldOp>(op))
      ops.push_back(op);
  });
}

/// The values that are not tiles, nor were: tiles of inner ops are null by now.
static SmallVector<Value> withoutTiles(ValueRange values) {
  SmallVector<Value> scalars;
  for (Value value : values)
    if (value && !isTile(value))
      scalars.push_back(value);
  return scalars;
}

/// Gives the scalar results of `op` to those of `replacement`.
static void replaceResults(Operation *op, Operation *replacement) {
  unsigned next = 0;
  for (Value result : op->getResults())
    if (isTile(result))
      result.dropAllUses();
    else
      result.replaceAllUsesWith(replacement->getResult(next++));
  op->erase();
}

static void dropTilesOfYield(Block *block) {
  Operation *yield = block->getTerminator();
  yield->setOperands(withoutTiles(yield->getOperands()));
}

static void dropTiles(scf::ForOp op) {
  OpBuilder b(op);
  dropTilesOfYield(op.getBody());
  auto loop =
      scf::ForOp::create(b, op.getLoc(), op.getLowerBound(), op.getUpperBound(),
                         op.getStep(), withoutTiles(op.getInitArgs()));
  loop->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  for (int64_t i = op.getBody()->getNumArguments() - 1; i >= 0; --i) {
    Value argument = op.getBody()->getArgument(i);
    if (!isTile(argument))
      continue;
    argument.dropAllUses();
    op.getBody()->eraseArgument(i);
  }
  loop.getRegion().takeBody(op.getRegion());
  replaceResults(op, loop);
}

static void dropTiles(scf::IfOp op) {
  OpBuilder b(op);
  SmallVector<Type> types;
  for (Value result : withoutTiles(op.getResults()))
    types.push_back(result.getType());
  auto branch = scf::IfOp::create(b, op.getLoc(), types, op.getCondition(),
                                  /*addThenBlock=*/false,
                                  /*addElseBlock=*/false);
  branch->setDiscardableAttrs(op->getDiscardableAttrDictionary());
  for (auto [from, to] :
       llvm::zip_equal(op->getRegions(), branch->getRegions())) {
    if (!from.empty())
      dropTilesOfYield(&from.front());
    to.takeBody(from);
  }
  replaceResults(op, branch);
}

void TileErasure::run() {
  for (Operation *op : ops)
    op->dropAllReferences();
  for (Operation *op : control)
    if (auto loop = dyn_cast<scf::ForOp>(op))
      dropTiles(loop);
    else
      dropTiles(cast<scf::IfOp>(op));
  for (Operation *op : ops) {
    op->dropAllUses();
    op->erase();
  }
}

} // namespace attention
