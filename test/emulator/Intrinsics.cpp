/// What NVPTX adds to LLVM. Where data of a warp lies is written here from the
/// tables of the PTX manual, independently of the compiler.
#include "test/emulator/Block.h"
#include "llvm/IR/InlineAsm.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include <cmath>

using namespace llvm;

namespace attention::emulator {

void Block::expectAll(const Mask &mask, Instruction &instruction) {
  if (is_contained(mask, false))
    fail("lets only some threads do what all have to");
}

LaneValues Block::call(CallInst &call, const Mask &mask) {
  if (call.isInlineAsm())
    return assembly(call, mask);
  auto *intrinsic = dyn_cast<IntrinsicInst>(&call);
  if (!intrinsic)
    fail("calls a function");
  if (isa<AssumeInst>(call)) {
    const LaneValues &holds = get(call.getArgOperand(0));
    for (unsigned thread = 0; thread < threads; ++thread)
      if (mask[thread] && !(holds[0][thread] & 1))
        fail("assumes what does not hold");
    return {};
  }
  StringRef name = call.getCalledFunction()->getName();
  if (name.starts_with("llvm.nvvm.cp.async."))
    return asyncFunction(*intrinsic, mask);
  return name.starts_with("llvm.nvvm.") ? warpFunction(*intrinsic, mask)
                                        : mathFunction(*intrinsic);
}

static double maximum(double x, double y) {
  return std::isnan(x) || std::isnan(y) ? NAN : std::max(x, y);
}

/// A function of numbers; null-ary on what is not known.
static bool evaluateMath(Intrinsic::ID id, ArrayRef<Bits> a, Type *type,
                         Bits &result) {
  auto real = [&](unsigned i) { return toDouble(a[i], type); };
  auto whole = [&](unsigned i) { return toSigned(a[i], widthOf(type)); };
  auto is = [&](double value) {
    result = fromDouble(value, type);
    return true;
  };
  auto isWhole = [&](int64_t value) {
    result = truncated(value, widthOf(type));
    return true;
  };
  switch (id) {
  case Intrinsic::fma:
    if (type->isFloatTy())
      return is(std::fma(float(real(0)), float(real(1)), float(real(2))));
    return is(std::fma(real(0), real(1), real(2)));
  case Intrinsic::fabs:
    result = a[0] & ~(Bits(1) << (widthOf(type) - 1));
    return true;
  case Intrinsic::floor:
    return is(std::floor(real(0)));
  case Intrinsic::ceil:
    return is(std::ceil(real(0)));
  case Intrinsic::trunc:
    return is(std::trunc(real(0)));
  case Intrinsic::roundeven:
  case Intrinsic::rint:
    return is(std::nearbyint(real(0)));
  case Intrinsic::sqrt:
    return is(std::sqrt(real(0)));
  case Intrinsic::copysign:
    return is(std::copysign(real(0), real(1)));
  case Intrinsic::maximum:
    return is(maximum(real(0), real(1)));
  case Intrinsic::minimum:
    return is(-maximum(-real(0), -real(1)));
  case Intrinsic::maxnum:
    return is(std::fmax(real(0), real(1)));
  case Intrinsic::minnum:
    return is(std::fmin(real(0), real(1)));
  case Intrinsic::smax:
    return isWhole(std::max(whole(0), whole(1)));
  case Intrinsic::smin:
    return isWhole(std::min(whole(0), whole(1)));
  case Intrinsic::umax:
    return isWhole(std::max(a[0], a[1]));
  case Intrinsic::umin:
    return isWhole(std::min(a[0], a[1]));
  case Intrinsic::usub_sat:
    return isWhole(a[0] > a[1] ? a[0] - a[1] : 0);
  case Intrinsic::abs:
    return isWhole(std::abs(whole(0)));
  default:
    return false;
  }
}

LaneValues Block::mathFunction(IntrinsicInst &call) {
  SmallVector<Type *> types = elementsOf(call.getType());
  LaneValues result = make(types.size());
  for (size_t i = 0; i < types.size(); ++i)
    for (unsigned thread = 0; thread < threads; ++thread) {
      SmallVector<Bits> operands;
      for (llvm::Value *operand : call.args()) {
        const LaneValues &value = get(operand);
        operands.push_back(value[std::min(i, value.size() - 1)][thread]);
      }
      if (!evaluateMath(call.getIntrinsicID(), operands, types[i],
                        result[i][thread]))
        fail("has an unknown function");
    }
  return result;
}

/// ex2.approx.ftz: subnormal operands and results are zero.
static double flushed(double x) {
  return std::abs(x) < 0x1p-126 ? std::copysign(0.0, x) : x;
}

LaneValues Block::warpFunction(IntrinsicInst &call, const Mask &mask) {
  LaneValues one = make(1);
  Type *real = Type::getFloatTy(call.getContext());
  switch (call.getIntrinsicID()) {
  case Intrinsic::nvvm_read_ptx_sreg_tid_x:
    for (unsigned thread = 0; thread < threads; ++thread)
      one[0][thread] = thread;
    return one;
  case Intrinsic::nvvm_read_ptx_sreg_ctaid_x:
    one[0].assign(threads, number);
    return one;
  case Intrinsic::nvvm_ex2_approx_ftz:
    for (unsigned thread = 0; thread < threads; ++thread)
      one[0][thread] = fromDouble(
          flushed(float(std::exp2(
              flushed(toDouble(get(call.getArgOperand(0))[0][thread], real))))),
          real);
    return one;
  case Intrinsic::nvvm_ff2bf16x2_rn:
  case Intrinsic::nvvm_ff2f16x2_rn: {
    LaneValues pair = make(2);
    for (unsigned i = 0; i < 2; ++i)
      for (unsigned thread = 0; thread < threads; ++thread)
        pair[i][thread] = fromDouble(
            toDouble(get(call.getArgOperand(1 - i))[0][thread], real),
            call.getType()->getScalarType());
    return pair;
  }
  case Intrinsic::nvvm_barrier_cta_sync_aligned_all:
    expectAll(mask, call);
    shared.barrier();
    return {};
  case Intrinsic::nvvm_bar_warp_sync:
    expectAll(mask, call);
    return {};
  default:
    break;
  }
  expectAll(mask, call);
  switch (call.getIntrinsicID()) {
  case Intrinsic::nvvm_shfl_sync_bfly_f32:
  case Intrinsic::nvvm_shfl_sync_bfly_i32:
    return shuffle(call);
  case Intrinsic::nvvm_ldmatrix_sync_aligned_m8n8_x4_b16:
    return loadMatrices(call, false);
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

LaneValues Block::shuffle(IntrinsicInst &call) {
  const LaneValues &value = get(call.getArgOperand(1));
  const LaneValues &mask = get(call.getArgOperand(2));
  LaneValues result = make(1);
  for (unsigned thread = 0; thread < threads; ++thread)
    result[0][thread] = value[0][thread ^ mask[0][thread]];
  return result;
}

LaneValues Block::loadMatrices(IntrinsicInst &call, bool transposed) {
  const std::vector<Bits> addresses = get(call.getArgOperand(0))[0];
  LaneValues result = make(4);
  for (unsigned warp = 0; warp < threads / 32; ++warp)
    for (unsigned matrix = 0; matrix < 4; ++matrix) {
      uint16_t elements[8][8];
      for (unsigned row = 0; row < 8; ++row)
        access(false, call.getArgOperand(0)->getType(),
               addresses[32 * warp + 8 * matrix + row],
               reinterpret_cast<uint8_t *>(elements[row]), 16, 32 * warp, 16);
      for (unsigned lane = 0; lane < 32; ++lane)
        for (unsigned i = 0; i < 2; ++i) {
          unsigned row = lane / 4, column = 2 * (lane % 4) + i;
          Bits bits =
              transposed ? elements[column][row] : elements[row][column];
          result[matrix][32 * warp + lane] |= bits << (16 * i);
        }
    }
  return result;
}

/// Operands of one warp of m x n x k, and the sum of products in float: what is
/// left open is the order of summation.
template <unsigned M, unsigned N, unsigned K, typename Real> struct Product {
  Real a[M][K], b[K][N], c[M][N];
  void run() {
    for (unsigned m = 0; m < M; ++m)
      for (unsigned n = 0; n < N; ++n) {
        Real sum = 0;
        for (unsigned k = 0; k < K; ++k)
          sum += a[m][k] * b[k][n];
        c[m][n] += sum;
      }
  }
};

LaneValues Block::multiplyHalves(IntrinsicInst &call, Type *half) {
  Type *real = Type::getFloatTy(call.getContext());
  LaneValues result = make(4);
  auto operand = [&](unsigned number, unsigned thread, unsigned i) {
    const LaneValues &value = get(call.getArgOperand(number));
    // A pair in one word, or as a vector of two.
    Bits bits = value.size() == 2 ? value[i][thread]
                                  : value[0][thread] >> (16 * i) & 0xffff;
    return toDouble(bits, half);
  };
  for (unsigned first = 0; first < threads; first += 32) {
    Product<16, 8, 16, float> product;
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned i = 0; i < 8; ++i) {
        unsigned thread = first + lane, row = lane / 4, pair = 2 * (lane % 4);
        // a0 ... a7: rows g, g, g+8, g+8, then the same 8 columns on.
        product.a[row + 8 * (i / 2 % 2)][pair + i % 2 + 8 * (i / 4)] =
            operand(i / 2, thread, i % 2);
        if (i < 4) {
          product.b[pair + i % 2 + 8 * (i / 2)][row] =
              operand(4 + i / 2, thread, i % 2);
          product.c[row + 8 * (i / 2)][pair + i % 2] =
              toDouble(get(call.getArgOperand(6 + i))[0][thread], real);
        }
      }
    product.run();
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned i = 0; i < 4; ++i)
        result[i][first + lane] = fromDouble(
            product.c[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2], real);
  }
  return result;
}

LaneValues Block::multiplyTf32(IntrinsicInst &call) {
  Type *real = Type::getFloatTy(call.getContext());
  LaneValues result = make(4);
  auto operand = [&](unsigned number, unsigned thread) {
    // The low 13 bits do not take part.
    return toDouble(get(call.getArgOperand(number))[0][thread] & ~Bits(0x1fff),
                    real);
  };
  for (unsigned first = 0; first < threads; first += 32) {
    Product<16, 8, 8, float> product;
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned i = 0; i < 4; ++i) {
        unsigned thread = first + lane, row = lane / 4, column = lane % 4;
        product.a[row + 8 * (i % 2)][column + 4 * (i / 2)] = operand(i, thread);
        if (i < 2)
          product.b[column + 4 * i][row] = operand(4 + i, thread);
        product.c[row + 8 * (i / 2)][2 * column + i % 2] =
            toDouble(get(call.getArgOperand(6 + i))[0][thread], real);
      }
    product.run();
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned i = 0; i < 4; ++i)
        result[i][first + lane] = fromDouble(
            product.c[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2], real);
  }
  return result;
}

LaneValues Block::multiplyDoubles(IntrinsicInst &call) {
  Type *real = Type::getDoubleTy(call.getContext());
  LaneValues result = make(2);
  auto operand = [&](unsigned number, unsigned thread) {
    return toDouble(get(call.getArgOperand(number))[0][thread], real);
  };
  for (unsigned first = 0; first < threads; first += 32) {
    Product<8, 8, 4, double> product;
    for (unsigned lane = 0; lane < 32; ++lane) {
      unsigned thread = first + lane;
      product.a[lane / 4][lane % 4] = operand(0, thread);
      product.b[lane % 4][lane / 4] = operand(1, thread);
      for (unsigned i = 0; i < 2; ++i)
        product.c[lane / 4][2 * (lane % 4) + i] = operand(2 + i, thread);
    }
    product.run();
    for (unsigned lane = 0; lane < 32; ++lane)
      for (unsigned i = 0; i < 2; ++i)
        result[i][first + lane] =
            fromDouble(product.c[lane / 4][2 * (lane % 4) + i], real);
  }
  return result;
}

} // namespace attention::emulator
