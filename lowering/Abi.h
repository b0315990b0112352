/// The structures of runtime/Artifact.h as types of the LLVM dialect, and the
/// record of one run that compiled functions pass on among themselves.
#ifndef ATTENTION_LOWERING_ABI_H
#define ATTENTION_LOWERING_ABI_H

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Builders.h"

namespace attention {

/// A structure of the border, with its fields in the order of
/// runtime/Artifact.h.
class AbiStruct {
public:
  AbiStruct(mlir::MLIRContext *context, llvm::ArrayRef<mlir::Type> fields);

  mlir::LLVM::LLVMStructType type() const { return structType; }

  /// The address of a field of the structure at `pointer`.
  mlir::Value address(mlir::OpBuilder &builder, mlir::Location loc,
                      mlir::Value pointer, int32_t field) const;
  mlir::Value load(mlir::OpBuilder &builder, mlir::Location loc,
                   mlir::Value pointer, int32_t field) const;
  void store(mlir::OpBuilder &builder, mlir::Location loc, mlir::Value value,
             mlir::Value pointer, int32_t field) const;

private:
  mlir::LLVM::LLVMStructType structType;
};

enum HostField : int32_t {
  hostParallel,
  hostFail,
  hostWorkers,
  hostLaunch,
  hostCopy,
  hostElement,
  hostConstant,
  hostTensorMap
};
enum CallField : int32_t { callHost, callBuffers, callSizes, callWorkspace };
enum PlanField : int32_t { planWorkspaceBytes, planScratchBytes };

/// Of a description of tiles for the host; each of the last three is an array of
/// five.
enum TilesField : int32_t {
  tilesStart,
  tilesRank,
  tilesElementBytes,
  tilesSizes,
  tilesStrides,
  tilesBox
};

/// What a run's functions and tasks share, on the stack of the entry point.
enum InvocationField : int32_t {
  invocationHost,         ///< attn_host *
  invocationScratch,      ///< scratch of worker 0; the others' follow
  invocationScratchBytes, ///< i64, from one worker's scratch to the next's
  invocationFailed        ///< i32, set by whoever reports a failure
};

/// All structures that generated code touches.
struct AbiTypes {
  explicit AbiTypes(mlir::MLIRContext *context);

  mlir::LLVM::LLVMPointerType pointer;
  mlir::Type i32, i64;
  AbiStruct host, call, plan, tensor, tiles, function, target, gpu, artifact;
  AbiStruct invocation;
};

} // namespace attention

#endif // ATTENTION_LOWERING_ABI_H
