#include "dialect/Attention.h"
#include "passes/Elementwise.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Affine/IR/AffineOps.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "mlir/IR/IRMapping.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_STREAMKEYS
#include "passes/Passes.h.inc"

/// What one query tile knows of its keys: bounds, and answers about key tiles.
/// Positions are those of `visit`; keys are counted as rows of its tensors.
namespace {
class KeyTiles {
public:
  KeyTiles(OpBuilder &builder, VisitOp visit, int64_t size);

  /// The rows of keys outside of which nothing is seen.
  KeyRange range();
  /// Whether all, or any, of the pairs of the query tile and the key tile at
  /// row `first` are seen (i1).
  Value all(Value first);
  Value some(Value first);

private:
  Value constant(int64_t value) {
    return arith::ConstantIndexOp::create(builder, loc, value);
  }
  Value add(Value a, Value b) {
    return builder.createOrFold<arith::AddIOp>(loc, a, b);
  }
  Value sub(Value a, Value b) {
    return builder.createOrFold<arith::SubIOp>(loc, a, b);
  }
  Value smaller(Value a, Value b) {
    return arith::MinSIOp::create(builder, loc, a, b);
  }
  Value larger(Value a, Value b) {
    return arith::MaxSIOp::create(builder, loc, a, b);
  }
  Value both(Value a, Value b) {
    return b ? builder.createOrFold<arith::AndIOp>(loc, a, b) : a;
  }
  Value compare(arith::CmpIPredicate predicate, Value a, Value b) {
    return builder.createOrFold<arith::CmpIOp>(loc, predicate, a, b);
  }
  Value truth(bool value) {
    return arith::ConstantIntOp::create(builder, loc, value, 1);
  }
  Value span(unsigned which, Value token);
  Value tileAt(Value key);
  Value reduceKeys(Value first, bool all);
  TileSpan spanAt(Value first);

  OpBuilder &builder;
  VisitOp visit;
  Location loc;
  int64_t size;
  Value keys;                  // rows of keys that exist
  Value firstKey;              // position of the first of them
  Value firstQuery, lastQuery; // positions, in the document if there are any
  Value documentBegin, documentEnd, oneDocument; // null without documents
};
} // namespace

KeyTiles::KeyTiles(OpBuilder &builder, VisitOp visit, int64_t size)
    : builder(builder), visit(visit), loc(visit.getLoc()), size(size) {
  keys = tensor::DimOp::create(builder, loc, visit.getKey(), 2);
  Value queries = tensor::DimOp::create(builder, loc, visit.getQuery(), 2);
  ValueRange window = visit.getWindow();
  Value origin = visit.getFrom().empty()
                     ? (visit.getOffset() ? constant(0) : sub(keys, queries))
                     : visit.getFrom()[0];
  firstKey = visit.getFrom().empty() ? constant(0) : visit.getFrom()[1];
  if (visit.getOffset()) {
    Value offset =
        tensor::ExtractOp::create(builder, loc, visit.getOffset(), window[0]);
    origin = add(origin, arith::IndexCastOp::create(
                             builder, loc, builder.getIndexType(), offset));
  }
  Value last =
      sub(smaller(add(window[2], constant((*visit.getTile())[0])), queries),
          constant(1));
  firstQuery = add(origin, window[2]);
  lastQuery = visit.getAlike() ? firstQuery : add(origin, last);
  if (visit.getSpans().empty())
    return;
  documentBegin = span(0, firstQuery);
  documentEnd = span(1, lastQuery);
  oneDocument =
      compare(arith::CmpIPredicate::eq, documentBegin, span(0, lastQuery));
  firstQuery = sub(firstQuery, documentBegin);
  lastQuery = sub(lastQuery, documentBegin);
}

Value KeyTiles::span(unsigned which, Value token) {
  Value bound =
      tensor::ExtractOp::create(builder, loc, visit.getSpans()[which], token);
  return arith::IndexCastOp::create(builder, loc, builder.getIndexType(),
                                    bound);
}

/// The begin of the tile that has `key`. Tiles begin where they would without a
/// mask: the last one of a stretch of keys ends with it.
Value KeyTiles::tileAt(Value key) {
  Value first = visit.getWindow()[3];
  Value count = builder.createOrFold<arith::DivUIOp>(loc, sub(key, first),
                                                     constant(size));
  return add(first,
             builder.createOrFold<arith::MulIOp>(loc, count, constant(size)));
}

KeyRange KeyTiles::range() {
  Value begin, end;
  if (auto mask = dyn_cast_or_null<MaskInterface>(visit.getMaskAttr())) {
    KeyRange seen = mask.range(builder, loc, firstQuery, lastQuery);
    begin = seen.begin;
    end = seen.end;
  }
  if (oneDocument) {
    // Masks speak of positions in the document: of use if it is only one.
    auto select = [&](Value bound, Value otherwise) {
      return bound ? Value(arith::SelectOp::create(builder, loc, oneDocument,
                                                   add(bound, documentBegin),
                                                   otherwise))
                   : otherwise;
    };
    begin = larger(select(begin, documentBegin), documentBegin);
    end = smaller(select(end, documentEnd), documentEnd);
  }
  Value first = visit.getWindow()[3], last = keys;
  if (int64_t stretch = (*visit.getTile())[1])
    last = smaller(add(first, constant(stretch)), keys);
  begin = begin ? tileAt(smaller(larger(sub(begin, firstKey), first), last))
                : first;
  end = end ? smaller(larger(sub(end, firstKey), first), last) : last;
  return {begin, end};
}

/// Positions of the corners of the tile, of which only existing keys count.
TileSpan KeyTiles::spanAt(Value first) {
  Value last = sub(smaller(add(first, constant(size)), keys), constant(1));
  Value begin = add(first, firstKey), end = add(last, firstKey);
  if (documentBegin) {
    begin = sub(begin, documentBegin);
    end = sub(end, documentBegin);
  }
  return {firstQuery, lastQuery, begin, end};
}

/// Whether all (any) of the keys of the tile exist, by the clause `keys`.
Value KeyTiles::reduceKeys(Value first, bool all) {
  Value end = smaller(add(first, constant(size)), keys);
  auto loop = scf::ForOp::create(
      builder, loc, first, end, constant(1), ValueRange{truth(all)},
      [&](OpBuilder &b, Location l, Value key, ValueRange so_far) {
        Value exists = tensor::ExtractOp::create(
            b, l, visit.getKeys(), ValueRange{visit.getWindow()[0], key});
        Value next = all ? Value(arith::AndIOp::create(b, l, so_far[0], exists))
                         : Value(arith::OrIOp::create(b, l, so_far[0], exists));
        scf::YieldOp::create(b, l, next);
      });
  return loop.getResult(0);
}

Value KeyTiles::all(Value first) {
  if (!visit.getVisible().empty())
    return truth(false);
  Value result =
      compare(arith::CmpIPredicate::sle, add(first, constant(size)), keys);
  TileSpan tile = spanAt(first);
  if (auto mask = dyn_cast_or_null<MaskInterface>(visit.getMaskAttr()))
    result = both(result, mask.all(builder, loc, tile));
  if (oneDocument) {
    Value length = sub(documentEnd, documentBegin);
    result = both(result, oneDocument);
    result = both(
        result, compare(arith::CmpIPredicate::sge, tile.firstKey, constant(0)));
    result =
        both(result, compare(arith::CmpIPredicate::slt, tile.lastKey, length));
  }
  return visit.getKeys() ? both(result, reduceKeys(first, true)) : result;
}

Value KeyTiles::some(Value first) {
  Value result = truth(true);
  if (auto mask = dyn_cast_or_null<MaskInterface>(visit.getMaskAttr())) {
    result = mask.some(builder, loc, spanAt(first));
    if (oneDocument) // Positions are those of the first document: nothing
                     // follows for others.
      result = arith::OrIOp::create(
          builder, loc, result,
          arith::XOrIOp::create(builder, loc, oneDocument, truth(true)));
  }
  return visit.getKeys() ? both(result, reduceKeys(first, false)) : result;
}

/// The visit of the key tile at row `key`.
static Value visitTile(OpBuilder &builder, VisitOp visit, Value partial,
                       Value key, int64_t size, bool whole) {
  auto tile = cast<VisitOp>(builder.clone(*visit));
  tile.getPartialMutable().assign(partial);
  tile.getWindowMutable().slice(3, 1).assign(key);
  tile.setTile(ArrayRef<int64_t>{(*visit.getTile())[0], size});
  if (whole) {
    tile.setWhole(true);
    tile.removeMaskAttr();
    tile.getKeysMutable().clear();
    tile.getSpansMutable().clear();
    tile.getVisible().dropAllReferences();
    tile.getVisible().getBlocks().clear();
  }
  return tile.getResult();
}

namespace {
/// How many keys tiles have.
struct TileRule {
  int64_t keys, bf16Keys, rowBytes, fewRows, fewRowsBytes, fewRowsKeys;
  int64_t keysOf(VisitOp visit) const;
};
} // namespace

/// Tiles of scores take the same memory whatever the scores' type. Keys are
/// halved while the scores and the sums of values of one row take more bytes
/// than they may, down to the 16 rows that any tile has; or, down to
/// `fewRowsKeys`, while the keys of a tile of few queries do, which memory
/// brings best in stretches of no more.
int64_t TileRule::keysOf(VisitOp visit) const {
  Type element = visit.getQuery().getType().getElementType();
  int64_t bytes = computeType(element).isF64() ? 8 : 4;
  int64_t size = bf16Keys && element.isBF16() ? bf16Keys : keys * 4 / bytes;
  int64_t width = visit.getValue().getType().getShape().back(),
          keyWidth = visit.getKey().getType().getShape().back();
  if (ShapedType::isDynamic(width) || ShapedType::isDynamic(keyWidth))
    return size;
  while (size % 32 == 0 && rowBytes && (size + width) * bytes > rowBytes)
    size /= 2;
  int64_t keyBytes = keyWidth * element.getIntOrFloatBitWidth() / 8;
  bool isFew = (*visit.getTile())[0] <= fewRows;
  while (isFew && size >= 2 * fewRowsKeys && size * keyBytes > fewRowsBytes)
    size /= 2;
  return size;
}

static void streamKeys(VisitOp visit, int64_t size) {
  OpBuilder builder(visit);
  Location loc = visit.getLoc();
  KeyTiles tiles(builder, visit, size);
  KeyRange range = tiles.range();
  Value step = arith::ConstantIndexOp::create(builder, loc, size);
  auto loop = scf::ForOp::create(builder, loc, range.begin, range.end, step,
                                 ValueRange{visit.getPartial()});
  builder.setInsertionPointToStart(loop.getBody());
  Value key = loop.getInductionVar(), partial = loop.getRegionIterArgs()[0];
  auto yield = [&](Value value) {
    return [value](OpBuilder &b, Location l) {
      scf::YieldOp::create(b, l, value);
    };
  };
  auto masked = [&](OpBuilder &b, Location l) {
    scf::YieldOp::create(b, l, visitTile(b, visit, partial, key, size, false));
  };
  Value all = tiles.all(key);
  auto choice = scf::IfOp::create(
      builder, loc, all,
      [&](OpBuilder &b, Location l) {
        scf::YieldOp::create(b, l,
                             visitTile(b, visit, partial, key, size, true));
      },
      [&](OpBuilder &b, Location l) {
        if (!visit.getMaskAttr() && !visit.getKeys())
          return masked(b, l);
        OpBuilder::InsertionGuard guard(builder);
        builder.setInsertionPoint(b.getInsertionBlock(), b.getInsertionPoint());
        auto inner = scf::IfOp::create(builder, l, tiles.some(key), masked,
                                       yield(partial));
        scf::YieldOp::create(builder, l, inner.getResults());
        b.setInsertionPointToEnd(builder.getInsertionBlock());
      });
  scf::YieldOp::create(builder, loc, choice.getResults());
  visit.getResult().replaceAllUsesWith(loop.getResult(0));
  visit.erase();
}

namespace {
struct StreamKeys : impl::StreamKeysBase<StreamKeys> {
  using StreamKeysBase::StreamKeysBase;
  void runOnOperation() override {
    TileRule rule{keys,    bf16Keys,     rowBytes,
                  fewRows, fewRowsBytes, fewRowsKeys};
    SmallVector<VisitOp> ops;
    getOperation().walk([&](VisitOp op) {
      if (op.getTile() &&
          ((*op.getTile())[1] == 0 || (*op.getTile())[1] > rule.keysOf(op)))
        ops.push_back(op);
    });
    for (VisitOp op : ops) {
      int64_t size = rule.keysOf(op), stretch = (*op.getTile())[1];
      if (stretch % size != 0) {
        op.emitError("expects a stretch of keys that is a multiple of ")
            << size << ", but got " << stretch;
        return signalPassFailure();
      }
      streamKeys(op, size);
    }
  }
};
} // namespace

} // namespace attention
