#include "lowering/nvptx/KernelWork.h"
#include "lowering/TileCost.h"
#include "lowering/Tiles.h"
#include "lowering/nvptx/ExactProducts.h"
#include "lowering/nvptx/Layout.h"
#include "mlir/Analysis/SliceAnalysis.h"
#include "mlir/Dialect/Math/IR/Math.h"

using namespace mlir;

namespace attention::nvptx {

/// Of the exponential of f64 in DoubleMath.cpp.
static constexpr int64_t kDoubleFunctionInstructions = 26;

static double bytesOf(VectorType type) {
  return type.getNumElements() * storageBytes(type.getElementType());
}

namespace {
class WorkCounter {
public:
  WorkCounter(scf::ForallOp loop, const GpuPeaks &peaks)
      : loop(loop), variables(loop.getInductionVars()), peaks(peaks) {}

  /// Of one pass through the body of `visits`, or of the loop over tasks. What
  /// all visits read alike is there before the first one.
  KernelWork count(Operation *visits);

private:
  KernelWork count(Block &block) const;
  void add(KernelWork &work, Operation *op) const;
  void add(KernelWork &work, vector::ContractionOp op) const;
  void addElements(KernelWork &work, Operation *op, TileCost cost) const;
  void addRead(KernelWork &work, vector::TransferReadOp read) const;
  void addMemory(KernelWork &work, Value memory, ValueRange indices,
                 VectorType type) const;
  KernelWork usual(scf::IfOp branches) const;
  bool isOwn(ValueRange places) const;
  bool isAlikeInVisits(ValueRange places) const;

  scf::ForallOp loop;
  SmallVector<Value> variables; ///< of the loop
  const GpuPeaks &peaks;
  Operation *visits = nullptr;
};
} // namespace

KernelWork WorkCounter::count(Operation *of) {
  visits = of;
  return count(of->getRegion(0).front());
}

static void addContraction(KernelWork &work, const std::string &what,
                           int64_t times) {
  for (auto &[known, count] : work.contractions)
    if (known == what) {
      count += times;
      return;
    }
  work.contractions.push_back({what, times});
}

static void add(KernelWork &work, const KernelWork &more, int64_t times) {
  for (auto &[what, count] : more.contractions)
    addContraction(work, what, times * count);
  for (double KernelWork::*part :
       {&KernelWork::halfProducts, &KernelWork::tf32Products,
        &KernelWork::doubleProducts, &KernelWork::products,
        &KernelWork::functions, &KernelWork::floats, &KernelWork::doubles,
        &KernelWork::ownBytes, &KernelWork::sharedBytes,
        &KernelWork::openReads})
    work.*part += times * (more.*part);
}

KernelWork WorkCounter::count(Block &block) const {
  KernelWork work;
  for (Operation &op : block)
    if (auto inner = dyn_cast<scf::ForOp>(op)) {
      if (std::optional<llvm::APInt> times = inner.getStaticTripCount())
        nvptx::add(work, count(*inner.getBody()), times->getSExtValue());
    } else if (auto branches = dyn_cast<scf::IfOp>(op)) {
      nvptx::add(work, usual(branches), 1);
    } else {
      add(work, &op);
    }
  return work;
}

/// Of two ways to multiply, the longer one is for numbers that are rare; a way
/// without products is for those that are rarer, or has nothing to do.
KernelWork WorkCounter::usual(scf::IfOp branches) const {
  KernelWork first = count(*branches.thenBlock());
  if (!branches.elseBlock())
    return first;
  KernelWork second = count(*branches.elseBlock());
  auto rank = [&](const KernelWork &work) {
    return std::pair(work.products == 0, work.mostCycles(peaks));
  };
  return rank(second) < rank(first) ? second : first;
}

void WorkCounter::add(KernelWork &work, Operation *op) const {
  if (auto read = dyn_cast<vector::TransferReadOp>(op))
    return addRead(work, read);
  if (auto write = dyn_cast<vector::TransferWriteOp>(op))
    return addMemory(work, write.getBase(), write.getIndices(),
                     write.getVectorType());
  TileCost cost = costOf(op);
  if (cost == TileCost::Product)
    add(work, cast<vector::ContractionOp>(op));
  else if (cost != TileCost::Nothing)
    addElements(work, op, cost);
}

void WorkCounter::addRead(KernelWork &work, vector::TransferReadOp read) const {
  double before = work.bytes();
  addMemory(work, read.getBase(), read.getIndices(), read.getVectorType());
  if (work.bytes() > before && read.hasOutOfBoundsDim())
    ++work.openReads;
}

void WorkCounter::add(KernelWork &work, vector::ContractionOp op) const {
  FailureOr<ContractionShape> shape = ContractionShape::of(op);
  if (failed(shape))
    return;
  Type type = multipliedType(op);
  std::string what;
  llvm::raw_string_ostream(what)
      << shape->m << "x" << shape->n << "x" << shape->k << " " << type;
  addContraction(work, what, 1);
  double products = shape->m * shape->n * shape->k;
  work.products += products;
  if (type.isF64())
    work.doubleProducts += products;
  else if (type.isF32())
    work.tf32Products += 3 * products;
  else
    work.halfProducts += products;
}

void WorkCounter::addElements(KernelWork &work, Operation *op,
                              TileCost cost) const {
  auto type = cast<VectorType>(cost == TileCost::Reduction
                                   ? op->getOperand(0).getType()
                                   : op->getResult(0).getType());
  double elements = type.getNumElements();
  bool isDouble = type.getElementType().isF64();
  double &plain = isDouble ? work.doubles : work.floats;
  // Exponentials and roots of f32 are an instruction of the units for
  // functions, beside one or two others.
  if (cost == TileCost::Function && !isDouble &&
      isa<math::ExpOp, math::Exp2Op, math::SqrtOp, math::RsqrtOp>(op)) {
    work.functions += elements;
    plain += 2 * elements;
  } else if (cost == TileCost::Function) {
    plain += elements *
             (isDouble ? kDoubleFunctionInstructions : kFunctionInstructions);
  } else {
    plain +=
        elements * (cost == TileCost::Division ? kDivisionInstructions : 1);
  }
}

/// What `places` follow from within `around`, by operations that `passes` lets
/// through: `places` themselves, and operands.
static llvm::DenseSet<Value>
origins(ValueRange places, Operation *around,
        llvm::function_ref<bool(Operation *)> passes) {
  BackwardSliceOptions options;
  options.inclusive = options.omitBlockArguments = true;
  options.filter = [&](Operation *op) {
    return around->isProperAncestor(op) && passes(op);
  };
  llvm::SetVector<Operation *> slice;
  llvm::DenseSet<Value> values(places.begin(), places.end());
  // Of a variable of a loop it would be the loop's bounds.
  for (Value place : places)
    if (Operation *op = place.getDefiningOp())
      (void)getBackwardSlice(op, &slice, options);
  for (Operation *op : slice)
    values.insert(op->operand_begin(), op->operand_end());
  return values;
}

/// Whether no other task of the loop reads or writes at `places`. What follows
/// from a quotient of a variable of the loop is the same for several tasks.
bool WorkCounter::isOwn(ValueRange places) const {
  auto from = origins(places, loop,
                      [](Operation *op) { return !isa<arith::DivUIOp>(op); });
  return llvm::all_of(variables,
                      [&](Value variable) { return from.contains(variable); });
}

bool WorkCounter::isAlikeInVisits(ValueRange places) const {
  return llvm::none_of(
      origins(places, visits, [](Operation *) { return true; }),
      [&](Value value) {
        auto argument = dyn_cast<BlockArgument>(value);
        return argument &&
               visits->isAncestor(argument.getOwner()->getParentOp());
      });
}

void WorkCounter::addMemory(KernelWork &work, Value memory, ValueRange indices,
                            VectorType type) const {
  SmallVector<Value> places(indices);
  places.push_back(memory);
  if (isa<scf::ForOp>(visits) && isAlikeInVisits(places))
    return;
  (isOwn(places) ? work.ownBytes : work.sharedBytes) += bytesOf(type);
}

KernelWork KernelWork::of(scf::ForallOp loop, const GpuPeaks &peaks) {
  WorkCounter counter(loop, peaks);
  KernelWork task = counter.count(loop.getOperation()), visit;
  // Other loops are for the ends of sequences.
  auto rank = [&](const KernelWork &work) {
    return std::tuple(work.products > 0 && work.openReads == 0, work.products,
                      work.mostCycles(peaks));
  };
  loop.getBody()->walk([&](scf::ForOp inner) {
    if (inner.getStaticTripCount())
      return;
    KernelWork work = counter.count(inner.getOperation());
    if (rank(visit) < rank(work))
      visit = std::move(work);
  });
  bool isBeside = task.products > 0 && visit.products == 0;
  return isBeside || visit.mostCycles(peaks) == 0 ? task : visit;
}

double KernelWork::tensorCycles(const GpuPeaks &peaks) const {
  return halfProducts / peaks.halfProducts + tf32Products / peaks.tf32Products +
         doubleProducts / peaks.doubleProducts;
}

double KernelWork::functionCycles(const GpuPeaks &peaks) const {
  return functions / peaks.functions;
}

double KernelWork::arithmeticCycles(const GpuPeaks &peaks) const {
  return floats / peaks.floats + doubles / peaks.doubles;
}

double KernelWork::memoryCycles(const GpuPeaks &peaks) const {
  return std::max(ownBytes / peaks.memoryBytes, bytes() / peaks.cacheBytes);
}

double KernelWork::mostCycles(const GpuPeaks &peaks) const {
  return std::max({tensorCycles(peaks), functionCycles(peaks),
                   arithmeticCycles(peaks), memoryCycles(peaks)});
}

} // namespace attention::nvptx
