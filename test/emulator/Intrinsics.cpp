/// What NVPTX adds to LLVM.
#include "test/emulator/Block.h"
#include "test/emulator/Warp.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include <cmath>

using namespace llvm;

namespace attention::emulator {

LaneValues Warp::call(CallInst &call) {
  if (call.isInlineAsm())
    return assembly(call);
  auto *intrinsic = dyn_cast<IntrinsicInst>(&call);
  if (!intrinsic)
    fail("calls a function");
  if (isa<AssumeInst>(call)) {
    const Lanes &holds = operand(call, 0);
    for (unsigned lane = 0; lane < laneCount; ++lane)
      if (has(mask, lane) && !(holds[lane] & 1))
        fail("assumes what does not hold");
    return {};
  }
  StringRef name = call.getCalledFunction()->getName();
  if (!name.consume_front("llvm.nvvm."))
    return mathFunction(*intrinsic);
  if (name.starts_with("cp.async.bulk.tensor.g2s."))
    return boxFunction(*intrinsic);
  if (name.starts_with("cp.async."))
    return asyncFunction(*intrinsic);
  if (name.starts_with("wgmma.") || name.starts_with("setmaxnreg."))
    return warpgroupFunction(*intrinsic);
  if (name.starts_with("mbarrier."))
    return mbarrierFunction(*intrinsic);
  if (name.starts_with("fence."))
    return fenceFunction(*intrinsic);
  if (name.starts_with("bar"))
    return barrierFunction(*intrinsic);
  return laneFunction(*intrinsic);
}

/// ex2.approx.ftz: subnormal operands and results are zero.
static double flushed(double x) {
  return std::abs(x) < 0x1p-126 ? std::copysign(0.0, x) : x;
}

/// What each lane does by itself.
LaneValues Warp::laneFunction(IntrinsicInst &call) {
  Type *real = Type::getFloatTy(call.getContext());
  switch (call.getIntrinsicID()) {
  case Intrinsic::nvvm_read_ptx_sreg_tid_x:
    return lanesOf([&](unsigned lane) { return threadOf(lane); });
  case Intrinsic::nvvm_read_ptx_sreg_laneid:
    return lanesOf([](unsigned lane) { return lane; });
  case Intrinsic::nvvm_read_ptx_sreg_ntid_x:
    return lanesOf([&](unsigned) { return block.threads; });
  case Intrinsic::nvvm_read_ptx_sreg_ctaid_x:
    return lanesOf([&](unsigned) { return block.number; });
  case Intrinsic::nvvm_read_ptx_sreg_nctaid_x:
    return lanesOf([&](unsigned) { return block.count; });
  case Intrinsic::nvvm_ex2_approx_ftz: {
    const Lanes &x = operand(call, 0);
    return lanesOf([&](unsigned lane) {
      double power = std::exp2(flushed(toDouble(x[lane], real)));
      return fromDouble(flushed(float(power)), real);
    });
  }
  case Intrinsic::nvvm_ff2bf16x2_rn:
  case Intrinsic::nvvm_ff2f16x2_rn: {
    LaneValues pair = zeros(2);
    for (unsigned i = 0; i < 2; ++i)
      for (unsigned lane = 0; lane < laneCount; ++lane)
        pair[i][lane] = fromDouble(toDouble(operand(call, 1 - i)[lane], real),
                                   call.getType()->getScalarType());
    return pair;
  }
  case Intrinsic::nvvm_prefetch_tensormap:
    return {};
  case Intrinsic::nvvm_elect_sync: {
    // One of the lanes, and whether it is this one.
    unsigned first = countr_zero(mask);
    LaneValues elected = zeros(2);
    elected[0].fill(first);
    elected[1][first] = 1;
    return elected;
  }
  default:
    return warpFunction(call);
  }
}

LaneValues Warp::fenceFunction(IntrinsicInst &call) {
  switch (call.getIntrinsicID()) {
  // Others see an mbarrier behind the barrier that follows.
  case Intrinsic::nvvm_fence_mbarrier_init_release_cluster:
    return {};
  case Intrinsic::nvvm_fence_proxy_async:
  case Intrinsic::nvvm_fence_proxy_async_shared_cta:
    block.causality.fence(number);
    return {};
  default:
    fail("has an unknown instruction of NVPTX");
  }
}

/// What the lanes of a warp do together.
LaneValues Warp::warpFunction(IntrinsicInst &call) {
  expectAll();
  switch (call.getIntrinsicID()) {
  case Intrinsic::nvvm_shfl_sync_bfly_f32:
  case Intrinsic::nvvm_shfl_sync_bfly_i32:
    return shuffle(call, [](unsigned lane, Bits by) { return lane ^ by; });
  case Intrinsic::nvvm_shfl_sync_idx_f32:
  case Intrinsic::nvvm_shfl_sync_idx_i32:
    return shuffle(call, [](unsigned, Bits from) { return from; });
  case Intrinsic::nvvm_ldmatrix_sync_aligned_m8n8_x1_b16:
  case Intrinsic::nvvm_ldmatrix_sync_aligned_m8n8_x2_b16:
  case Intrinsic::nvvm_ldmatrix_sync_aligned_m8n8_x4_b16:
    return loadMatrices(call, false);
  case Intrinsic::nvvm_ldmatrix_sync_aligned_m8n8_x1_trans_b16:
  case Intrinsic::nvvm_ldmatrix_sync_aligned_m8n8_x2_trans_b16:
  case Intrinsic::nvvm_ldmatrix_sync_aligned_m8n8_x4_trans_b16:
    return loadMatrices(call, true);
  case Intrinsic::nvvm_mma_m16n8k16_row_col_bf16:
    return multiplyHalves(call, Type::getBFloatTy(call.getContext()));
  case Intrinsic::nvvm_mma_m16n8k16_row_col_f32_f32:
    return multiplyHalves(call, Type::getHalfTy(call.getContext()));
  case Intrinsic::nvvm_mma_m16n8k8_row_col_tf32:
    return multiplyTf32(call);
  case Intrinsic::nvvm_mma_m8n8k4_row_col_f64:
    return multiplyDoubles(call);
  default:
    fail("has an unknown instruction of NVPTX");
  }
}

} // namespace attention::emulator
