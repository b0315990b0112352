#include "test/emulator/Wgmma.h"
#include "test/emulator/Block.h"
#include "llvm/IR/InlineAsm.h"
#include <regex>

using namespace llvm;

namespace attention::emulator {

std::optional<MatrixStatement> MatrixStatement::parse(StringRef text) {
  static const std::regex pattern(
      R"(^\{ \.reg \.pred p; setp\.ne\.b32 p, ([01]), 0; )"
      R"(wgmma\.mma_async\.sync\.aligned\.m64n([0-9]+)k16\.f32\.(bf16|f16)\.(bf16|f16) )"
      R"(\{([$0-9, ]+)\}, (\$[0-9]+|\{[$0-9, ]+\}), \$([0-9]+), p, 1, 1, )"
      R"((?:([01]), )?([01]); \}$)");
  std::string whole = text.str();
  std::smatch parts;
  if (!std::regex_match(whole, parts, pattern) || parts[3] != parts[4])
    return std::nullopt;
  MatrixStatement statement;
  statement.adds = parts[1] == "1";
  statement.columns = std::stoul(parts[2]);
  statement.isBFloat = parts[3] == "bf16";
  std::string sums;
  for (unsigned i = 0; i < statement.columns / 2; ++i)
    sums += (i ? ", $" : "$") + std::to_string(i);
  std::string left = parts[6];
  bool isDescriptor = left.front() == '$';
  // The order of a left operand in registers cannot be chosen.
  if (parts[5] != sums || isDescriptor != parts[8].matched)
    return std::nullopt;
  std::replace(left.begin(), left.end(), '$', ' ');
  if (isDescriptor)
    statement.left = std::stoul(left);
  else if (std::sscanf(left.c_str(), "{ %u, %u, %u, %u}",
                       &statement.leftRegisters[0], &statement.leftRegisters[1],
                       &statement.leftRegisters[2],
                       &statement.leftRegisters[3]) != 4)
    return std::nullopt;
  statement.right = std::stoul(parts[7]);
  statement.leftTransposed = parts[8] == "1";
  statement.rightTransposed = parts[9] == "1";
  return statement;
}

bool MatrixDescriptor::isKnown() const {
  return swizzle() != 0 && (bits >> 49 & 7) == 0;
}

// Eight rows of `swizzle` bytes are a core; the stride leads to the next eight
// rows. Within bits 4 to 6 of an address, the swizzle exchanges 16 bytes.
uint64_t MatrixDescriptor::at(unsigned row, unsigned depth,
                              bool transposed) const {
  unsigned down = transposed ? depth : row, along = transposed ? row : depth;
  uint64_t byte = 2 * along, slabs = byte / swizzle();
  uint64_t address = field(0) + down / 8 * field(32) + down % 8 * swizzle() +
                     slabs * field(16) + byte % swizzle();
  return address ^ (address >> 7 & (swizzle() / 16 - 1)) << 4;
}

/// The statements around products; `wgmma` itself is run where it stands, so
/// that they have nothing to do.
static bool isSynchronisation(StringRef text) {
  return text == "wgmma.fence.sync.aligned;" ||
         text == "wgmma.commit_group.sync.aligned;" ||
         text == "wgmma.wait_group.sync.aligned 0;" ||
         text == "fence.proxy.async.shared::cta;";
}

/// Sums pass through other products and the wait, and nothing else sees them
/// before.
static bool isWaitedFor(const Value &sums) {
  return all_of(sums.users(), [](const User *user) {
    if (isa<ExtractValueInst>(user))
      return isWaitedFor(*user);
    auto *call = dyn_cast<CallInst>(user);
    auto *text = call ? dyn_cast<InlineAsm>(call->getCalledOperand()) : nullptr;
    return text && (isSynchronisation(text->getAsmString()) ||
                    MatrixStatement::parse(text->getAsmString()));
  });
}

LaneValues Block::assembly(CallInst &call, const Mask &mask) {
  StringRef text = cast<InlineAsm>(call.getCalledOperand())->getAsmString();
  if (text.empty())
    return get(call.getArgOperand(0));
  expectAll(mask, call);
  size_t results = elementsOf(call.getType()).size();
  if (std::optional<MatrixStatement> product = MatrixStatement::parse(text))
    return multiplyByWarpgroups(call, *product);
  if (!isSynchronisation(text))
    fail("has assembly that is not known");
  // What is changed, as far as the program sees, comes back.
  LaneValues values;
  for (size_t i = 0; i < results && !call.getType()->isVoidTy(); ++i)
    values.push_back(get(call.getArgOperand(i))[0]);
  return values;
}

/// Element (row, depth) of the left operand of warpgroup `group`.
uint16_t Block::leftElement(CallInst &call, const MatrixStatement &statement,
                            unsigned group, unsigned row, unsigned depth) {
  unsigned outputs = statement.columns / 2;
  if (statement.left) {
    MatrixDescriptor where(
        get(call.getArgOperand(*statement.left - outputs))[0][128 * group]);
    return sharedElement(where, row, depth, statement.leftTransposed, group);
  }
  // Words of rows g and g + 8, then the same eight columns on.
  unsigned word = row % 16 / 8 + depth / 8 * 2;
  unsigned thread = 128 * group + row / 16 * 32 + row % 8 * 4 + depth % 8 / 2;
  Bits bits = get(
      call.getArgOperand(statement.leftRegisters[word] - outputs))[0][thread];
  return bits >> (16 * (depth % 2));
}

uint16_t Block::sharedElement(const MatrixDescriptor &where, unsigned row,
                              unsigned depth, bool transposed, unsigned group) {
  if (!where.isKnown())
    fail("has a descriptor without a swizzle, or with a base offset");
  uint16_t bits;
  access(false, PointerType::get(kernel.getContext(), 3),
         where.at(row, depth, transposed), reinterpret_cast<uint8_t *>(&bits),
         2, 128 * group, 2);
  return bits;
}

LaneValues Block::multiplyByWarpgroups(CallInst &call,
                                       const MatrixStatement &statement) {
  unsigned columns = statement.columns, outputs = columns / 2;
  if (threads % 128 != 0 || columns % 8 != 0 || columns > 256)
    fail("multiplies without whole warpgroups, or too many columns");
  if (!isWaitedFor(call))
    fail("uses sums of products that were not waited for");
  LLVMContext &context = call.getContext();
  Type *half = statement.isBFloat ? Type::getBFloatTy(context)
                                  : Type::getHalfTy(context);
  Type *real = Type::getFloatTy(context);
  LaneValues sums = make(outputs);
  for (unsigned group = 0; group < threads / 128; ++group) {
    std::vector<float> left(64 * 16), right(columns * 16);
    for (unsigned depth = 0; depth < 16; ++depth) {
      for (unsigned row = 0; row < 64; ++row)
        left[16 * row + depth] =
            toDouble(leftElement(call, statement, group, row, depth), half);
      MatrixDescriptor where(
          get(call.getArgOperand(statement.right - outputs))[0][128 * group]);
      for (unsigned column = 0; column < columns; ++column)
        right[16 * column + depth] =
            toDouble(sharedElement(where, column, depth,
                                   statement.rightTransposed, group),
                     half);
    }
    for (unsigned lane = 0; lane < 128; ++lane)
      for (unsigned i = 0; i < outputs; ++i) {
        unsigned thread = 128 * group + lane;
        unsigned row = lane / 32 * 16 + lane % 32 / 4 + i / 2 % 2 * 8;
        unsigned column = i / 4 * 8 + lane % 4 * 2 + i % 2;
        float sum = statement.adds
                        ? toDouble(get(call.getArgOperand(i))[0][thread], real)
                        : 0;
        for (unsigned depth = 0; depth < 16; ++depth)
          sum += left[16 * row + depth] * right[16 * column + depth];
        sums[i][thread] = fromDouble(sum, real);
      }
  }
  return sums;
}

} // namespace attention::emulator
