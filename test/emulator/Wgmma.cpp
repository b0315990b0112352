/// Products of matrices by four warps (PTX ISA, "wgmma.mma_async"). Here each
/// warp computes its own 16 rows when it issues one; the registers and the
/// shared memory of it are out of bounds until it waits.
#include "test/emulator/AssemblyRun.h"
#include "test/emulator/Block.h"
#include "test/emulator/MatrixDescriptor.h"
#include "test/emulator/Warp.h"
#include "llvm/IR/IntrinsicsNVPTX.h"
#include <cstring>

using namespace llvm;

namespace attention::emulator {

/// m64nNkK of a type, and its operands: sums and what comes behind them.
struct GroupProduct {
  unsigned columns = 0, depth = 0, elementBytes = 0;
  Type *type = nullptr;
  bool isLeftInRegisters = false;
  uint64_t left = 0, right = 0; ///< descriptors
  std::vector<Lanes> words;     ///< of a left operand in registers
  bool adds = false, isLeftTransposed = false, isRightTransposed = false;
  float sign = 1;

  bool parse(StringRef opcode, LLVMContext &context);
  unsigned sums() const { return columns / 2; }
  /// Of operands behind the sums, for the left one in shared memory.
  unsigned others() const { return elementBytes == 2 ? 7 : 5; }
};

bool GroupProduct::parse(StringRef opcode, LLVMContext &context) {
  if (!opcode.consume_front("wgmma.mma_async.sync.aligned.m64n") ||
      opcode.consumeInteger(10, columns) || !opcode.consume_front("k") ||
      opcode.consumeInteger(10, depth))
    return false;
  type = opcode == ".f32.bf16.bf16"   ? Type::getBFloatTy(context)
         : opcode == ".f32.f16.f16"   ? Type::getHalfTy(context)
         : opcode == ".f32.tf32.tf32" ? Type::getFloatTy(context)
                                      : nullptr;
  elementBytes = type && type->isFloatTy() ? 4 : 2;
  return type && depth * elementBytes == 32 && columns % 8 == 0 &&
         columns >= 8 && columns <= 256;
}

static Bits same(const Lanes &lanes, bool &isUniform) {
  for (Bits bits : lanes)
    isUniform &= bits == lanes[0];
  return lanes[0];
}

static float elementOf(const uint8_t *from, const GroupProduct &product) {
  Bits bits = 0;
  std::memcpy(&bits, from, product.elementBytes);
  // The low 13 bits of tf32 do not take part.
  return toDouble(product.elementBytes == 4 ? bits & ~Bits(0x1fff) : bits,
                  product.type);
}

/// Lines `from` ... of an operand in shared memory, each of them `depth` long.
std::vector<float> Warp::readMatrix(const GroupProduct &product, uint64_t bits,
                                    unsigned from, unsigned lines,
                                    bool isTransposed) {
  MatrixDescriptor matrix(bits);
  if (std::string wrong = matrix.check(); !wrong.empty())
    fail(wrong);
  unsigned perChunk = 16 / product.elementBytes, depth = product.depth;
  std::vector<float> result(lines * depth);
  uint8_t bytes[16];
  for (unsigned outer = 0; outer < (isTransposed ? depth : lines); ++outer)
    for (unsigned inner = 0; inner < (isTransposed ? lines : depth);
         inner += perChunk) {
      unsigned line = outer + (isTransposed ? 0 : from),
               element = inner + (isTransposed ? from : 0);
      uint64_t address =
          matrix.chunk(line, element, product.elementBytes, isTransposed);
      if (Wrong wrong = products.read(block.shared, address, bytes, number))
        failAt(wrong, address);
      for (unsigned i = 0; i < perChunk; ++i)
        result[isTransposed ? (inner + i) * depth + outer
                            : outer * depth + inner + i] =
            elementOf(bytes + i * product.elementBytes, product);
    }
  return result;
}

/// As mma holds its left operand.
std::vector<float> Warp::readFragment(const GroupProduct &product,
                                      ArrayRef<Lanes> registers) {
  unsigned depth = product.depth, perWord = 4 / product.elementBytes;
  std::vector<float> result(16 * depth);
  for (unsigned i = 0; i < registers.size(); ++i)
    for (unsigned lane = 0; lane < laneCount; ++lane)
      for (unsigned part = 0; part < perWord; ++part) {
        unsigned row = lane / 4 + 8 * (i % 2),
                 column = perWord * (lane % 4) + part + depth / 2 * (i / 2);
        uint32_t word = registers[i][lane] >> (32 / perWord * part);
        result[row * depth + column] =
            elementOf(reinterpret_cast<const uint8_t *>(&word), product);
      }
  return result;
}

/// Registers that an instruction other than wgmma has written since the fence
/// may not be there yet, or still be read.
void Warp::checkFence(llvm::Value *value) {
  Origin origin = originOf(value, 0);
  if (!hasFence || origin.writtenAt > fencedAt)
    fail("gives a wgmma registers that were written without a wgmma.fence "
         "since");
}

/// All that stands behind the sums.
void Warp::takeOperands(const AssemblyRun &run, const Statement &statement,
                        GroupProduct &product) {
  ArrayRef<std::string> operands = statement.operands;
  bool isHalf = product.elementBytes == 2, isUniform = true;
  unsigned count = operands.size() - product.sums();
  product.isLeftInRegisters = count == product.others() + (isHalf ? 2 : 3);
  if (operands.size() < product.sums() ||
      (!product.isLeftInRegisters && count != product.others()))
    fail("has assembly of a wrong number of operands, '" + statement.opcode +
         "'");
  operands = operands.drop_front(product.sums());
  auto scalar = [&](unsigned i) {
    return same(assemblyOperand(run, operands[i]), isUniform);
  };
  if (product.isLeftInRegisters)
    for (const std::string &word : operands.take_front(4))
      product.words.push_back(assemblyOperand(run, word));
  else
    product.left = scalar(0);
  operands = operands.drop_front(product.isLeftInRegisters ? 4 : 1);
  product.right = scalar(0);
  product.adds = scalar(1) != 0;
  for (unsigned i : {2, 3}) {
    uint32_t sign = scalar(i);
    if (sign != 1 && sign != ~0u)
      fail("scales an operand by what is neither 1 nor -1");
    product.sign *= int32_t(sign);
  }
  product.isLeftTransposed =
      isHalf && !product.isLeftInRegisters && scalar(4) != 0;
  product.isRightTransposed = isHalf && scalar(operands.size() - 1) != 0;
  if (!isUniform)
    fail("has lanes that do not agree on the operands of a wgmma");
}

void Warp::multiplyByGroup(AssemblyRun &run, const Statement &statement) {
  expectAll();
  GroupProduct product;
  if (!product.parse(statement.opcode, run.call.getContext()))
    fail("has assembly that is not known, '" + statement.opcode + "'");
  takeOperands(run, statement, product);
  meetWarpgroup(product.left, product.right);
  unsigned sums = product.sums(), words = product.words.size();
  for (unsigned i = 0; i < sums; ++i)
    checkSum(run, statement.operands[i], product);
  for (StringRef word : ArrayRef(statement.operands).slice(sums, words))
    if (llvm::Value *argument = run.argument(word))
      checkFence(argument);
  std::vector<float> a =
      product.isLeftInRegisters
          ? readFragment(product, product.words)
          : readMatrix(product, product.left, 16 * (number % 4), 16,
                       product.isLeftTransposed);
  std::vector<float> b = readMatrix(product, product.right, 0, product.columns,
                                    product.isRightTransposed);
  addProducts(run, statement, product, a, b);
}

/// What a sum is added to, and where it goes: an output and its input, which
/// one that only starts does not need.
void Warp::checkSum(AssemblyRun &run, StringRef text,
                    const GroupProduct &product) {
  llvm::Value *before = run.argument(text);
  if ((!before && product.adds) || run.outputOf(text) < 0)
    fail("has a sum of a wgmma that is no output tied to an input");
  if (!before)
    return;
  Origin origin = originOf(before, 0);
  if (products.isPending(origin.product) && origin.columns != product.columns)
    fail("adds to registers that a wgmma of another shape is writing");
  checkFence(before);
}

void Warp::addProducts(AssemblyRun &run, const Statement &statement,
                       const GroupProduct &product, ArrayRef<float> a,
                       ArrayRef<float> b) {
  Type *real = Type::getFloatTy(run.call.getContext());
  unsigned depth = product.depth;
  uint64_t issued = products.issue();
  for (unsigned i = 0; i < product.sums(); ++i) {
    int output = run.outputOf(statement.operands[i]);
    Lanes before;
    if (product.adds)
      before = assemblyOperand(run, statement.operands[i]);
    for (unsigned lane = 0; lane < laneCount; ++lane) {
      unsigned row = lane / 4 + 8 * (i / 2 % 2),
               column = 8 * (i / 4) + 2 * (lane % 4) + i % 2;
      float sum = 0;
      for (unsigned k = 0; k < depth; ++k)
        sum += a[row * depth + k] * b[column * depth + k];
      sum *= product.sign;
      if (product.adds)
        sum += float(toDouble(before[lane], real));
      run.results[output][lane] = fromDouble(sum, real);
    }
    run.origins[output] = {0, issued, product.columns};
  }
}

//===----------------------------------------------------------------------===//
// What comes before and after
//===----------------------------------------------------------------------===//

void Warp::meetWarpgroup(uint64_t first, uint64_t second) {
  expectAll();
  std::string wrong = block.warpgroups.run(number, *current, first, second);
  if (!wrong.empty())
    fail(wrong);
}

void Warp::fenceRegisters() {
  meetWarpgroup(0, 0);
  hasFence = true;
  fencedAt = time;
}

void Warp::commitProducts() {
  meetWarpgroup(0, 0);
  products.commit();
}

void Warp::awaitProducts(uint64_t pending) {
  meetWarpgroup(pending, 0);
  products.wait(block.shared, pending, number);
}

LaneValues Warp::warpgroupFunction(IntrinsicInst &call) {
  switch (call.getIntrinsicID()) {
  case Intrinsic::nvvm_wgmma_fence_sync_aligned:
    fenceRegisters();
    return {};
  case Intrinsic::nvvm_wgmma_commit_group_sync_aligned:
    commitProducts();
    return {};
  case Intrinsic::nvvm_wgmma_wait_group_sync_aligned:
    awaitProducts(uniform(call, 0));
    return {};
  case Intrinsic::nvvm_setmaxnreg_inc_sync_aligned_u32:
  case Intrinsic::nvvm_setmaxnreg_dec_sync_aligned_u32: {
    // Registers are not counted here.
    Bits registers = uniform(call, 0);
    if (registers % 8 != 0 || registers < 24 || registers > 256)
      fail("asks for " + std::to_string(registers) + " registers");
    meetWarpgroup(registers, 0);
    return {};
  }
  default:
    fail("has an unknown instruction of NVPTX");
  }
}

} // namespace attention::emulator
