#include "test/emulator/Numbers.h"
#include "llvm/ADT/APFloat.h"
#include "llvm/IR/Instruction.h"
#include "llvm/Support/ErrorHandling.h"
#include <cmath>
#include <cstring>

using namespace llvm;

namespace attention::emulator {

unsigned widthOf(Type *element) {
  return element->isPointerTy() ? 64 : element->getScalarSizeInBits();
}

uint64_t bytesOf(Type *element) { return (widthOf(element) + 7) / 8; }

Bits truncated(Bits bits, unsigned width) {
  return width >= 64 ? bits : bits & ((Bits(1) << width) - 1);
}

int64_t toSigned(Bits bits, unsigned width) {
  return width >= 64 ? int64_t(bits)
                     : int64_t(bits << (64 - width)) >> (64 - width);
}

double toDouble(Bits bits, Type *type) {
  if (type->isDoubleTy()) {
    double value;
    std::memcpy(&value, &bits, 8);
    return value;
  }
  if (type->isFloatTy()) {
    float value;
    uint32_t word = bits;
    std::memcpy(&value, &word, 4);
    return value;
  }
  if (type->isBFloatTy())
    return toDouble(bits << 16, Type::getFloatTy(type->getContext()));
  APFloat value(type->getFltSemantics(), APInt(16, bits));
  bool inexact;
  value.convert(APFloat::IEEEdouble(), APFloat::rmNearestTiesToEven, &inexact);
  return value.convertToDouble();
}

Bits fromDouble(double value, Type *type) {
  if (type->isDoubleTy()) {
    Bits bits;
    std::memcpy(&bits, &value, 8);
    return bits;
  }
  if (type->isFloatTy()) {
    float rounded = static_cast<float>(value);
    uint32_t word;
    std::memcpy(&word, &rounded, 4);
    return word;
  }
  APFloat half(value);
  bool inexact;
  half.convert(type->getFltSemantics(), APFloat::rmNearestTiesToEven, &inexact);
  return half.bitcastToAPInt().getZExtValue();
}

Bits integerOperation(unsigned opcode, Bits a, Bits b, unsigned width) {
  int64_t sa = toSigned(a, width), sb = toSigned(b, width);
  switch (opcode) {
  case Instruction::Add:
    return truncated(a + b, width);
  case Instruction::Sub:
    return truncated(a - b, width);
  case Instruction::Mul:
    return truncated(a * b, width);
  // A division by zero has no meaning; lanes that are masked out may hold one.
  case Instruction::UDiv:
    return b ? a / b : 0;
  case Instruction::URem:
    return b ? a % b : 0;
  case Instruction::SDiv:
    return b ? truncated(sa / sb, width) : 0;
  case Instruction::SRem:
    return b ? truncated(sa % sb, width) : 0;
  case Instruction::And:
    return a & b;
  case Instruction::Or:
    return a | b;
  case Instruction::Xor:
    return a ^ b;
  case Instruction::Shl:
    return b < width ? truncated(a << b, width) : 0;
  case Instruction::LShr:
    return b < width ? a >> b : 0;
  case Instruction::AShr:
    return truncated(sa >> (b < width ? b : width - 1), width);
  default:
    report_fatal_error("unknown operation on integers");
  }
}

Bits floatOperation(unsigned opcode, Bits a, Bits b, Type *type) {
  // Rounding a double to a narrower type gives what that type's own operation
  // would: a double has more than twice the digits.
  double x = toDouble(a, type), y = toDouble(b, type);
  switch (opcode) {
  case Instruction::FAdd:
    return fromDouble(x + y, type);
  case Instruction::FSub:
    return fromDouble(x - y, type);
  case Instruction::FMul:
    return fromDouble(x * y, type);
  case Instruction::FDiv:
    return fromDouble(x / y, type);
  case Instruction::FRem:
    return fromDouble(std::fmod(x, y), type);
  default:
    report_fatal_error("unknown operation on floats");
  }
}

static bool compareFloats(CmpInst::Predicate predicate, double x, double y) {
  if (predicate == CmpInst::FCMP_FALSE || predicate == CmpInst::FCMP_TRUE)
    return predicate == CmpInst::FCMP_TRUE;
  // Predicates are sets: equal 1, greater 2, less 4, unordered 8.
  unsigned is = std::isnan(x) || std::isnan(y) ? 8 : x == y ? 1 : x > y ? 2 : 4;
  return (static_cast<unsigned>(predicate) & is) != 0;
}

bool compare(CmpInst::Predicate predicate, Bits a, Bits b, Type *type) {
  if (CmpInst::isFPPredicate(predicate))
    return compareFloats(predicate, toDouble(a, type), toDouble(b, type));
  int64_t sa = toSigned(a, widthOf(type)), sb = toSigned(b, widthOf(type));
  switch (predicate) {
  case CmpInst::ICMP_EQ:
    return a == b;
  case CmpInst::ICMP_NE:
    return a != b;
  case CmpInst::ICMP_UGT:
    return a > b;
  case CmpInst::ICMP_UGE:
    return a >= b;
  case CmpInst::ICMP_ULT:
    return a < b;
  case CmpInst::ICMP_ULE:
    return a <= b;
  case CmpInst::ICMP_SGT:
    return sa > sb;
  case CmpInst::ICMP_SGE:
    return sa >= sb;
  case CmpInst::ICMP_SLT:
    return sa < sb;
  default:
    return sa <= sb;
  }
}

Bits convert(unsigned opcode, Bits value, Type *from, Type *to) {
  switch (opcode) {
  case Instruction::SExt:
    return truncated(toSigned(value, widthOf(from)), widthOf(to));
  case Instruction::FPExt:
  case Instruction::FPTrunc:
    return fromDouble(toDouble(value, from), to);
  case Instruction::FPToSI: {
    double x = toDouble(value, from);
    bool fits = std::abs(x) < 9.0e18;
    return truncated(fits ? static_cast<int64_t>(x) : 0, widthOf(to));
  }
  case Instruction::SIToFP:
    return fromDouble(double(toSigned(value, widthOf(from))), to);
  case Instruction::UIToFP:
    return fromDouble(double(value), to);
  case Instruction::Trunc:
  case Instruction::ZExt:
  case Instruction::PtrToInt:
  case Instruction::IntToPtr:
  case Instruction::AddrSpaceCast:
    return truncated(value, widthOf(to));
  default:
    report_fatal_error("unknown cast");
  }
}

} // namespace attention::emulator
