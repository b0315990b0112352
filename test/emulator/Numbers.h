/// Numbers as bits, and arithmetic on them.
#ifndef ATTENTION_TEST_EMULATOR_NUMBERS_H
#define ATTENTION_TEST_EMULATOR_NUMBERS_H

#include "llvm/IR/InstrTypes.h"

namespace attention::emulator {

/// Bits of one element: an integer, a float or an address.
using Bits = uint64_t;

unsigned widthOf(llvm::Type *element);
uint64_t bytesOf(llvm::Type *element);
int64_t toSigned(Bits bits, unsigned width);
Bits truncated(Bits bits, unsigned width);

/// Floats of 16, 32 and 64 bits; rounding is to nearest even.
double toDouble(Bits bits, llvm::Type *type);
Bits fromDouble(double value, llvm::Type *type);

Bits integerOperation(unsigned opcode, Bits a, Bits b, unsigned width);
Bits floatOperation(unsigned opcode, Bits a, Bits b, llvm::Type *type);
bool compare(llvm::CmpInst::Predicate predicate, Bits a, Bits b,
             llvm::Type *type);
Bits convert(unsigned opcode, Bits value, llvm::Type *from, llvm::Type *to);

} // namespace attention::emulator

#endif // ATTENTION_TEST_EMULATOR_NUMBERS_H
