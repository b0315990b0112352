/// Runs the functions around kernels: scalars, memrefs, launches.
#ifndef ATTENTION_TEST_EMULATOR_HOSTPROGRAM_H
#define ATTENTION_TEST_EMULATOR_HOSTPROGRAM_H

#include "dialect/Attention.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/GPU/IR/GPUDialect.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "test/emulator/Memory.h"
#include "llvm/IR/Module.h"
#include <memory>

namespace attention::emulator {

/// A memref at run time. Sizes and strides count elements.
struct HostMemref {
  uint8_t *start = nullptr; ///< of the buffer, before the offset
  int64_t offset = 0;
  std::vector<int64_t> sizes, strides;
};

/// A scalar as a constant, or a memref.
struct HostValue {
  mlir::Attribute scalar;
  HostMemref memref;
};

/// Interprets functions whose parallel loops are launches. Scalar operations
/// are folded; what is not known ends the program with a message.
class HostProgram {
public:
  /// `kernels` holds the code of the launched kernels.
  explicit HostProgram(llvm::Module &kernels) : kernels(kernels) {
    global.addVariables(kernels);
  }

  /// A contiguous memref of elements of `bytes` bytes; its memory becomes
  /// visible to kernels.
  HostMemref addBuffer(void *start, std::vector<int64_t> sizes, int64_t bytes);
  std::vector<HostValue> run(mlir::func::FuncOp function,
                             llvm::ArrayRef<HostValue> arguments);

private:
  std::vector<HostValue> runBlock(mlir::Block &block);
  void execute(mlir::Operation &op);
  std::string messageOf(FailIfOp check);
  void fold(mlir::Operation &op);
  void rename(mlir::Value known, mlir::Value result);
  void branch(mlir::Operation &op);
  void loop(mlir::Operation &op);
  void metadata(mlir::memref::ExtractStridedMetadataOp op);
  void view(mlir::memref::SubViewOp op);
  void collapse(mlir::memref::CollapseShapeOp op);
  void expand(mlir::memref::ExpandShapeOp op);
  void readConstant(mlir::memref::GetGlobalOp op);
  uint8_t *allocateBytes(int64_t bytes);
  void allocate(mlir::memref::AllocOp op);
  void load(mlir::memref::LoadOp op);
  void store(mlir::memref::StoreOp op);
  void copy(mlir::memref::CopyOp op);
  void describe(TensorMapOp op);
  void launch(mlir::gpu::LaunchFuncOp op);
  uint8_t *elementAddress(mlir::Value memref, mlir::ValueRange indices);
  int64_t integer(mlir::Value value);
  int64_t integer(mlir::OpFoldResult value);
  void setInteger(mlir::Value value, int64_t number);

  llvm::Module &kernels;
  GlobalMemory global;
  llvm::DenseMap<mlir::Value, HostValue> values;
  std::vector<std::unique_ptr<uint8_t[]>> allocated;
};

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_HOSTPROGRAM_H
