/// What a kernel takes from the function around its loop.
#ifndef ATTENTION_LOWERING_NVPTX_KERNELINPUTS_H
#define ATTENTION_LOWERING_NVPTX_KERNELINPUTS_H

#include "lowering/nvptx/WarpBuilder.h"
#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/IR/IRMapping.h"
#include <map>

namespace attention::nvptx {

/// Makes kernel parameters of the values that a loop captures, as they are
/// asked for: a scalar becomes one parameter (index as i64, i1 as i8); a memref
/// becomes the address of its first element, and one i64 for each size and
/// stride that is used and not static.
class KernelInputs {
public:
  KernelInputs(mlir::scf::ForallOp loop, mlir::LLVM::LLVMFuncOp kernel);

  /// Tells where the code of the loop stands, if not in the first block.
  void setBody(mlir::Block *block) { body = block; }

  /// The value inside the kernel of a scalar of the source. Constants are
  /// copied.
  mlir::Value scalar(mlir::Value value);
  /// Address of the first element (address space 1), sizes and strides (index)
  /// of a memref that is captured or a view of such a one; null for any other.
  mlir::Value base(WarpBuilder &b, mlir::Value memref);
  /// Whether a scalar of the source stays the same while a block runs.
  bool isSteady(mlir::Value value) const;
  /// Address of `memref` at those of `indices` that are steady, 0 for the
  /// others: one pointer for all accesses, computed before the loops of a
  /// block.
  mlir::Value steadyStart(WarpBuilder &b, mlir::Value memref,
                          mlir::ValueRange indices);
  mlir::Value size(mlir::OpBuilder &b, mlir::Value memref, int64_t dimension);
  mlir::Value stride(mlir::OpBuilder &b, mlir::Value memref, int64_t dimension);
  /// A parameter, passed by value, by which boxes of a captured memref are
  /// copied; `box` has a size for each dimension.
  mlir::Value tensorMap(mlir::Value memref, llvm::ArrayRef<int64_t> box);
  /// Whether a memref is captured (or a cast of such a one).
  bool isWhole(mlir::Value memref) const;
  /// The largest power of two up to 16 that is known to divide the address of
  /// `memref[indices]` in bytes.
  int64_t alignment(mlir::Value memref, mlir::ValueRange indices) const;
  /// The same for the distance of two rows.
  int64_t strideAlignment(mlir::Value memref, int64_t dimension) const;

  /// Values inside the kernel of the values of the loop's body.
  mlir::IRMapping mapping;
  /// The arguments of the launch, one per parameter.
  llvm::SmallVector<mlir::Value> arguments;
  /// Which of them are passed by value, as tensor maps.
  llvm::SmallVector<int64_t> tensorMaps;

private:
  mlir::Value parameter(mlir::Value hostValue, mlir::Type type);
  mlir::Value metadata(mlir::Value memref, unsigned result);
  mlir::Value valueOf(mlir::OpBuilder &b, mlir::Location loc,
                      mlir::OpFoldResult number);
  bool isCaptured(mlir::Value value) const;

  mlir::scf::ForallOp loop;
  mlir::OpBuilder host;   ///< before the loop
  mlir::OpBuilder kernel; ///< among the first operations of the kernel
  mlir::Block *entry;     ///< of the kernel
  mlir::Block *body;      ///< where the code of the source's loop stands
  /// Parts of memrefs: (memref, result of memref.extract_strided_metadata).
  llvm::DenseMap<std::pair<mlir::Value, unsigned>, mlir::Value> parts;
  llvm::DenseMap<mlir::Value, mlir::Operation *> hostMetadata;
  /// Pointers that steadyStart made, for a memref and its steady indices.
  std::map<std::vector<const void *>, mlir::Value> starts;
};

} // namespace attention::nvptx

#endif // ATTENTION_LOWERING_NVPTX_KERNELINPUTS_H
