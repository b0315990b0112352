#include "dialect/Attention.h"
#include "lowering/nvptx/Passes.h"
#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Math/IR/Math.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/SideEffectInterfaces.h"

namespace attention {
#define GEN_PASS_DEF_WRAPLONETILES
#include "lowering/nvptx/Passes.h.inc"
} // namespace attention

using namespace mlir;
using namespace attention;

/// Whether an operation, and all within it, may stand in a parallel loop.
static bool canBeWrapped(Operation *op) {
  return !op->walk([](Operation *inner) {
              bool good =
                  isa<scf::ForOp, scf::IfOp, scf::YieldOp, memref::LoadOp,
                      memref::StoreOp, memref::DimOp, memref::SubViewOp,
                      memref::CastOp, SolveForwardOp, FailIfOp>(inner) ||
                  isa<arith::ArithDialect, math::MathDialect,
                      affine::AffineDialect, vector::VectorDialect>(
                      inner->getDialect());
              return good ? WalkResult::advance() : WalkResult::interrupt();
            }).wasInterrupted();
}

static bool isTile(Type type) { return isa<VectorType>(type); }

static bool hasTiles(Operation *op) {
  return op
      ->walk([](Operation *inner) {
        return llvm::any_of(inner->getOperandTypes(), isTile) ||
                       llvm::any_of(inner->getResultTypes(), isTile)
                   ? WalkResult::interrupt()
                   : WalkResult::advance();
      })
      .wasInterrupted();
}

namespace {
/// Operations of one block that become one task.
class Task {
public:
  bool uses(Operation *op) const;
  void add(Operation *op) { operations.push_back(op); }
  /// Moves them into a loop where the last of them stands.
  LogicalResult wrap();

private:
  SmallVector<Operation *> operations;
};
} // namespace

/// Whether `op`, or something within it, uses what the task defines.
bool Task::uses(Operation *op) const {
  return op
      ->walk([&](Operation *inner) {
        for (Value operand : inner->getOperands())
          if (Operation *source = operand.getDefiningOp();
              source && llvm::is_contained(operations, source))
            return WalkResult::interrupt();
        return WalkResult::advance();
      })
      .wasInterrupted();
}

/// Whether a tile needs no memory: who uses it computes it anew.
static bool isFree(Operation *op) {
  if (op->getNumRegions() || !isMemoryEffectFree(op))
    return false;
  return llvm::all_of(op->getOperands(), [](Value operand) {
    return !isTile(operand.getType()) ||
           (operand.getDefiningOp() && isFree(operand.getDefiningOp()));
  });
}

/// Reads a tile back from `memref`, all of it.
static Value readBack(OpBuilder &b, Location loc, Value memref,
                      VectorType type) {
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  Value padding =
      arith::ConstantOp::create(b, loc, b.getZeroAttr(type.getElementType()));
  SmallVector<Value> corner(type.getRank(), zero);
  SmallVector<bool> inBounds(type.getRank(), true);
  return vector::TransferReadOp::create(b, loc, type, memref, corner, padding,
                                        ArrayRef<bool>(inBounds));
}

/// Lets the users of a tile that are not in `loop` have it through memory.
static void passThroughMemory(scf::ForallOp loop, Value tile) {
  auto type = cast<VectorType>(tile.getType());
  Location loc = tile.getLoc();
  OpBuilder b(loop);
  Value memref = memref::AllocOp::create(
      b, loc, MemRefType::get(type.getShape(), type.getElementType()),
      b.getI64IntegerAttr(64));
  b.setInsertionPoint(loop.getTerminator());
  Value zero = arith::ConstantIndexOp::create(b, loc, 0);
  SmallVector<bool> inBounds(type.getRank(), true);
  vector::TransferWriteOp::create(b, loc, tile, memref,
                                  SmallVector<Value>(type.getRank(), zero),
                                  ArrayRef<bool>(inBounds));
  for (OpOperand &use : llvm::make_early_inc_range(tile.getUses())) {
    Operation *user = use.getOwner();
    if (loop->isProperAncestor(user))
      continue;
    auto other = user->getParentOfType<scf::ForallOp>();
    OpBuilder at(user);
    if (other)
      at.setInsertionPointToStart(other.getBody());
    use.set(readBack(at, loc, memref, type));
  }
}

LogicalResult Task::wrap() {
  SmallVector<Operation *> moved = std::exchange(operations, {});
  if (llvm::all_of(moved, isMemoryEffectFree))
    return success(); // Nothing comes of it.
  OpBuilder b(moved.back());
  auto one = b.getIndexAttr(1);
  auto loop = scf::ForallOp::create(b, moved.back()->getLoc(),
                                    ArrayRef<OpFoldResult>{one}, ValueRange(),
                                    std::nullopt);
  for (Operation *op : moved)
    op->moveBefore(loop.getTerminator());
  for (Operation *op : moved)
    for (Value result : op->getResults()) {
      auto leaves = [&](Operation *user) {
        return !loop->isProperAncestor(user);
      };
      if (llvm::none_of(result.getUsers(), leaves))
        continue;
      if (!isTile(result.getType()))
        return op->emitError("expects a scalar made of tiles to be used with "
                             "them on this target, but got other uses");
      passThroughMemory(loop, result);
    }
  return success();
}

/// Wraps what stands in `block`, and in the blocks within it.
static LogicalResult wrapTiles(Block &block) {
  Task task;
  for (Operation &op : llvm::make_early_inc_range(block)) {
    if (isa<scf::ForallOp>(op)) {
      if (failed(task.wrap()))
        return failure();
      continue;
    }
    if (hasTiles(&op) && isFree(&op))
      continue;
    bool follows = task.uses(&op);
    if ((follows || hasTiles(&op)) && canBeWrapped(&op) &&
        !op.hasTrait<OpTrait::IsTerminator>()) {
      task.add(&op);
      continue;
    }
    // What neither needs the task nor touches memory may come before it.
    if (!follows && (isMemoryEffectFree(&op) || isa<memref::AllocOp>(op)))
      continue;
    if (failed(task.wrap()))
      return failure();
    for (Region &region : op.getRegions())
      for (Block &inner : region)
        if (failed(wrapTiles(inner)))
          return failure();
  }
  return task.wrap();
}

namespace {
struct WrapLoneTiles : attention::impl::WrapLoneTilesBase<WrapLoneTiles> {
  void runOnOperation() override {
    for (Block &block : getOperation().getBody())
      if (failed(wrapTiles(block)))
        return signalPassFailure();
  }
};
} // namespace
