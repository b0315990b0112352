#include "dialect/Attention.h"
#include "passes/Passes.h"
#include "passes/SizeChecks.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_CHECKSIZES
#include "passes/Passes.h.inc"

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
        checks.one({"the rows of input", rows.getInput(), 1});
        checks.equal({"the batch of input", rows.getInput(), 0},
                     {"the batch of like", rows.getLike(), 0});
      });
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
      else
        checkUpstream(op);
    }
  }
};
} // namespace

} // namespace attention
