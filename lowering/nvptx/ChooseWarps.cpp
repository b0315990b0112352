#include "lowering/nvptx/ChooseWarps.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/IR/TypeUtilities.h"
#include "llvm/ADT/DenseSet.h"
#include "llvm/Support/MathExtras.h"

using namespace mlir;

namespace attention::nvptx {

static constexpr int64_t kMostWarps = 8;
/// That share the tiles of a few rows.
static constexpr int64_t kWarpsOfStream = 4;
/// Of the 255 of a thread; what is left is for addresses and sizes.
static constexpr int64_t kRegistersOfTiles = 228;
/// The same where warps cannot be more: chunks of tokens need many addresses.
static constexpr int64_t kRegistersOfManyWarps = 148;
/// For what an element of 32 bits goes through.
static constexpr int64_t kRegistersOfElement = 48;

static int64_t rowsOfGrid(scf::ForallOp loop) {
  int64_t contracted = 0, ofTiles = 0, ofVectors = 16;
  llvm::SmallDenseMap<int64_t, int64_t> work;
  auto see = [&](VectorType type) {
    int64_t &rows = type.getRank() > 1 ? ofTiles : ofVectors;
    if (type.getRank() > 0)
      rows = std::max(rows, type.getDimSize(0));
  };
  loop.getBody()->walk([&](Operation *op) {
    if (auto contraction = dyn_cast<vector::ContractionOp>(op)) {
      auto type = dyn_cast<VectorType>(contraction.getResultType());
      if (!type)
        return;
      int64_t rows = type.getDimSize(0);
      work[rows] +=
          contraction.getLhsType().getNumElements() * type.getDimSize(1);
      if (std::pair(work[rows], rows) > std::pair(work[contracted], contracted))
        contracted = rows;
    } else if (auto write = dyn_cast<vector::TransferWriteOp>(op)) {
      see(write.getVectorType());
    } else if (auto reduction = dyn_cast<vector::MultiDimReductionOp>(op)) {
      see(reduction.getSourceVectorType());
    }
  });
  int64_t most = contracted ? contracted : ofTiles ? ofTiles : ofVectors;
  int64_t blocks = rowBlocks(most);
  return llvm::divideCeil(blocks, llvm::divideCeil(blocks, kMostWarps));
}

/// Whether the parts of the result are those of an operand.
static bool isRepeated(Operation *op) {
  return isa_and_nonnull<vector::BroadcastOp, vector::ShapeCastOp>(op);
}

/// What holds the parts of a tile.
static Value holder(Value tile) {
  while (isRepeated(tile.getDefiningOp()))
    tile = tile.getDefiningOp()->getOperand(0);
  return tile;
}

namespace {
/// Goes through code from its end, with the tiles that are used further on.
class TileLives {
public:
  TileLives(const LayoutAnalysis &layouts, Warps warps)
      : layouts(layouts), warps(warps) {}

  void goThrough(Block &block);
  /// Registers so far, with those that an element goes through.
  int64_t total() const { return most + wordsOfElement * kRegistersOfElement; }

private:
  void goThrough(Operation *op);
  void use(Value value);
  void define(Value value);
  int64_t registers(Value tile) const;

  const LayoutAnalysis &layouts;
  Warps warps;
  llvm::DenseSet<Value> live;
  int64_t now = 0, most = 0;
  int64_t wordsOfElement = 1; ///< of the widest one
};
} // namespace

int64_t TileLives::registers(Value value) const {
  VectorType tile = asTile(value.getType());
  if (!tile || tile.getElementType().isInteger(1) ||
      isa_and_nonnull<arith::ConstantOp, vector::StepOp>(value.getDefiningOp()))
    return 0;
  int64_t bytesOfElement = storageBytes(tile.getElementType());
  // What is chosen element by element is not packed.
  if (isa_and_nonnull<arith::SelectOp>(value.getDefiningOp()))
    bytesOfElement = std::max<int64_t>(bytesOfElement, 4);
  int64_t bytes = 0;
  for (Layout layout : kRegisterLayouts)
    if (contains(layouts.held(value), layout))
      bytes +=
          threadType(tile, layout, warps).getNumElements() * bytesOfElement;
  return llvm::divideCeil(bytes, 4);
}

void TileLives::use(Value value) {
  value = holder(value);
  if (!live.insert(value).second)
    return;
  now += registers(value);
  Type element = getElementTypeOrSelf(value.getType());
  if (registers(value) && isa<FloatType>(element))
    wordsOfElement = std::max(wordsOfElement, storageBytes(element) / 4);
}

void TileLives::define(Value value) {
  if (live.erase(value))
    now -= registers(value);
}

void TileLives::goThrough(Operation *op) {
  if (isRepeated(op))
    return;
  // Element by element, a tile is used up while another arises.
  bool isPointwise = OpTrait::hasElementwiseMappableTraits(op);
  if (!isPointwise)
    most = std::max(most, now);
  llvm::for_each(op->getResults(), [&](Value result) { define(result); });
  // What a loop uses, it uses again.
  if (isa<scf::ForOp>(op))
    op->walk([&](Operation *inner) {
      for (Value operand : inner->getOperands())
        if (holder(operand).getParentRegion()->isAncestor(
                op->getParentRegion()))
          use(operand);
    });
  auto after = std::pair(live, now);
  auto before = live;
  for (Region &region : op->getRegions())
    for (Block &block : region) {
      std::tie(live, now) = after;
      goThrough(block);
      before.insert(live.begin(), live.end());
    }
  std::tie(live, now) = after;
  for (Value value : before)
    use(value);
  for (Value operand : op->getOperands())
    use(operand);
  if (!isPointwise)
    most = std::max(most, now);
}

void TileLives::goThrough(Block &block) {
  for (Operation &op : llvm::reverse(block))
    goThrough(&op);
  llvm::for_each(block.getArguments(), [&](Value value) { define(value); });
}

/// The most registers of a thread that tiles take at a time.
static int64_t registersOfTiles(scf::ForallOp loop,
                                const LayoutAnalysis &layouts, Warps warps) {
  TileLives lives(layouts, warps);
  lives.goThrough(*loop.getBody());
  return lives.total();
}

bool takesTooManyRegisters(scf::ForallOp loop, const LayoutAnalysis &layouts,
                           Warps warps) {
  return warps.columns > 1 && 2 * warps > kMostWarps &&
         registersOfTiles(loop, layouts, warps) > kRegistersOfManyWarps;
}

bool hasRegistersFor(VectorType tile, scf::ForallOp loop,
                     const LayoutAnalysis &layouts, Warps warps) {
  int64_t elements = threadType(tile, Layout::Fragment, warps).getNumElements();
  int64_t more = elements * storageBytes(tile.getElementType()) / 4;
  return registersOfTiles(loop, layouts, warps) + more <= kRegistersOfTiles;
}

/// Whether the columns of all tiles are dealt out evenly, and 16 rows of a left
/// operand can be read out of shared memory.
static bool canDeal(scf::ForallOp loop, Warps warps) {
  auto fits = [&](Type type) {
    VectorType tile = asTile(type);
    if (!tile || tile.getShape().back() == 1)
      return true;
    // Matrices of 16 bits are loaded two column blocks at a time.
    int64_t blocks = columnBlocks(tile.getShape().back());
    return blocks <= warps.columns ? warps.columns % blocks == 0
                                   : blocks % (2 * warps.columns) == 0;
  };
  auto fit = [&](Operation *op) {
    auto contraction = dyn_cast<vector::ContractionOp>(op);
    auto sums =
        contraction ? asTile(contraction.getResultType()) : VectorType();
    return (!sums || sums.getDimSize(0) % 16 == 0) &&
           llvm::all_of(op->getOperandTypes(), fits) &&
           llvm::all_of(op->getResultTypes(), fits);
  };
  return !loop.getBody()
              ->walk([&](Operation *op) {
                return fit(op) ? WalkResult::advance()
                               : WalkResult::interrupt();
              })
              .wasInterrupted();
}

/// Whether a loop goes over tiles for results of few rows, or for sums over
/// rows: it waits for memory, and a warp alone takes too long over each tile to
/// keep much on its way.
static bool isStream(scf::ForallOp loop, Warps warps) {
  auto combinesRows = [](Operation *op) {
    auto reduction = dyn_cast<vector::MultiDimReductionOp>(op);
    return isa<vector::ContractionOp>(op) ||
           (reduction && reduction.isReducedDim(0));
  };
  return warps.rows == 1 &&
         llvm::any_of(loop.getBody()->getOps<scf::ForOp>(),
                      [&](scf::ForOp inner) {
                        return inner
                            ->walk([&](Operation *op) {
                              return combinesRows(op) ? WalkResult::interrupt()
                                                      : WalkResult::advance();
                            })
                            .wasInterrupted();
                      });
}

/// Whether warps work in groups of four, which have 64 rows between them.
static bool isForGroups(scf::ForallOp loop, const LayoutAnalysis &layouts) {
  return loop.getBody()
      ->walk([&](vector::ContractionOp op) {
        return layouts.isByWarpgroups(op) ? WalkResult::interrupt()
                                          : WalkResult::advance();
      })
      .wasInterrupted();
}

/// As many warps, more of them for the columns, until tiles fit: only these
/// share what there is of each column, while all rows of the grid have it.
static Warps tradeRows(scf::ForallOp loop, Warps warps,
                       const GpuFeatures &features) {
  // Where columns are divided already, tiles are read again instead.
  if (warps.columns > 1 ||
      isForGroups(loop, LayoutAnalysis(loop, warps, features)))
    return warps;
  for (Warps next = warps; next.rows % 2 == 0;) {
    next = {next.rows / 2, next.columns * 2};
    if (!canDeal(loop, next))
      break;
    warps = next;
    LayoutAnalysis layouts(loop, warps, features);
    if (registersOfTiles(loop, layouts, warps) <= kRegistersOfTiles)
      break;
  }
  return warps;
}

Warps chooseWarps(scf::ForallOp loop, const GpuFeatures &features) {
  Warps warps{rowsOfGrid(loop), 1};
  if (Warps some{1, kWarpsOfStream};
      isStream(loop, warps) && canDeal(loop, some))
    warps = some;
  for (Warps next = warps;; next.columns *= 2) {
    if (next > kMostWarps || !canDeal(loop, next))
      return tradeRows(loop, warps, features);
    warps = next;
    LayoutAnalysis layouts(loop, warps, features);
    if (registersOfTiles(loop, layouts, warps) <= kRegistersOfTiles)
      return warps;
  }
}

} // namespace attention::nvptx
