#include "lowering/DocumentSpans.h"

#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"

using namespace mlir;

namespace attention {

/// Fails the run unless the starts ascend from 0 to the number of tokens, and
/// returns whether they do.
static Value checkStarts(OpBuilder &b, Location loc, Value starts,
                         Value tokens) {
  auto number = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value zero = number(0), one = number(1);
  Value count = tensor::DimOp::create(b, loc, starts, 0);
  auto read = [&](OpBuilder &b, Value at) {
    Value start = tensor::ExtractOp::create(b, loc, starts, at);
    return Value(arith::IndexCastOp::create(b, loc, b.getIndexType(), start));
  };
  using P = arith::CmpIPredicate;
  auto compare = [&](OpBuilder &b, P predicate, Value x, Value y) {
    return Value(arith::CmpIOp::create(b, loc, predicate, x, y));
  };
  Value none = compare(b, P::eq, count, zero);
  FailIfOp::create(
      b, loc, none, zero,
      "expects documents to hold the number of tokens, but got none",
      ValueRange());
  auto loop = scf::ForOp::create(
      b, loc, zero, count, one, ValueRange{zero, none},
      [&](OpBuilder &b, Location, Value i, ValueRange last) {
        Value start = read(b, i);
        // The first of them is 0: before it `last` is 0, and nothing else will
        // do.
        Value first = compare(b, P::eq, i, zero);
        Value bad = arith::OrIOp::create(
            b, loc, compare(b, P::slt, start, last[0]),
            arith::AndIOp::create(b, loc, first,
                                  compare(b, P::ne, start, zero)));
        FailIfOp::create(b, loc, bad, i,
                         "expects documents to ascend from 0, but got {0} "
                         "after {1} at [{2}]",
                         ValueRange{start, last[0], i});
        scf::YieldOp::create(
            b, loc,
            ValueRange{start, arith::OrIOp::create(b, loc, last[1], bad)});
      });
  Value wrongEnd = compare(b, P::ne, loop.getResult(0), tokens);
  wrongEnd = arith::AndIOp::create(
      b, loc, wrongEnd,
      arith::XOrIOp::create(b, loc, none,
                            arith::ConstantIntOp::create(b, loc, 1, 1)));
  FailIfOp::create(b, loc, wrongEnd, count,
                   "expects documents to end at {0} tokens, but got {1}",
                   ValueRange{tokens, loop.getResult(0)});
  return arith::OrIOp::create(b, loc, loop.getResult(1), wrongEnd);
}

Value countDocuments(OpBuilder &b, Location loc, Value starts, Value tokens) {
  auto number = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value bad = checkStarts(b, loc, starts, tokens);
  Value count = tensor::DimOp::create(b, loc, starts, 0);
  Value documents = arith::MaxSIOp::create(
      b, loc, arith::SubIOp::create(b, loc, count, number(1)), number(0));
  return arith::SelectOp::create(b, loc, bad, number(0), documents);
}

SmallVector<Value> documentSpans(OpBuilder &b, DocumentSpansOp op) {
  Location loc = op.getLoc();
  auto number = [&](int64_t value) {
    return arith::ConstantIndexOp::create(b, loc, value);
  };
  Value zero = number(0), one = number(1);
  // Of bad starts none is followed: tokens stay documents of their own, from 0
  // to 0.
  Value documents = countDocuments(b, loc, op.getStarts(), op.getTokens());
  Value none = arith::ConstantOp::create(b, loc, b.getI64IntegerAttr(0));
  Value empty = tensor::EmptyOp::create(b, loc, {OpFoldResult(op.getTokens())},
                                        b.getI64Type());
  SmallVector<Value> spans;
  for (int64_t side : {0, 1}) {
    Value next = number(side);
    auto clear = scf::ForOp::create(
        b, loc, zero, op.getTokens(), one, ValueRange{empty},
        [&](OpBuilder &b, Location, Value i, ValueRange t) {
          scf::YieldOp::create(
              b, loc,
              ValueRange{tensor::InsertOp::create(b, loc, none, t[0], i)});
        });
    auto loop = scf::ForOp::create(
        b, loc, zero, documents, one, clear.getResults(),
        [&](OpBuilder &b, Location, Value d, ValueRange outer) {
          auto read = [&](Value at) {
            return Value(tensor::ExtractOp::create(b, loc, op.getStarts(), at));
          };
          auto index = [&](Value v) {
            return Value(
                arith::IndexCastOp::create(b, loc, b.getIndexType(), v));
          };
          Value begin = read(d),
                end = read(arith::AddIOp::create(b, loc, d, one));
          Value bound = read(arith::AddIOp::create(b, loc, d, next));
          auto inner = scf::ForOp::create(
              b, loc, index(begin), index(end), one, outer,
              [&](OpBuilder &b, Location, Value i, ValueRange t) {
                scf::YieldOp::create(b, loc,
                                     ValueRange{tensor::InsertOp::create(
                                         b, loc, bound, t[0], i)});
              });
          scf::YieldOp::create(b, loc, inner.getResults());
        });
    spans.push_back(loop.getResult(0));
  }
  return spans;
}

} // namespace attention
