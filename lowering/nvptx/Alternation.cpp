#include "lowering/nvptx/Alternation.h"
#include "mlir/Dialect/LLVMIR/NVVMDialect.h"

using namespace mlir;

namespace attention::nvptx {

/// Barriers 0 and 1 are those of the block and of all consumers.
static constexpr int64_t kFirstBarrier = 2;
/// Threads of both groups.
static constexpr int64_t kThreads = 256;

static constexpr llvm::StringLiteral
    kWait = "llvm.nvvm.barrier.cta.sync.aligned.count",
    kArrive = "llvm.nvvm.barrier.cta.arrive.aligned.count";

/// The same of a block, to which a group comes with its turn or without.
static bool waitsForAll(Block &block, bool &hasTurn) {
  for (Operation &op : block) {
    if (auto call = dyn_cast<LLVM::CallIntrinsicOp>(op)) {
      if (call.getIntrin() == kWait || call.getIntrin() == kArrive)
        hasTurn = call.getIntrin() == kWait;
    } else if (isa<NVVM::Barrier0Op, NVVM::BarrierOp>(op) && hasTurn) {
      return true;
    }
    // Where one branch passes the turn on, all do.
    bool before = hasTurn;
    for (Region &region : op.getRegions())
      for (Block &inner : region) {
        hasTurn = before;
        if (waitsForAll(inner, hasTurn))
          return true;
      }
  }
  return false;
}

bool waitsForAllInTurn(scf::ForOp loop) {
  bool hasTurn = false;
  return waitsForAll(*loop.getBody(), hasTurn);
}

Value Alternation::group() {
  return arith::ShRUIOp::create(b, b.rowWarp, b.i32(2));
}

void Alternation::barrier(Value ofGroup, bool arrives) {
  barriers.push_back(LLVM::CallIntrinsicOp::create(
      b, b.getStringAttr(arrives ? kArrive : kWait),
      ValueRange{b.add(ofGroup, b.i32(kFirstBarrier)), b.i32(kThreads)}));
}

void Alternation::eraseSince(size_t count) {
  while (barriers.size() > count)
    barriers.pop_back_val()->erase();
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
