#include "lowering/nvptx/KernelWork.h"
#include "lowering/nvptx/Passes.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/Support/Format.h"

namespace attention {
#define GEN_PASS_DEF_EXPLAINGPUKERNELS
#include "lowering/nvptx/Passes.h.inc"
} // namespace attention

using namespace mlir;
using namespace attention;
using namespace attention::nvptx;

static std::string rounded(double number, int digits) {
  std::string text;
  llvm::raw_string_ostream(text) << llvm::format("%.*f", digits, number);
  return text;
}

/// Cycles in which parts of a multiprocessor are busy, the most first.
static SmallVector<std::pair<StringRef, double>>
busyParts(const KernelWork &work, const GpuPeaks &peaks) {
  SmallVector<std::pair<StringRef, double>> parts{
      {"tensor cores", work.tensorCycles(peaks)},
      {"arithmetic", work.arithmeticCycles(peaks)},
      {"functions", work.functionCycles(peaks)},
      {"memory", work.memoryCycles(peaks)}};
  llvm::erase_if(parts, [](auto &part) { return part.second == 0; });
  llvm::sort(parts, [](auto &a, auto &b) {
    return std::tie(b.second, a.first) < std::tie(a.second, b.first);
  });
  return parts;
}

static void describe(InFlightDiagnostic &remark, const KernelWork &work,
                     const GpuPeaks &peaks) {
  SmallVector<std::pair<StringRef, double>> parts = busyParts(work, peaks);
  remark << (work.contractions.empty() ? "multiplies nothing" : "multiplies ");
  llvm::interleave(
      work.contractions,
      [&](auto &each) {
        remark << each.first;
        if (each.second > 1)
          remark << " (" << each.second << " times)";
      },
      [&] { remark << ", "; });
  if (parts.empty())
    return;
  remark << "; cycles of a multiprocessor: ";
  llvm::interleave(
      parts,
      [&](auto &part) {
        remark << rounded(part.second, 0) << " " << part.first;
      },
      [&] { remark << ", "; });
  if (!work.contractions.empty())
    remark << "; " << rounded(work.intensity(), 1) << " operations a byte";
  remark << "; bound by " << parts.front().first;
  if (!work.contractions.empty())
    remark << ", at best "
           << rounded(work.tensorCycles(peaks) / parts.front().second, 2)
           << " of the peak of tensor cores";
}

namespace {
struct ExplainGpuKernels
    : attention::impl::ExplainGpuKernelsBase<ExplainGpuKernels> {
  using ExplainGpuKernelsBase::ExplainGpuKernelsBase;

  void runOnOperation() override {
    std::optional<GpuPeaks> peaks = GpuPeaks::of(chip);
    getOperation().walk([&](scf::ForallOp loop) {
      InFlightDiagnostic remark = emitRemark(loop.getLoc(), "kernel of ")
                                  << loop.getRank() << "-dimensional tasks";
      if (peaks)
        describe(remark << " on " << chip << ": a visit ",
                 KernelWork::of(loop, *peaks), *peaks);
      else
        remark << ": no peaks are known of " << chip;
    });
  }
};
} // namespace
