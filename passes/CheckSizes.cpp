#include "dialect/Attention.h"
#include "passes/Passes.h"
#include "passes/SourcePlace.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_CHECKSIZES
#include "passes/Passes.h.inc"

namespace {

/// A size of a tensor, as a message names it.
struct Size {
  StringRef name;
  Value tensor;
  int64_t dim;
  int64_t known() const {
    return cast<RankedTensorType>(tensor.getType()).getDimSize(dim);
  }
};

/// States before an operation what its sizes must be to agree.
class SizeChecks {
public:
  explicit SizeChecks(Operation *op) : op(op), builder(op) {}

  void equal(Size a, Size b) {
    if (!ShapedType::isDynamic(a.known()) && !ShapedType::isDynamic(b.known()))
      return; // The verifier has seen to it.
    if (a.tensor == b.tensor && a.dim == b.dim)
      return;
    // Head counts that are not known are refused where attention is unfolded.
    if (ShapedType::isDynamic(b.known()) && b.tensor.getDefiningOp() == op)
      return;
    Value left = value(a), right = value(b);
    Value differ = arith::CmpIOp::create(builder, op->getLoc(),
                                         arith::CmpIPredicate::ne, left, right);
    report(differ,
           Twine("expects ") + a.name + " to be the same as " + b.name +
               ", but got {0} and {1}",
           {left, right});
  }

  /// All sizes of two tensors of one rank.
  void same(StringRef what, Value a, Value b) {
    for (int64_t dim :
         llvm::seq<int64_t>(0, cast<RankedTensorType>(a.getType()).getRank())) {
      std::string name = (what + " (dimension " + Twine(dim) + ")").str();
      equal({name, a, dim}, {"that of the other operand", b, dim});
    }
  }

  void one(Size size) {
    if (!ShapedType::isDynamic(size.known()))
      return;
    Value actual = value(size);
    Value wanted = arith::ConstantIndexOp::create(builder, op->getLoc(), 1);
    Value differ = arith::CmpIOp::create(
        builder, op->getLoc(), arith::CmpIPredicate::ne, actual, wanted);
    report(differ, Twine("expects ") + size.name + " to be 1, but got {0}",
           {actual});
  }

  void multipleOf(Size size, int64_t factor) {
    if (!ShapedType::isDynamic(size.known()))
      return;
    Value actual = value(size);
    Value number =
        arith::ConstantIndexOp::create(builder, op->getLoc(), factor);
    Value rest = arith::RemUIOp::create(builder, op->getLoc(), actual, number);
    Value zero = arith::ConstantIndexOp::create(builder, op->getLoc(), 0);
    Value bad = arith::CmpIOp::create(builder, op->getLoc(),
                                      arith::CmpIPredicate::ne, rest, zero);
    report(bad,
           Twine("expects ") + size.name +
               " to be a multiple of {0}, but got {1}",
           {number, actual});
  }

private:
  Value value(Size size) {
    if (!ShapedType::isDynamic(size.known()))
      return arith::ConstantIndexOp::create(builder, op->getLoc(),
                                            size.known());
    return tensor::DimOp::create(builder, op->getLoc(), size.tensor, size.dim);
  }

  void report(Value bad, const Twine &message, ValueRange values) {
    std::string text =
        sourcePlace(op->getLoc()) +
        ("'" + op->getName().getStringRef() + "' " + message).str();
    Value order = arith::ConstantIndexOp::create(builder, op->getLoc(), 0);
    FailIfOp::create(builder, op->getLoc(), bad, order, text, values);
  }

  Operation *op;
  OpBuilder builder;
};

} // namespace

/// Tensors `[batch, heads, keys, d]`, where a 1 in the type repeats.
static void checkGates(SizeChecks &checks, Value query, Value key, Value output,
                       ArrayRef<std::pair<StringRef, Value>> gates) {
  for (auto [name, gate] : gates) {
    if (!gate)
      continue;
    bool perHead = name == "beta";
    std::string names[] = {
        ("the batch of " + name).str(), ("the heads of " + name).str(),
        ("the rows of " + name).str(), ("the columns of " + name).str()};
    Size expected[] = {{"the batch of query", query, 0},
                       {"the heads of the result", output, 1},
                       {"the rows of key", key, 2},
                       {"the columns of key", key, 3}};
    auto type = cast<RankedTensorType>(gate.getType());
    for (int64_t dim : {0, 1, 2, 3}) {
      if (type.getDimSize(dim) == 1)
        continue;
      if (dim == 3 && perHead)
        checks.one({names[dim], gate, dim});
      else
        checks.equal({names[dim], gate, dim}, expected[dim]);
    }
  }
}

/// What `attend` and `continue` have in common.
template <typename Op> static void checkTokens(SizeChecks &checks, Op op) {
  Value query = op.getQuery(), key = op.getKey(), value = op.getValue();
  checks.equal({"the batch of key", key, 0}, {"the batch of query", query, 0});
  checks.equal({"the batch of value", value, 0},
               {"the batch of query", query, 0});
  checks.equal({"the columns of key", key, 3},
               {"the columns of query", query, 3});
  checks.equal({"the rows of value", value, 2}, {"the rows of key", key, 2});
  if (Value exists = op.getKeys()) {
    checks.equal({"the batch of keys", exists, 0},
                 {"the batch of query", query, 0});
    checks.equal({"the length of keys", exists, 1},
                 {"the rows of key", key, 2});
  }
  checkGates(checks, query, key, op.getOutput(),
             {{"decay", op.getDecay()},
              {"beta", op.getBeta()},
              {"remove", op.getRemove()},
              {"replace", op.getReplace()}});
}

static void checkContinue(ContinueOp op) {
  SizeChecks checks(op);
  checkTokens(checks, op);
  checks.equal({"the rows of query", op.getQuery(), 2},
               {"the rows of key", op.getKey(), 2});
}

static void checkAttend(AttendOp op) {
  SizeChecks checks(op);
  Value query = op.getQuery(), key = op.getKey();
  checkTokens(checks, op);
  if (op.getDocuments())
    checks.equal({"the rows of query with documents", query, 2},
                 {"the rows of key", key, 2});
  if (Value offset = op.getOffset())
    checks.equal({"the length of offset", offset, 0},
                 {"the batch of query", query, 0});
  if (Value sink = op.getSink())
    checks.equal({"the length of sink", sink, 0},
                 {"the heads of the result", op.getOutput(), 1});
  Value bias = op.getBias();
  if (!bias)
    return;
  RankedTensorType type = op.getBias().getType();
  std::pair<Size, Size> sizes[] = {
      {{"the batch of bias", bias, 0}, {"the batch of query", query, 0}},
      {{"the heads of bias", bias, 1},
       {"the heads of the result", op.getOutput(), 1}},
      {{"the rows of bias", bias, 2}, {"the rows of query", query, 2}},
      {{"the columns of bias", bias, 3}, {"the rows of key", key, 2}}};
  for (auto [actual, expected] : sizes)
    if (type.getDimSize(actual.dim) != 1) // A 1 in the type repeats.
      checks.equal(actual, expected);
}

static int64_t last(Value tensor) {
  return cast<RankedTensorType>(tensor.getType()).getRank() - 1;
}

static void checkGlue(Operation *op) {
  SizeChecks checks(op);
  llvm::TypeSwitch<Operation *>(op)
      .Case([&](ProjectOp project) {
        checks.equal({"the columns of input", project.getInput(),
                      last(project.getInput())},
                     {"the columns of weight", project.getWeight(), 1});
        if (Value bias = project.getBias())
          checks.equal({"the length of bias", bias, 0},
                       {"the rows of weight", project.getWeight(), 0});
      })
      .Case([&](SplitHeadsOp split) {
        checks.multipleOf({"the columns of input", split.getInput(), 2},
                          split.getHeads());
      })
      .Case([&](RotaryOp rotary) {
        if (Value offset = rotary.getOffset())
          checks.equal({"the length of offset", offset, 0},
                       {"the batch of input", rotary.getInput(), 0});
        if (Value positions = rotary.getPositions()) {
          checks.equal({"the batch of positions", positions, 0},
                       {"the batch of input", rotary.getInput(), 0});
          checks.equal({"the length of positions", positions, 1},
                       {"the rows of input", rotary.getInput(), 2});
        }
      })
      .Case([&](RmsNormOp norm) {
        checks.equal(
            {"the length of gain", norm.getGain(), 0},
            {"the columns of input", norm.getInput(), last(norm.getInput())});
      })
      .Case([&](LayerNormOp norm) {
        for (Value parameter : {Value(norm.getGain()), Value(norm.getBias())})
          checks.equal(
              {"the length of gain and bias", parameter, 0},
              {"the columns of input", norm.getInput(), last(norm.getInput())});
      })
      .Case([&](BroadcastRowsOp rows) {
        checks.equal({"the batch of input", rows.getInput(), 0},
                     {"the batch of like", rows.getLike(), 0});
      });
}

/// Joined tensors agree in all but the dimension that they are joined along.
static void checkConcat(tensor::ConcatOp concat) {
  SizeChecks checks(concat);
  Value first = concat.getInputs().front();
  for (Value other : concat.getInputs().drop_front())
    for (int64_t dim : llvm::seq<int64_t>(0, concat.getResultType().getRank()))
      if (dim != int64_t(concat.getDim())) {
        std::string name = ("dimension " + Twine(dim)).str();
        checks.equal({name, other, dim}, {"that of the first", first, dim});
      }
}

/// Elementwise operations on tensors want operands of one shape.
static void checkElementwise(Operation *op) {
  SizeChecks checks(op);
  Value first;
  for (Value operand : op->getOperands()) {
    if (!isa<RankedTensorType>(operand.getType()))
      continue;
    if (first)
      checks.same("the shape of an operand", operand, first);
    else
      first = operand;
  }
}

namespace {
struct CheckSizes : impl::CheckSizesBase<CheckSizes> {
  void runOnOperation() override {
    SmallVector<Operation *> ops;
    getOperation().walk([&](Operation *op) { ops.push_back(op); });
    for (Operation *op : ops) {
      if (auto attend = dyn_cast<AttendOp>(op))
        checkAttend(attend);
      else if (auto part = dyn_cast<ContinueOp>(op))
        checkContinue(part);
      else if (isa<AttentionDialect>(op->getDialect()))
        checkGlue(op);
      else if (auto concat = dyn_cast<tensor::ConcatOp>(op))
        checkConcat(concat);
      else if (OpTrait::hasElementwiseMappableTraits(op))
        checkElementwise(op);
    }
  }
};
} // namespace

} // namespace attention
