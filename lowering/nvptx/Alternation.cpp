#include "lowering/nvptx/Alternation.h"
#include "mlir/Dialect/SCF/IR/SCF.h"

using namespace mlir;

namespace attention::nvptx {

/// Barriers 0 and 1 are those of the block and of all consumers.
static constexpr int64_t kFirstBarrier = 2;
/// Threads of both groups.
static constexpr int64_t kThreads = 256;

Value Alternation::group() {
  return arith::ShRUIOp::create(b, b.rowWarp, b.i32(2));
}

void Alternation::barrier(Value ofGroup, bool arrives) {
  StringRef name = arrives ? "llvm.nvvm.barrier.cta.arrive.aligned.count"
                           : "llvm.nvvm.barrier.cta.sync.aligned.count";
  LLVM::CallIntrinsicOp::create(
      b, b.getStringAttr(name),
      ValueRange{b.add(ofGroup, b.i32(kFirstBarrier)), b.i32(kThreads)});
}

void Alternation::take() { barrier(group(), /*arrives=*/false); }

void Alternation::pass() {
  barrier(arith::XOrIOp::create(b, group(), b.i32(1)), /*arrives=*/true);
}

void Alternation::onlyGroup(int64_t number, bool arrives) {
  Value isIt = arith::CmpIOp::create(b, arith::CmpIPredicate::eq, group(),
                                     b.i32(number));
  auto guarded = scf::IfOp::create(b, isIt);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(guarded.thenBlock());
  barrier(b.i32(0), arrives);
}

} // namespace attention::nvptx
