#include "interpreter/Interpreter.h"
#include "interpreter/Families.h"
#include "mlir/IR/BuiltinTypes.h"
#include "mlir/IR/OpDefinition.h"

using namespace mlir;

namespace attention {

/// Deeper than any model calls, shallower than any stack.
static constexpr int64_t deepestCall = 1000;
/// 64 GiB of doubles.
static constexpr int64_t mostElements = int64_t(1) << 33;

void HandlerTable::add(StringRef name, Handler handler) {
  handlers.insert_or_assign(OperationName(name, context), std::move(handler));
}

const Handler *HandlerTable::find(OperationName name) const {
  auto found = handlers.find(name);
  return found == handlers.end() ? nullptr : &found->second;
}

Interpreter::Interpreter(Operation *module, int64_t threads)
    : symbols(module), handlers(module->getContext()), threadCount(threads) {
  for (auto add : {addAffine, addArithFloats, addArithIntegers, addArithCasts,
                   addMath, addTensorElements, addTensorShapes, addTensorSlices,
                   addLinalg, addScf, addFunc, addGlue, addPositions, addAttend,
                   addStates, addSegments, addEvolve})
    add(handlers);
}

FunctionOpInterface Interpreter::lookup(StringRef name) const {
  return dyn_cast_or_null<FunctionOpInterface>(symbols.lookup(name));
}

LogicalResult Interpreter::call(FunctionOpInterface function,
                                ArrayRef<Datum> arguments,
                                SmallVectorImpl<Datum> &results,
                                int64_t depth) const {
  if (depth > deepestCall)
    return function.emitError("expects at most ")
           << deepestCall << " calls within each other, but got more";
  if (function.isExternal())
    return function.emitError("expects a function with a body to interpret");
  Frame frame(*this, depth);
  for (auto [argument, datum] : llvm::zip(function.getArguments(), arguments))
    if (failed(checkType(function, datum, argument.getType())))
      return failure();
  return frame.run(function.getFunctionBody(), arguments, results);
}

const Datum &Frame::get(mlir::Value value) const {
  for (const Frame *frame = this; frame; frame = frame->parent) {
    auto found = frame->values.find(value);
    if (found != frame->values.end())
      return found->second;
  }
  llvm_unreachable("an op reads a value that no op has set");
}

Shape Frame::integers(ArrayRef<OpFoldResult> mixed) const {
  Shape result;
  for (OpFoldResult entry : mixed)
    if (auto value = dyn_cast<mlir::Value>(entry))
      result.push_back(integer(value));
    else
      result.push_back(cast<IntegerAttr>(cast<Attribute>(entry)).getInt());
  return result;
}

LogicalResult Frame::run(Region &region, ArrayRef<Datum> arguments,
                         SmallVectorImpl<Datum> &yielded) {
  if (!region.hasOneBlock())
    return region.getParentOp()->emitError(
        "expects a region of one block to interpret");
  Block &block = region.front();
  for (auto [argument, datum] : llvm::zip(block.getArguments(), arguments))
    set(argument, datum);
  for (Operation &op : block.without_terminator()) {
    if (failed(execute(&op)))
      return failure();
    if (!parent)
      forgetAfter(&op);
  }
  yielded.clear();
  for (mlir::Value operand : block.back().getOperands())
    yielded.push_back(get(operand));
  return success();
}

LogicalResult Frame::execute(Operation *op) {
  const Handler *handler = interpreter.table().find(op->getName());
  if (!handler)
    return op->emitError("expects an op that the interpreter knows, but got '")
           << op->getName() << "'";
  return (*handler)(op, *this);
}

/// Drops arrays that `op` was the last of its block to read, so that a deep
/// model does not hold all that it ever computed.
void Frame::forgetAfter(Operation *op) {
  for (mlir::Value operand : op->getOperands()) {
    Block *block = op->getBlock();
    if (!isa<ShapedType>(operand.getType()) ||
        operand.getParentBlock() != block)
      continue;
    bool last = llvm::all_of(operand.getUsers(), [&](Operation *user) {
      Operation *ancestor = block->findAncestorOpInBlock(*user);
      return ancestor == op || ancestor->isBeforeInBlock(op);
    });
    if (last)
      values.erase(operand);
  }
}

LogicalResult checkType(Operation *op, const Datum &datum, Type type) {
  auto shaped = dyn_cast<ShapedType>(type);
  if (!shaped)
    return success();
  const Array &array = datum.array();
  bool fits = array.rank() == shaped.getRank();
  for (int64_t d = 0; fits && d < array.rank(); ++d)
    fits = shaped.isDynamicDim(d) || shaped.getDimSize(d) == array.shape[d];
  if (fits)
    return success();
  return op->emitError("expects a value of type ")
         << type << ", but got sizes " << shapeText(array.shape);
}

LogicalResult checkSizes(Operation *op, ArrayRef<int64_t> sizes) {
  int64_t count = 1;
  for (int64_t size : sizes) {
    if (size < 0)
      return op->emitError("expects sizes of at least 0, but got ")
             << shapeText(sizes);
    if (llvm::MulOverflow(count, size, count) || count > mostElements)
      return op->emitError("expects at most ")
             << mostElements << " elements, but got sizes " << shapeText(sizes);
  }
  return success();
}

} // namespace attention
