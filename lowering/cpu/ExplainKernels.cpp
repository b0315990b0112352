#include "lowering/cpu/Passes.h"
#include "lowering/cpu/TileWork.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "passes/EntryFunctions.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_EXPLAINKERNELS
#include "lowering/cpu/Passes.h.inc"

/// What the caches of a core hold, as far as names of processors tell nothing.
static constexpr int64_t kFirstCache = 32 << 10, kSecondCache = 1 << 20;

static StringRef cacheOf(int64_t bytes) {
  if (bytes <= kFirstCache)
    return "the first cache";
  return bytes <= kSecondCache ? "the second cache" : "no cache of a core";
}

/// "12 KiB", or bytes where they are few.
static std::string inKib(int64_t bytes) {
  return bytes < 1024 ? std::to_string(bytes) + " bytes"
                      : std::to_string((bytes + 512) / 1024) + " KiB";
}

namespace {
struct ExplainKernels : impl::ExplainKernelsBase<ExplainKernels> {
  using ExplainKernelsBase::ExplainKernelsBase;

  void runOnOperation() override {
    // What is done once, before the first run, explains nothing.
    if (isPreparation(getOperation()))
      return;
    VectorUnit unit{vectorBits, registers, fma, dotBf16, matrixBf16};
    getOperation().walk([&](scf::ForallOp loop) {
      if (!loop->getParentOfType<scf::ForallOp>())
        explain(loop, unit);
    });
  }

private:
  static void explain(scf::ForallOp loop, const VectorUnit &unit) {
    std::optional<TileWork> heaviest;
    loop.walk([&](Block *block) {
      TileWork work = TileWork::of(*block, unit);
      if (work.products && (!heaviest || work.products > heaviest->products))
        heaviest = work;
    });
    InFlightDiagnostic remark = emitRemark(loop.getLoc(), "kernel of ")
                                << loop.getRank() << "-dimensional tasks";
    if (heaviest)
      describe(remark, *heaviest);
    else
      remark << " multiplies nothing: memory bounds it";
  }

  static void describe(InFlightDiagnostic &remark, const TileWork &work) {
    remark << ": a visit multiplies ";
    llvm::interleave(
        work.contractions,
        [&](const ContractionWork &each) { describe(remark, each); },
        [&] { remark << ", "; });
    remark << "; of " << work.total() << " vector instructions "
           << work.products << " multiply";
    if (work.tileProducts)
      remark << " (" << work.tileProducts << " products of tiles, as "
             << kTileProduct << " each)";
    for (auto &[what, count] : work.rest())
      remark << ", " << count << " " << what;
    if (work.isLimitedByMemory())
      remark << "; memory bounds it";
    else
      remark << "; at best " << llvm::formatv("{0:f2}", work.bestRatio()).str()
             << " of the peak";
    remark << "; tiles of " << inKib(work.bytes) << " fit "
           << cacheOf(work.bytes);
  }

  static void describe(InFlightDiagnostic &remark,
                       const ContractionWork &work) {
    std::string operand;
    llvm::raw_string_ostream(operand) << work.operand;
    remark << work.m << "x" << work.n << "x" << work.k << " " << operand;
    if (work.times > 1)
      remark << " (" << work.times << " times)";
    if (work.isTiled)
      remark << " by the matrix unit";
    remark << " in blocks of " << work.blockRows << "x" << work.blockColumns;
    if (work.isPacked)
      remark << ", packed";
  }
};
} // namespace

} // namespace attention
