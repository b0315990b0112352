/// The constant tables of an artefact, as runtime/Artifact.h lays them out.
#ifndef ATTENTION_LOWERING_ARTIFACTTABLES_H
#define ATTENTION_LOWERING_ARTIFACTTABLES_H

#include "lowering/Abi.h"
#include "lowering/Strings.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"

#include <map>
#include <vector>

namespace attention {

/// One argument or result of a compiled function.
struct TensorEntry {
  std::string name;
  std::string weight; ///< empty if it is no weight
  mlir::MemRefType type;
  int32_t tokensAxis = -1;
  int32_t prepared = -1; ///< the result of the preparation that it is, or -1
  int64_t reach = 0;     ///< how long its tokens stay, or 0; see Artifact.h
};

/// One compiled function: its tensors, its two entries, and the descriptions of
/// the functions that prepare its weights and that go on where a session is, if
/// it has them.
struct FunctionEntry {
  std::string name;
  llvm::SmallVector<TensorEntry> arguments, results;
  mlir::LLVM::LLVMFuncOp plan, run;
  mlir::LLVM::GlobalOp preparation, step;
  std::string noStep;      ///< why there is no step, or empty
  int64_t fingerprint = 0; ///< of a step; see runtime/Artifact.h
};

/// The graphics processors that a module's kernels are for.
struct GpuEntry {
  std::string name; ///< empty: the module's code is for a CPU
  int32_t capability = 0;
  bool exact = false;
  mlir::LLVM::GlobalOp ptx;
  llvm::SmallVector<std::string> kernels;
};

/// What is said about the artefact as a whole, and about the processor that
/// this module's code is for.
struct ArtifactEntry {
  std::string prefix, producer, architecture;
  std::string cpu, cpuFeatures;
  GpuEntry gpu;
  int64_t target = 0;      ///< this module's, among those of the artefact
  int64_t targetCount = 1; ///< each is a module of its own: for CPUs,
  int64_t gpuCount = 0;    ///< and then for GPUs

  /// The symbol of a target's description.
  std::string targetSymbol(int64_t index) const {
    return prefix + "_target" + std::to_string(index);
  }
};

/// Reads the arguments and results of a lowered function off its attributes;
/// reports element types that the border does not know.
mlir::FailureOr<FunctionEntry> describeFunction(mlir::func::FuncOp function);

/// Emits the tables as constants of a module.
class ArtifactTables {
public:
  explicit ArtifactTables(mlir::ModuleOp module);

  /// Describes the module's target and, in the module of the first, the
  /// artefact.
  void emit(const ArtifactEntry &artifact,
            llvm::ArrayRef<FunctionEntry> functions);

  /// The description of a function that others refer to.
  mlir::LLVM::GlobalOp describe(const FunctionEntry &function);

  /// The address of the sizes of `type`, -1 where dynamic; null for rank 0.
  mlir::Value shapeAddress(mlir::OpBuilder &builder, mlir::Location loc,
                           mlir::MemRefType type);

private:
  mlir::LLVM::GlobalOp
  createTable(llvm::StringRef name, mlir::Type type,
              llvm::function_ref<mlir::Value(mlir::OpBuilder &)> fill);
  mlir::LLVM::GlobalOp emitTarget(const ArtifactEntry &artifact,
                                  llvm::ArrayRef<FunctionEntry> functions);
  mlir::Value createTarget(mlir::OpBuilder &builder,
                           const ArtifactEntry &artifact,
                           mlir::LLVM::GlobalOp functions);
  mlir::Value createGpu(mlir::OpBuilder &builder, const GpuEntry &gpu,
                        mlir::LLVM::GlobalOp functions);
  mlir::LLVM::GlobalOp declareTarget(llvm::StringRef symbol, bool isGpu);
  mlir::LLVM::GlobalOp
  createAddresses(llvm::StringRef name,
                  llvm::ArrayRef<mlir::LLVM::GlobalOp> globals);
  mlir::LLVM::GlobalOp createTensors(llvm::StringRef name,
                                     llvm::ArrayRef<TensorEntry> tensors);
  mlir::Value createTensor(mlir::OpBuilder &builder, const TensorEntry &tensor);
  mlir::Value createFunction(mlir::OpBuilder &builder,
                             const FunctionEntry &function);
  mlir::Value createStruct(mlir::OpBuilder &builder, const AbiStruct &type,
                           mlir::ValueRange fields);
  mlir::Value number(mlir::OpBuilder &builder, mlir::Type type, int64_t value);
  mlir::Value null(mlir::OpBuilder &builder);

  mlir::ModuleOp module;
  mlir::Location loc;
  AbiTypes abi;
  Strings strings;
  std::map<std::vector<int64_t>, mlir::LLVM::GlobalOp> shapes;
};

} // namespace attention

#endif // ATTENTION_LOWERING_ARTIFACTTABLES_H
