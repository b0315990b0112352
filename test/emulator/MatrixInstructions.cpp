/// Shuffles, and products of matrices by one warp. Where data of a warp lies is
/// written here from the tables of the PTX manual, independently of the
/// compiler.
#include "test/emulator/Warp.h"

using namespace llvm;

namespace attention::emulator {

/// PTX ISA, "shfl.sync", over whole warps: the last operand, which can keep
/// lanes within parts of the warp, is 31.
LaneValues Warp::shuffle(IntrinsicInst &call,
                         llvm::function_ref<Bits(unsigned, Bits)> source) {
  if (uniform(call, 3) != 31)
    fail("shuffles within parts of a warp");
  const Lanes &value = operand(call, 1), &by = operand(call, 2);
  return lanesOf(
      [&](unsigned lane) { return value[source(lane, by[lane]) % laneCount]; });
}

LaneValues Warp::loadMatrices(IntrinsicInst &call, bool transposed) {
  const Lanes &addresses = operand(call, 0);
  LaneValues result = zeros(elementsOf(call.getType()).size());
  for (unsigned matrix = 0; matrix < result.size(); ++matrix) {
    uint16_t elements[8][8];
    for (unsigned row = 0; row < 8; ++row)
      access(false, call.getArgOperand(0)->getType(),
             addresses[8 * matrix + row],
             reinterpret_cast<uint8_t *>(elements[row]), 16, 0, 16);
    for (unsigned lane = 0; lane < laneCount; ++lane)
      for (unsigned i = 0; i < 2; ++i) {
        unsigned row = lane / 4, column = 2 * (lane % 4) + i;
        Bits bits = transposed ? elements[column][row] : elements[row][column];
        result[matrix][lane] |= bits << (16 * i);
      }
  }
  return result;
}

/// Operands of m x n x k, and the sum of products in float: what is left open
/// is the order of summation.
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

/// Sums of 16 rows and 8 columns, as lanes hold them.
static LaneValues accumulators(const float (&sums)[16][8], Type *real) {
  LaneValues result = zeros(4);
  for (unsigned i = 0; i < 4; ++i)
    for (unsigned lane = 0; lane < laneCount; ++lane)
      result[i][lane] = fromDouble(
          sums[lane / 4 + 8 * (i / 2)][2 * (lane % 4) + i % 2], real);
  return result;
}

LaneValues Warp::multiplyHalves(IntrinsicInst &call, Type *half) {
  Type *real = Type::getFloatTy(call.getContext());
  const LaneValues *operands[10];
  for (unsigned i = 0; i < 10; ++i)
    operands[i] = &get(call.getArgOperand(i));
  auto element = [&](unsigned operand, unsigned lane, unsigned i) {
    const LaneValues &value = *operands[operand];
    // A pair in one word, or as a vector of two.
    return toDouble(value.size() == 2 ? value[i][lane]
                                      : value[0][lane] >> (16 * i) & 0xffff,
                    half);
  };
  Product<16, 8, 16, float> product;
  for (unsigned lane = 0; lane < laneCount; ++lane)
    for (unsigned i = 0; i < 8; ++i) {
      unsigned row = lane / 4, pair = 2 * (lane % 4);
      // a0 ... a7: rows g, g, g+8, g+8, then the same 8 columns on.
      product.a[row + 8 * (i / 2 % 2)][pair + i % 2 + 8 * (i / 4)] =
          element(i / 2, lane, i % 2);
      if (i < 4) {
        product.b[pair + i % 2 + 8 * (i / 2)][row] =
            element(4 + i / 2, lane, i % 2);
        product.c[row + 8 * (i / 2)][pair + i % 2] =
            toDouble((*operands[6 + i])[0][lane], real);
      }
    }
  product.run();
  return accumulators(product.c, real);
}

LaneValues Warp::multiplyTf32(IntrinsicInst &call) {
  Type *real = Type::getFloatTy(call.getContext());
  const Lanes *operands[10];
  for (unsigned i = 0; i < 10; ++i)
    operands[i] = &operand(call, i);
  auto element = [&](unsigned operand, unsigned lane) {
    // The low 13 bits do not take part.
    return toDouble((*operands[operand])[lane] & ~Bits(0x1fff), real);
  };
  Product<16, 8, 8, float> product;
  for (unsigned lane = 0; lane < laneCount; ++lane)
    for (unsigned i = 0; i < 4; ++i) {
      unsigned row = lane / 4, column = lane % 4;
      product.a[row + 8 * (i % 2)][column + 4 * (i / 2)] = element(i, lane);
      if (i < 2)
        product.b[column + 4 * i][row] = element(4 + i, lane);
      product.c[row + 8 * (i / 2)][2 * column + i % 2] =
          toDouble((*operands[6 + i])[lane], real);
    }
  product.run();
  return accumulators(product.c, real);
}

LaneValues Warp::multiplyDoubles(IntrinsicInst &call) {
  Type *real = Type::getDoubleTy(call.getContext());
  auto element = [&](unsigned number, unsigned lane) {
    return toDouble(operand(call, number)[lane], real);
  };
  Product<8, 8, 4, double> product;
  for (unsigned lane = 0; lane < laneCount; ++lane) {
    product.a[lane / 4][lane % 4] = element(0, lane);
    product.b[lane % 4][lane / 4] = element(1, lane);
    for (unsigned i = 0; i < 2; ++i)
      product.c[lane / 4][2 * (lane % 4) + i] = element(2 + i, lane);
  }
  product.run();
  LaneValues result = zeros(2);
  for (unsigned lane = 0; lane < laneCount; ++lane)
    for (unsigned i = 0; i < 2; ++i)
      result[i][lane] =
          fromDouble(product.c[lane / 4][2 * (lane % 4) + i], real);
  return result;
}

} // namespace attention::emulator
