#include "lowering/nvptx/ExchangedMemory.h"
#include "lowering/MemoryRoots.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/Vector/IR/VectorOps.h"
#include "llvm/ADT/SetOperations.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention::nvptx {

ExchangedMemory::ExchangedMemory(scf::ForallOp loop) {
  llvm::DenseSet<Value> read;
  loop.getBody()->walk([&](Operation *op) {
    llvm::TypeSwitch<Operation *>(op)
        .Case<vector::TransferReadOp, vector::GatherOp>(
            [&](auto access) { read.insert(memoryRoot(access.getBase())); })
        .Case([&](memref::LoadOp load) {
          read.insert(memoryRoot(load.getMemRef()));
        })
        .Case([&](vector::TransferWriteOp write) {
          buffers.insert(memoryRoot(write.getBase()));
        })
        .Case([&](memref::StoreOp store) {
          buffers.insert(memoryRoot(store.getMemRef()));
        });
  });
  llvm::set_intersect(buffers, read);
}

bool ExchangedMemory::contains(Value memref) const {
  return buffers.contains(memoryRoot(memref));
}

} // namespace attention::nvptx
