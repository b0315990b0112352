#include "lowering/nvptx/ExchangedMemory.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "mlir/Interfaces/ViewLikeInterface.h"
#include "llvm/ADT/SetOperations.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention::nvptx {

/// What a memref is a view of, be it outside of the loop.
static Value bufferOf(Value memref) {
  while (auto view = memref.getDefiningOp<ViewLikeOpInterface>())
    memref = view.getViewSource();
  return memref;
}

ExchangedMemory::ExchangedMemory(scf::ForallOp loop) {
  llvm::DenseSet<Value> read;
  loop.getBody()->walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case<vector::TransferReadOp, vector::GatherOp>(
            [&](auto access) { read.insert(bufferOf(access.getBase())); })
        .Case([&](memref::LoadOp load) {
          read.insert(bufferOf(load.getMemRef()));
        })
        .Case([&](vector::TransferWriteOp write) {
          buffers.insert(bufferOf(write.getBase()));
        })
        .Case([&](memref::StoreOp store) {
          buffers.insert(bufferOf(store.getMemRef()));
        });
  });
  llvm::set_intersect(buffers, read);
}

bool ExchangedMemory::contains(Value memref) const {
  return buffers.contains(bufferOf(memref));
}

} // namespace attention::nvptx
