//===- The border, seen from both sides -----------------------------------===//
//
// lowering/Abi.h states as LLVM types what runtime/Artifact.h states in C.
//
//===----------------------------------------------------------------------===//
#include "runtime/Artifact.h"
#include "lowering/Abi.h"

#include "mlir/Interfaces/DataLayoutInterfaces.h"
#include "llvm/Support/MathExtras.h"

#include <cstddef>
#include <gtest/gtest.h>

using namespace attention;

/// Offsets of all fields, then the size, as generated code lays them out.
static std::vector<size_t> layoutOf(const AbiStruct &type,
                                    mlir::ModuleOp module) {
  const mlir::DataLayout layout(module);
  std::vector<size_t> offsets;
  size_t next = 0;
  for (mlir::Type field : type.type().getBody()) {
    offsets.push_back(llvm::alignTo(next, layout.getTypeABIAlignment(field)));
    next = offsets.back() + layout.getTypeSize(field).getFixedValue();
  }
  offsets.push_back(layout.getTypeSize(type.type()).getFixedValue());
  return offsets;
}

class Artifact : public testing::Test {
protected:
  static mlir::MLIRContext *loaded(mlir::MLIRContext &context) {
    context.loadDialect<mlir::LLVM::LLVMDialect>();
    return &context;
  }
  std::vector<size_t> layout(const AbiStruct &type) {
    return layoutOf(type, *module);
  }
  mlir::MLIRContext context;
  AbiTypes abi{loaded(context)};
  mlir::OwningOpRef<mlir::ModuleOp> module =
      mlir::ModuleOp::create(mlir::UnknownLoc::get(&context));
};

using Layout = std::vector<size_t>;

TEST_F(Artifact, host) {
  EXPECT_EQ(layout(abi.host),
            (Layout{offsetof(attn_host, parallel), offsetof(attn_host, fail),
                    offsetof(attn_host, workers), offsetof(attn_host, launch),
                    offsetof(attn_host, copy), offsetof(attn_host, element),
                    offsetof(attn_host, constant),
                    offsetof(attn_host, tensor_map), sizeof(attn_host)}));
}

TEST_F(Artifact, tiles) {
  EXPECT_EQ(
      layout(abi.tiles),
      (Layout{offsetof(attn_tiles_desc, start), offsetof(attn_tiles_desc, rank),
              offsetof(attn_tiles_desc, element_bytes),
              offsetof(attn_tiles_desc, sizes),
              offsetof(attn_tiles_desc, strides),
              offsetof(attn_tiles_desc, box), sizeof(attn_tiles_desc)}));
}

TEST_F(Artifact, call) {
  EXPECT_EQ(layout(abi.call),
            (Layout{offsetof(attn_call, host), offsetof(attn_call, buffers),
                    offsetof(attn_call, sizes), offsetof(attn_call, workspace),
                    sizeof(attn_call)}));
}

TEST_F(Artifact, plan) {
  EXPECT_EQ(layout(abi.plan),
            (Layout{offsetof(attn_plan, workspace_bytes),
                    offsetof(attn_plan, scratch_bytes), sizeof(attn_plan)}));
}

TEST_F(Artifact, tensor) {
  EXPECT_EQ(layout(abi.tensor), (Layout{offsetof(attn_tensor_desc, name),
                                        offsetof(attn_tensor_desc, weight),
                                        offsetof(attn_tensor_desc, shape),
                                        offsetof(attn_tensor_desc, type),
                                        offsetof(attn_tensor_desc, rank),
                                        offsetof(attn_tensor_desc, tokens_axis),
                                        offsetof(attn_tensor_desc, prepared),
                                        offsetof(attn_tensor_desc, reach),
                                        sizeof(attn_tensor_desc)}));
}

TEST_F(Artifact, function) {
  EXPECT_EQ(layout(abi.function),
            (Layout{offsetof(attn_function_desc, name),
                    offsetof(attn_function_desc, arguments),
                    offsetof(attn_function_desc, results),
                    offsetof(attn_function_desc, argument_count),
                    offsetof(attn_function_desc, result_count),
                    offsetof(attn_function_desc, plan),
                    offsetof(attn_function_desc, run),
                    offsetof(attn_function_desc, preparation),
                    offsetof(attn_function_desc, step),
                    offsetof(attn_function_desc, no_step),
                    offsetof(attn_function_desc, fingerprint),
                    sizeof(attn_function_desc)}));
}

TEST_F(Artifact, target) {
  EXPECT_EQ(layout(abi.target),
            (Layout{offsetof(attn_target_desc, cpu),
                    offsetof(attn_target_desc, cpu_features),
                    offsetof(attn_target_desc, functions),
                    sizeof(attn_target_desc)}));
}

TEST_F(Artifact, gpu) {
  EXPECT_EQ(
      layout(abi.gpu),
      (Layout{offsetof(attn_gpu_desc, gpu), offsetof(attn_gpu_desc, capability),
              offsetof(attn_gpu_desc, exact), offsetof(attn_gpu_desc, ptx),
              offsetof(attn_gpu_desc, kernels),
              offsetof(attn_gpu_desc, kernel_count),
              offsetof(attn_gpu_desc, functions), sizeof(attn_gpu_desc)}));
}

TEST_F(Artifact, artifact) {
  EXPECT_EQ(layout(abi.artifact),
            (Layout{offsetof(attn_artifact_desc, magic),
                    offsetof(attn_artifact_desc, version),
                    offsetof(attn_artifact_desc, producer),
                    offsetof(attn_artifact_desc, architecture),
                    offsetof(attn_artifact_desc, targets),
                    offsetof(attn_artifact_desc, target_count),
                    offsetof(attn_artifact_desc, function_count),
                    offsetof(attn_artifact_desc, gpus),
                    offsetof(attn_artifact_desc, gpu_count),
                    sizeof(attn_artifact_desc)}));
}
