#include "lowering/cpu/BlockLowering.h"
#include "lowering/cpu/HoistReads.h"
#include "lowering/cpu/MatrixUnit.h"
#include "lowering/cpu/Passes.h"
#include "lowering/cpu/SinkIntoBranches.h"
#include "lowering/cpu/TileChecks.h"
#include "lowering/cpu/TileErasure.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_TILESTOLOOPS
#include "lowering/cpu/Passes.h.inc"

namespace {

class TilesToLoops : public impl::TilesToLoopsBase<TilesToLoops> {
public:
  using TilesToLoopsBase::TilesToLoopsBase;

  void runOnOperation() override {
    func::FuncOp function = getOperation();
    if (function.isDeclaration() || !writesTiles(function))
      return;
    if (failed(checkTarget()) || failed(checkTiles(function)))
      return signalPassFailure();
    VectorUnit unit{vectorBits, registers, fma, dotBf16, matrixBf16};
    unit.asksForRows = asksForRows;
    // Masks are asked for larger blocks only where it multiplies.
    unit.matrixBf16 = usesMatrixUnit(function, unit);
    if (failed(checkPairs(function, unit)))
      return signalPassFailure();
    ImplicitLocOpBuilder builder(function.getLoc(), &getContext());
    hoistReads(function);
    sinkIntoBranches(function);
    TileErasure tiles(function);
    Lifetimes lifetimes(function);
    RowDemand demand(function);
    Buffers buffers(builder, /*spreadsRows=*/unit.matrixBf16);
    Block &body = function.getBody().front();
    Buffers::Scope scope(buffers, &body);
    SeenColumns seen(builder, unit, buffers);
    Context context{builder, unit, buffers, lifetimes, demand, seen};
    BlockLowering(context, body).lower();
    configureTasks(function, unit);
    tiles.run();
  }

private:
  /// What a function makes of tiles, it writes. Others have vectors of
  /// registers, if any.
  static bool writesTiles(func::FuncOp function) {
    return function
        .walk([](vector::TransferWriteOp) { return WalkResult::interrupt(); })
        .wasInterrupted();
  }

  LogicalResult checkTarget() {
    if (dotBf16 && vectorBits != 512)
      return getOperation().emitError("expects vectors of 512 bits where pairs "
                                      "of bf16 are multiplied, but got ")
             << vectorBits.getValue();
    if (vectorBits >= 64 && llvm::isPowerOf2_64(vectorBits) && registers >= 8)
      return success();
    return getOperation().emitError("expects vectors of a power of 2 from 64 "
                                    "bits on and 8 registers "
                                    "or more, but got ")
           << vectorBits << " and " << registers;
  }
};

} // namespace
} // namespace attention
