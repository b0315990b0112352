#include "lowering/nvptx/FailureRecord.h"

using namespace mlir;

namespace attention::nvptx {

/// What the words of a record hold: whether a thread is writing it, the order
/// (the largest number: nothing failed), then the values.
enum { Lock, Order, Values };

/// A record of nothing, before the loop.
static Value createRecord(scf::ForallOp loop, FailIfOp check) {
  OpBuilder b(loop);
  Location loc = check.getLoc();
  int64_t words = Values + check.getValues().size();
  Value record =
      memref::AllocOp::create(b, loc, MemRefType::get({words}, b.getI64Type()),
                              b.getI64IntegerAttr(64));
  for (int64_t word : {Lock, Order}) {
    Value start =
        arith::ConstantIntOp::create(b, loc, word == Order ? -1 : 0, 64);
    Value place = arith::ConstantIndexOp::create(b, loc, word);
    memref::StoreOp::create(b, loc, start, record, place);
  }
  return record;
}

/// Reports what the record holds, behind the loop.
static void checkRecord(scf::ForallOp loop, FailIfOp check, Value record) {
  OpBuilder b(loop.getContext());
  b.setInsertionPointAfter(loop);
  Location loc = check.getLoc();
  auto word = [&](int64_t number) -> Value {
    return memref::LoadOp::create(
        b, loc, record,
        ValueRange{arith::ConstantIndexOp::create(b, loc, number)});
  };
  Value order = word(Order);
  Value none = arith::ConstantIntOp::create(b, loc, -1, 64);
  Value bad =
      arith::CmpIOp::create(b, loc, arith::CmpIPredicate::ne, order, none);
  auto toIndex = [&](Value number) -> Value {
    return arith::IndexCastOp::create(b, loc, b.getIndexType(), number);
  };
  SmallVector<Value> values;
  for (size_t i = 0; i < check.getValues().size(); ++i)
    values.push_back(toIndex(word(Values + i)));
  FailIfOp::create(b, loc, bad, toIndex(order), check.getMessageAttr(), values);
}

/// Waits until no other block writes the record at `lock`.
static void acquire(WarpBuilder &b, Value lock) {
  auto wait = scf::WhileOp::create(b, TypeRange(), ValueRange());
  OpBuilder::InsertionGuard guard(b);
  b.createBlock(&wait.getBefore());
  Value one = arith::ConstantIntOp::create(b, 1, 64),
        zero = arith::ConstantIntOp::create(b, 0, 64);
  Value before = LLVM::AtomicRMWOp::create(b, LLVM::AtomicBinOp::xchg, lock,
                                           one, LLVM::AtomicOrdering::acquire);
  Value taken =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ne, before, zero);
  scf::ConditionOp::create(b, taken, ValueRange());
  b.createBlock(&wait.getAfter());
  scf::YieldOp::create(b);
}

/// One thread, in code that all of them reach alike.
static void write(WarpBuilder &b, Value record, Value order,
                  ValueRange values) {
  Type i64 = b.getI64Type();
  auto address = [&](int64_t word) -> Value {
    return LLVM::GEPOp::create(b, record.getType(), i64, record,
                               LLVM::GEPArg(word));
  };
  auto toWord = [&](Value number) -> Value {
    return arith::IndexCastOp::create(b, i64, number);
  };
  acquire(b, address(Lock));
  Value known = LLVM::LoadOp::create(b, i64, address(Order), /*alignment=*/8);
  Value isFirst =
      arith::CmpIOp::create(b, arith::CmpIPredicate::ult, toWord(order), known);
  auto first = scf::IfOp::create(b, isFirst, /*withElseRegion=*/false);
  {
    OpBuilder::InsertionGuard guard(b);
    b.setInsertionPointToStart(first.thenBlock());
    LLVM::StoreOp::create(b, toWord(order), address(Order), /*alignment=*/8);
    for (auto [i, value] : llvm::enumerate(values))
      LLVM::StoreOp::create(b, toWord(value), address(Values + i),
                            /*alignment=*/8);
  }
  LLVM::StoreOp::create(b, arith::ConstantIntOp::create(b, 0, 64).getResult(),
                        address(Lock), /*alignment=*/8, /*isVolatile=*/false,
                        /*isNonTemporal=*/false, /*isInvariantGroup=*/false,
                        LLVM::AtomicOrdering::release);
}

void recordFailure(WarpBuilder &b, KernelInputs &inputs, scf::ForallOp loop,
                   FailIfOp check) {
  Value record = createRecord(loop, check);
  checkRecord(loop, check, record);
  Value place = inputs.base(b, record), order = inputs.scalar(check.getOrder());
  SmallVector<Value> values;
  for (Value value : check.getValues())
    values.push_back(inputs.scalar(value));
  Value isOne =
      arith::CmpIOp::create(b, arith::CmpIPredicate::eq, b.thread, b.i32(0));
  auto branches =
      scf::IfOp::create(b, b.both(inputs.scalar(check.getBad()), isOne),
                        /*withElseRegion=*/false);
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(branches.thenBlock());
  write(b, place, order, values);
}

} // namespace attention::nvptx
