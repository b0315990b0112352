#include "lowering/nvptx/WarpgroupMma.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"

using namespace mlir;

namespace attention::nvptx {

/// Rows of one `wgmma`, and its depth for 16-bit elements.
static constexpr int64_t kRows = 64, kDepth = 16;
/// Most columns of one `wgmma`.
static constexpr int64_t kMostColumns = 256;

namespace {

/// Writes an `asm` statement whose operands are numbered as they are added.
class Asm {
public:
  explicit Asm(WarpBuilder &b) : b(b) {}

  /// A register that the statement changes, or only writes if `value` is null;
  /// all of them are added before any other operand.
  void change(Value value, Type type) {
    results.push_back(type);
    if (value)
      changed.push_back(value);
  }
  /// Text of an operand that is only read.
  std::string read(Value value) {
    operands.push_back(value);
    return "$" + std::to_string(results.size() + changed.size() +
                                operands.size() - 1);
  }
  /// The statement; gives the registers that it changed.
  SmallVector<Value> emit(StringRef text);

private:
  static StringRef letterOf(Type type) {
    return type.isF32() ? "f" : type.isInteger(64) ? "l" : "r";
  }

  WarpBuilder &b;
  SmallVector<Type> results;
  SmallVector<Value> changed, operands;
};

} // namespace

SmallVector<Value> Asm::emit(StringRef text) {
  std::string constraints;
  auto add = [&](const Twine &constraint) {
    constraints += (constraints.empty() ? "" : ",") + constraint.str();
  };
  for (Type type : results)
    add("=" + letterOf(type));
  for (size_t i = 0; i < changed.size(); ++i)
    add(Twine(i));
  for (Value operand : operands)
    add(letterOf(operand.getType()));
  SmallVector<Value> all = changed;
  llvm::append_range(all, operands);
  Type type = results.size() == 1
                  ? results.front()
                  : LLVM::LLVMStructType::getLiteral(b.getContext(), results);
  auto dialect =
      LLVM::AsmDialectAttr::get(b.getContext(), LLVM::AsmDialect::AD_ATT);
  auto op = LLVM::InlineAsmOp::create(
      b, results.empty() ? TypeRange() : TypeRange(type), all, text,
      constraints, /*has_side_effects=*/true, /*is_align_stack=*/false,
      LLVM::TailCallKind::None, dialect, ArrayAttr());
  if (results.size() < 2)
    return SmallVector<Value>(op->getResults());
  SmallVector<Value> values;
  for (int64_t i = 0, e = results.size(); i < e; ++i)
    values.push_back(LLVM::ExtractValueOp::create(b, op.getResult(0), i));
  return values;
}

/// A statement that `values` pass through, so that nothing that makes them
/// comes behind it and nothing that uses them in front of it.
static void passThrough(WarpBuilder &b, StringRef text,
                        ArrayRef<MutableArrayRef<Value>> values) {
  Asm statement(b);
  for (MutableArrayRef<Value> some : values)
    for (Value value : some)
      statement.change(value, value.getType());
  SmallVector<Value> passed = statement.emit(text);
  for (MutableArrayRef<Value> some : values)
    for (Value &value : some) {
      value = passed.front();
      passed.erase(passed.begin());
    }
}

namespace {

/// Descriptors of an operand in shared memory (PTX ISA, "Matrix descriptor
/// format"): of the part that one `wgmma` reads.
class Descriptors {
public:
  Descriptors(WarpBuilder &b, const SharedOperand &operand)
      : b(b), operand(operand) {
    const SharedTile &tile = operand.tile;
    Value start =
        b.sharedAddress(tile.stage ? tile.stage : b.i32(0), tile.offset);
    Value address = LLVM::PtrToIntOp::create(b, b.getI32Type(), start);
    Value field = arith::AndIOp::create(
        b, arith::ShRUIOp::create(b, address, b.i32(4)), b.i32(0x3fff));
    // Eight rows are a core of the swizzle, cores follow one another.
    uint64_t stride = 8 * tile.swizzle / 16;
    uint64_t leading = operand.depthFirst ? tile.slabBytes() / 16 : 1;
    uint64_t mode = tile.swizzle == 128 ? 1 : tile.swizzle == 64 ? 2 : 3;
    uint64_t constant = leading << 16 | stride << 32 | mode << 62;
    base = arith::OrIOp::create(
        b, arith::ExtUIOp::create(b, b.getI64Type(), field), wide(constant));
  }

  /// From row or column `first` of the product, and `more` (i32, a multiple of
  /// 64; null: none), and depth `k` on.
  Value at(int64_t first, Value more, int64_t k) {
    const SharedTile &tile = operand.tile;
    Value place = base;
    if (more) {
      int64_t bytes = operand.depthFirst ? slabbed(64) : 64 * tile.swizzle;
      Value groups = arith::ShRUIOp::create(b, more, b.i32(6));
      place = b.add(place,
                    arith::ExtUIOp::create(b, b.getI64Type(),
                                           b.mul(groups, b.i32(bytes / 16))));
    }
    int64_t bytes = operand.depthFirst ? k * tile.swizzle + slabbed(first)
                                       : first * tile.swizzle + slabbed(k);
    return b.add(place, wide(bytes / 16));
  }

private:
  Value wide(uint64_t value) {
    return arith::ConstantOp::create(b, b.getI64IntegerAttr(value));
  }
  /// Where element `at` of a row begins.
  int64_t slabbed(int64_t at) const {
    int64_t bytes = at * operand.tile.elementBytes();
    return bytes / operand.tile.swizzle * operand.tile.slabBytes() +
           bytes % operand.tile.swizzle;
  }

  WarpBuilder &b;
  SharedOperand operand;
  Value base;
};

} // namespace

/// The words of step `k` of row block `block` of a fragment.
static SmallVector<Value> leftWords(WarpBuilder &b, Value fragment,
                                    int64_t depth, int64_t block, int64_t k) {
  Value step = b.slice(fragment, block * depth / 2 + 8 * k, 8);
  auto words = VectorType::get({4}, b.getI32Type());
  return b.elements(LLVM::BitcastOp::create(b, words, step), 0, 4);
}

/// "{$0, $1, ...}"
static std::string listOf(int64_t count) {
  std::string text = "{";
  for (int64_t i = 0; i < count; ++i)
    text += (i ? ", $" : "$") + std::to_string(i);
  return text + "}";
}

/// The row of the tile at which the 64 rows of a block begin for this
/// warpgroup; null if that is 0.
static Value firstRowOf(WarpBuilder &b, int64_t rows, int64_t block) {
  if (rows == kRows)
    return nullptr;
  Value row = arith::IndexCastOp::create(b, b.getI32Type(),
                                         b.fragmentRow(rows, block, 0));
  return arith::AndIOp::create(b, row, b.i32(~(kRows - 1)));
}

namespace {

/// The products of one contraction.
class Products {
public:
  Products(WarpBuilder &b, VectorType leftType, Value left,
           std::optional<SharedOperand> sharedLeft, const SharedOperand &right,
           VectorType sums)
      : b(b), right(b, right), rightDepthFirst(right.depthFirst), type(sums),
        half(leftType.getElementType()) {
    depth = right.tile.type.getDimSize(right.depthFirst ? 0 : 1);
    blocks = rowBlocksPerWarp(sums.getDimSize(0), b.warps);
    if (sharedLeft) {
      this->left.emplace(b, *sharedLeft);
      leftDepthFirst = sharedLeft->depthFirst;
      return;
    }
    for (int64_t block = 0; block < blocks; ++block)
      for (int64_t k = 0; k < depth / kDepth; ++k)
        llvm::append_range(words, leftWords(b, left, depth, block, k));
  }

  /// Starts the products.
  void start(Value accumulator);
  /// What will be the result when they have ended.
  Value result() { return b.vectorOf(sums); }
  /// Waits for that.
  Value wait();

private:
  void multiply(int64_t block, int64_t firstColumn, int64_t columns);
  std::string leftOperand(Asm &statement, Value firstRow, int64_t block,
                          int64_t k);

  WarpBuilder &b;
  std::optional<Descriptors> left;
  Descriptors right;
  bool leftDepthFirst = false, rightDepthFirst;
  VectorType type;
  Type half;
  int64_t depth, blocks;
  SmallVector<Value> words; ///< of the left operand, block by block
  SmallVector<Value> sums;  ///< null where nothing was added yet
};

} // namespace

std::string Products::leftOperand(Asm &statement, Value firstRow, int64_t block,
                                  int64_t k) {
  if (left)
    return statement.read(left->at(0, firstRow, kDepth * k));
  std::string text;
  for (Value word : ArrayRef(words).slice(4 * (block * depth / kDepth + k), 4))
    text += (text.empty() ? "{" : ", ") + statement.read(word);
  return text + "}";
}

/// All steps along k of 64 rows and some columns.
void Products::multiply(int64_t block, int64_t firstColumn, int64_t columns) {
  MutableArrayRef<Value> some = MutableArrayRef(sums).slice(
      block * type.getDimSize(1) / 2 + firstColumn / 2, columns / 2);
  Value firstRow = left ? firstRowOf(b, type.getDimSize(0), block) : Value();
  std::string name = half.isBF16() ? "bf16" : "f16";
  std::string shape =
      "m64n" + std::to_string(columns) + "k16.f32." + name + "." + name;
  std::string order = left ? (leftDepthFirst ? "1, " : "0, ") : "";
  order += rightDepthFirst ? "1" : "0";
  for (int64_t k = 0; k < depth / kDepth; ++k) {
    Asm statement(b);
    std::string adds = some.front() ? "1" : "0";
    for (Value sum : some)
      statement.change(sum, b.getF32Type());
    std::string operands = leftOperand(statement, firstRow, block, k);
    operands +=
        ", " + statement.read(right.at(firstColumn, nullptr, kDepth * k));
    llvm::copy(statement.emit("{ .reg .pred p; setp.ne.b32 p, " + adds +
                              ", 0; wgmma.mma_async.sync.aligned." + shape +
                              " " + listOf(columns / 2) + ", " + operands +
                              ", p, 1, 1, " + order + "; }"),
               some.begin());
  }
}

void Products::start(Value accumulator) {
  int64_t columns = type.getDimSize(1);
  sums.resize(blocks * columns / 2);
  if (accumulator)
    sums = b.elements(accumulator, 0, sums.size());
  // Registers that were written before are read by the products from here on.
  passThrough(
      b, "wgmma.fence.sync.aligned;",
      {accumulator ? MutableArrayRef(sums) : MutableArrayRef<Value>(), words});
  int64_t widest = std::min(columns, kMostColumns);
  while (columns % widest != 0)
    widest -= 16;
  for (int64_t block = 0; block < blocks; ++block)
    for (int64_t first = 0; first < columns; first += widest)
      multiply(block, first, widest);
  Asm(b).emit("wgmma.commit_group.sync.aligned;");
}

/// Waits for all products; `words` stay in their registers until then.
static Value waitForSums(WarpBuilder &b, ArrayRef<Value> sums,
                         ArrayRef<Value> words) {
  Asm wait(b);
  for (Value sum : sums)
    wait.change(sum, b.getF32Type());
  for (Value word : words)
    wait.read(word);
  return b.vectorOf(wait.emit("wgmma.wait_group.sync.aligned 0;"));
}

Value Products::wait() { return waitForSums(b, sums, words); }

Value multiplyByWarpgroups(WarpBuilder &b, VectorType leftType, Value left,
                           std::optional<SharedOperand> sharedLeft,
                           const SharedOperand &right, VectorType sums,
                           Value accumulator) {
  Products products(b, leftType, left, sharedLeft, right, sums);
  products.start(accumulator);
  return products.wait();
}

Value startByWarpgroups(WarpBuilder &b, const SharedOperand &left,
                        const SharedOperand &right, VectorType sums) {
  Products products(b, left.tile.type, Value(), left, right, sums);
  products.start(Value());
  return products.result();
}

Value waitForWarpgroups(WarpBuilder &b, Value sums) {
  int64_t count = cast<VectorType>(sums.getType()).getNumElements();
  return waitForSums(b, b.elements(sums, 0, count), {});
}

} // namespace attention::nvptx
