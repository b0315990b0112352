#include "lowering/nvptx/Contraction.h"
#include "lowering/Unrolling.h"
#include "lowering/nvptx/Mma.h"
#include "lowering/nvptx/WarpgroupMma.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "mlir/IR/Matchers.h"

using namespace mlir;

namespace attention::nvptx {

/// Contractions of 16-bit operands take few instructions a step: up to so many
/// steps are unrolled.
static constexpr int64_t kMostUnrolledSteps = 8;

namespace {
/// How the operands of a contraction are stored.
struct Storage {
  bool leftTransposed;  ///< [k][m], else [m][k]
  bool rightTransposed; ///< [k][n], else [n][k]

  static std::optional<Storage> of(vector::ContractionOp contraction);
};
} // namespace

std::optional<Storage> Storage::of(vector::ContractionOp contraction) {
  AffineExpr m, n, k;
  bindDims(contraction.getContext(), m, n, k);
  auto is = [&](unsigned operand, AffineExpr first, AffineExpr second) {
    return contraction.getIndexingMapsArray()[operand] ==
           AffineMap::get(3, 0, {first, second}, contraction.getContext());
  };
  if (!(is(0, m, k) || is(0, k, m)) || !(is(1, n, k) || is(1, k, n)) ||
      !is(2, m, n))
    return std::nullopt;
  return Storage{is(0, k, m), is(1, k, n)};
}

bool isLeftTransposed(vector::ContractionOp contraction) {
  std::optional<Storage> storage = Storage::of(contraction);
  return storage && storage->leftTransposed;
}

static std::string textOf(Type type) {
  std::string text;
  llvm::raw_string_ostream(text) << type;
  return text;
}

std::string whyUnsupported(vector::ContractionOp contraction) {
  if (contraction.getKind() != vector::CombiningKind::ADD)
    return "expects a sum of products, but got another combining kind";
  auto sums = dyn_cast<VectorType>(contraction.getAccType());
  std::optional<Storage> storage = Storage::of(contraction);
  if (!sums || !storage)
    return "expects operands [m, k] or [k, m], and [n, k] or [k, n], but got "
           "other maps";
  VectorType left = contraction.getLhsType(), right = contraction.getRhsType();
  Type element = left.getElementType();
  std::unique_ptr<MmaFamily> family = MmaFamily::get(element);
  if (!family || right.getElementType() != element)
    return "expects operands of one type among f16, bf16, f32 and f64, but "
           "got " +
           textOf(left) + " and " + textOf(right);
  if (sums.getElementType().isF64() != element.isF64() ||
      !(sums.getElementType().isF64() || sums.getElementType().isF32()))
    return "expects sums of f32, or of f64 for operands of f64, but got " +
           textOf(sums);
  int64_t depth = left.getDimSize(storage->leftTransposed ? 0 : 1);
  if (depth % family->step() || sums.getDimSize(1) % 16 ||
      (storage->leftTransposed && sums.getDimSize(0) % 16))
    return "expects sizes that are multiples of 16, but got " + textOf(left) +
           " and " + textOf(right);
  return "";
}

namespace {

/// One contraction by `mma`.
class WarpProducts {
public:
  WarpProducts(WarpBuilder &b, vector::ContractionOp contraction, Value left,
               std::optional<SharedTile> sharedLeft, const SharedTile &right,
               Value accumulator);

  Value emit();

private:
  LeftStep leftAt(int64_t block, Value k);
  SmallVector<RightStep> rightsAt(int64_t first, int64_t count, Value k);
  void multiply(int64_t block, const LeftStep &step, int64_t first,
                ArrayRef<RightStep> steps);
  void multiplyStep(Value k);
  Value emitLoop(int64_t steps);

  WarpBuilder &b;
  Storage storage;
  VectorType type;
  int64_t depth;
  std::unique_ptr<MmaFamily> family;
  Value left;                             ///< a fragment, or null
  SmallVector<LaneAddress> lanes, rights; ///< of operands in shared memory
  int64_t blocks, held; ///< blocks of rows and of columns of this warp
  SmallVector<Value> sums;
};

} // namespace

WarpProducts::WarpProducts(WarpBuilder &b, vector::ContractionOp contraction,
                           Value left, std::optional<SharedTile> sharedLeft,
                           const SharedTile &right, Value accumulator)
    : b(b), storage(*Storage::of(contraction)),
      type(cast<VectorType>(contraction.getAccType())), left(left) {
  VectorType leftType = contraction.getLhsType();
  depth = leftType.getDimSize(storage.leftTransposed ? 0 : 1);
  family = MmaFamily::get(leftType.getElementType());
  rights = family->rightAddresses(b, right, storage.rightTransposed);
  blocks = rowBlocksPerWarp(type.getDimSize(0), b.warps);
  held = columnBlocksPerWarp(type.getDimSize(1), b.warps);
  // Without this, a second contraction with the same right operand would keep
  // all that the first one loaded in registers.
  NVVM::SyncWarpOp::create(b, b.i32(-1));
  sums = b.elements(accumulator, 0, 4 * blocks * held);
  if (sharedLeft)
    lanes = family->leftAddresses(b, *sharedLeft, storage.leftTransposed);
}

/// Step `k` (i32; a constant where the left operand is a fragment) of a row
/// block of this warp.
LeftStep WarpProducts::leftAt(int64_t block, Value k) {
  if (left)
    return family->leftOfFragment(b, left, depth, block,
                                  *getConstantIntValue(k));
  Value row = b.rowDistance(type.getDimSize(0), block, 0);
  return family->leftOfShared(b, lanes, storage.leftTransposed, row, k);
}

/// The same of some column blocks.
SmallVector<RightStep> WarpProducts::rightsAt(int64_t first, int64_t count,
                                              Value k) {
  SmallVector<RightStep> steps;
  for (int64_t n = first; n < first + count; n += 2)
    llvm::append_range(steps,
                       family->right(b, rights, storage.rightTransposed, k, n,
                                     std::min<int64_t>(2, held - n)));
  return steps;
}

void WarpProducts::multiply(int64_t block, const LeftStep &step, int64_t first,
                            ArrayRef<RightStep> steps) {
  for (auto [i, right] : llvm::enumerate(steps))
    family->multiply(
        b, step, right,
        MutableArrayRef(sums).slice(4 * (block * held + first + i), 4));
}

/// One step along k: all columns, and all row blocks of this warp. The steps of
/// one operand are kept meanwhile: those of rows, which take two times the
/// registers, or of columns, if these take less.
void WarpProducts::multiplyStep(Value k) {
  if (!left && held < 2 * blocks) {
    SmallVector<RightStep> steps = rightsAt(0, held, k);
    for (int64_t block = 0; block < blocks; ++block)
      multiply(block, leftAt(block, k), 0, steps);
    return;
  }
  SmallVector<LeftStep> lefts;
  for (int64_t block = 0; block < blocks; ++block)
    lefts.push_back(leftAt(block, k));
  for (int64_t n = 0; n < held; n += 2) {
    SmallVector<RightStep> steps =
        rightsAt(n, std::min<int64_t>(2, held - n), k);
    for (int64_t block = 0; block < blocks; ++block)
      multiply(block, lefts[block], n, steps);
  }
}

Value WarpProducts::emitLoop(int64_t steps) {
  auto loop = scf::ForOp::create(b, b.i32(0), b.i32(steps), b.i32(1), sums);
  // For sm_90, ptxas unrolls products of f64 until it has to spill.
  if (type.getElementType().isF64())
    keepRolled(loop);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(loop.getBody());
  sums.assign(loop.getRegionIterArgs().begin(), loop.getRegionIterArgs().end());
  multiplyStep(loop.getInductionVar());
  scf::YieldOp::create(b, sums);
  b.setInsertionPointAfter(loop);
  return b.vectorOf(loop.getResults());
}

Value WarpProducts::emit() {
  int64_t steps = depth / family->step();
  if (!left && (family->step() != 16 || steps > kMostUnrolledSteps))
    return emitLoop(steps);
  for (int64_t k = 0; k < steps; ++k)
    multiplyStep(b.i32(k));
  return b.vectorOf(sums);
}

Value contract(WarpBuilder &b, vector::ContractionOp contraction, Value left,
               std::optional<SharedTile> sharedLeft, const SharedTile &right,
               Value accumulator, bool byWarpgroups) {
  if (!byWarpgroups)
    return WarpProducts(b, contraction, left, sharedLeft, right, accumulator)
        .emit();
  Storage storage = *Storage::of(contraction);
  std::optional<SharedOperand> shared;
  if (sharedLeft)
    shared = {*sharedLeft, storage.leftTransposed};
  bool isZero = matchPattern(accumulator, m_AnyZeroFloat());
  return multiplyByWarpgroups(b, contraction.getLhsType(), left, shared,
                              {right, storage.rightTransposed},
                              cast<VectorType>(contraction.getAccType()),
                              isZero ? Value() : accumulator);
}

Value startContraction(WarpBuilder &b, vector::ContractionOp contraction,
                       const SharedTile &left, const SharedTile &right) {
  Storage storage = *Storage::of(contraction);
  return startByWarpgroups(b, {left, storage.leftTransposed},
                           {right, storage.rightTransposed},
                           cast<VectorType>(contraction.getAccType()));
}

} // namespace attention::nvptx
