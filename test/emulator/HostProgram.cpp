#include "test/emulator/HostProgram.h"
#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/Dialect/SCF/IR/SCF.h"
#include "mlir/Dialect/Utils/StaticValueUtils.h"
#include "test/emulator/Block.h"
#include "test/emulator/TensorMaps.h"
#include "llvm/ADT/SmallBitVector.h"
#include "llvm/ADT/TypeSwitch.h"
#include <cstring>

using namespace mlir;

namespace attention::emulator {

[[noreturn]] static void fail(Operation &op, const Twine &what) {
  op.emitError("emulator: ") << what;
  std::exit(1);
}

static int64_t elementBytes(Type memref) {
  Type element = cast<MemRefType>(memref).getElementType();
  return element.isIndex() ? 8 : (element.getIntOrFloatBitWidth() + 7) / 8;
}

/// The bits of a constant, as a kernel takes them and memory holds them.
static Bits bitsOf(Attribute scalar) {
  if (auto real = dyn_cast<FloatAttr>(scalar))
    return real.getValue().bitcastToAPInt().getZExtValue();
  return cast<IntegerAttr>(scalar).getValue().getZExtValue();
}

static Attribute constantOf(Bits bits, Type type) {
  if (auto real = dyn_cast<FloatType>(type))
    return FloatAttr::get(type, llvm::APFloat(real.getFloatSemantics(),
                                              APInt(real.getWidth(), bits)));
  unsigned width = type.isIndex() ? 64 : type.getIntOrFloatBitWidth();
  return IntegerAttr::get(type, APInt(width, bits, false, true));
}

HostMemref HostProgram::addBuffer(void *start, std::vector<int64_t> sizes,
                                  int64_t bytes) {
  HostMemref memref{static_cast<uint8_t *>(start), 0, sizes, sizes};
  int64_t stride = 1;
  for (size_t i = sizes.size(); i-- > 0; stride *= sizes[i])
    memref.strides[i] = stride;
  global.add(start, stride * bytes);
  return memref;
}

int64_t HostProgram::integer(Value value) {
  auto number = dyn_cast_or_null<IntegerAttr>(values[value].scalar);
  if (!number)
    fail(*value.getParentBlock()->getParentOp(), "an integer is not known");
  return number.getType().isInteger(1) ? number.getValue().getZExtValue()
                                       : number.getInt();
}

int64_t HostProgram::integer(OpFoldResult value) {
  if (std::optional<int64_t> constant = getConstantIntValue(value))
    return *constant;
  return integer(cast<Value>(value));
}

void HostProgram::setInteger(Value value, int64_t number) {
  values[value].scalar = IntegerAttr::get(value.getType(), number);
}

std::vector<HostValue> HostProgram::run(func::FuncOp function,
                                        ArrayRef<HostValue> arguments) {
  for (auto [argument, value] : llvm::zip(function.getArguments(), arguments))
    values[argument] = value;
  return runBlock(function.getBody().front());
}

/// Gives the operands of the terminator.
std::vector<HostValue> HostProgram::runBlock(mlir::Block &block) {
  for (Operation &op : block.without_terminator())
    execute(op);
  std::vector<HostValue> results;
  for (Value operand : block.getTerminator()->getOperands())
    results.push_back(values[operand]);
  return results;
}

/// The new entry may move all others.
void HostProgram::rename(Value known, Value result) {
  HostValue value = values[known];
  values[result] = std::move(value);
}

void HostProgram::execute(Operation &op) {
  llvm::TypeSwitch<Operation *>(&op)
      .Case([&](scf::IfOp) { branch(op); })
      .Case([&](scf::ForOp) { loop(op); })
      .Case([&](gpu::LaunchFuncOp launched) { launch(launched); })
      .Case([&](memref::AllocOp alloc) { allocate(alloc); })
      .Case([&](memref::DeallocOp) {})
      .Case([&](memref::LoadOp read) { load(read); })
      .Case([&](memref::StoreOp write) { store(write); })
      .Case([&](memref::CopyOp copied) { copy(copied); })
      .Case([&](memref::SubViewOp taken) { view(taken); })
      .Case([&](memref::CollapseShapeOp shaped) { collapse(shaped); })
      .Case([&](memref::ExpandShapeOp shaped) { expand(shaped); })
      .Case([&](memref::GetGlobalOp constant) { readConstant(constant); })
      .Case([&](memref::CastOp cast) {
        rename(cast.getSource(), cast.getResult());
      })
      .Case([&](memref::DimOp dim) {
        setInteger(
            dim, values[dim.getSource()].memref.sizes[integer(dim.getIndex())]);
      })
      .Case([&](memref::ExtractStridedMetadataOp m) { metadata(m); })
      .Case([&](memref::ExtractAlignedPointerAsIndexOp pointer) {
        setInteger(pointer, reinterpret_cast<int64_t>(
                                values[pointer.getSource()].memref.start));
      })
      .Case([&](arith::TruncFOp truncation) {
        // Folds only where nothing is lost.
        auto number = cast<FloatAttr>(values[truncation.getIn()].scalar);
        values[truncation].scalar =
            FloatAttr::get(truncation.getType(), number.getValueAsDouble());
      })
      .Case([&](LLVM::IntToPtrOp cast) {
        rename(cast.getArg(), cast.getResult());
      })
      .Case([&](TensorMapOp map) { describe(map); })
      .Case([&](FailIfOp check) {
        if (integer(check.getBad()))
          fail(op, "the run fails: " + messageOf(check));
      })
      .Default([&](Operation *other) { fold(*other); });
}

/// With the values in place of their numbers.
std::string HostProgram::messageOf(FailIfOp check) {
  std::string text = check.getMessage().str();
  for (auto [i, value] : llvm::enumerate(check.getValues())) {
    std::string number = ("{" + Twine(i) + "}").str();
    for (size_t at; (at = text.find(number)) != std::string::npos;)
      text.replace(at, number.size(), std::to_string(integer(value)));
  }
  return text;
}

void HostProgram::fold(Operation &op) {
  SmallVector<Attribute> operands;
  for (Value operand : op.getOperands())
    operands.push_back(values[operand].scalar);
  SmallVector<OpFoldResult> results;
  if (op.getNumRegions() || failed(op.fold(operands, results)) ||
      results.size() != op.getNumResults())
    fail(op, "has no meaning for '" + op.getName().getStringRef() + "'");
  for (auto [result, folded] : llvm::zip(op.getResults(), results))
    values[result].scalar = isa<Attribute>(folded)
                                ? cast<Attribute>(folded)
                                : values[cast<Value>(folded)].scalar;
}

void HostProgram::branch(Operation &op) {
  auto branches = cast<scf::IfOp>(op);
  mlir::Block *taken = integer(branches.getCondition()) ? branches.thenBlock()
                                                        : branches.elseBlock();
  if (!taken)
    return;
  std::vector<HostValue> yielded = runBlock(*taken);
  for (auto [result, value] : llvm::zip(branches.getResults(), yielded))
    values[result] = value;
}

void HostProgram::loop(Operation &op) {
  auto loop = cast<scf::ForOp>(op);
  std::vector<HostValue> carried;
  for (Value init : loop.getInitArgs())
    carried.push_back(values[init]);
  for (int64_t i = integer(loop.getLowerBound());
       i < integer(loop.getUpperBound()); i += integer(loop.getStep())) {
    setInteger(loop.getInductionVar(), i);
    for (auto [argument, value] : llvm::zip(loop.getRegionIterArgs(), carried))
      values[argument] = value;
    carried = runBlock(*loop.getBody());
  }
  for (auto [result, value] : llvm::zip(loop.getResults(), carried))
    values[result] = value;
}

void HostProgram::metadata(memref::ExtractStridedMetadataOp op) {
  const HostMemref memref = values[op.getSource()].memref;
  setInteger(op.getOffset(), memref.offset);
  for (auto [result, size] : llvm::zip(op.getSizes(), memref.sizes))
    setInteger(result, size);
  for (auto [result, stride] : llvm::zip(op.getStrides(), memref.strides))
    setInteger(result, stride);
}

void HostProgram::view(memref::SubViewOp op) {
  HostMemref source = values[op.getSource()].memref;
  HostMemref &result = values[op.getResult()].memref;
  result = {source.start, source.offset, {}, {}};
  llvm::SmallBitVector dropped = op.getDroppedDims();
  for (size_t i = 0; i < source.sizes.size(); ++i) {
    result.offset += integer(op.getMixedOffsets()[i]) * source.strides[i];
    if (dropped.test(i))
      continue;
    result.sizes.push_back(integer(op.getMixedSizes()[i]));
    result.strides.push_back(source.strides[i] *
                             integer(op.getMixedStrides()[i]));
  }
}

/// Dimensions of one element have a place in no order.
void HostProgram::collapse(memref::CollapseShapeOp op) {
  const HostMemref source = values[op.getSrc()].memref;
  HostMemref result{source.start, source.offset, {}, {}};
  for (const ReassociationIndices &group : op.getReassociationIndices()) {
    int64_t size = 1, stride = 1;
    for (int64_t dimension : llvm::reverse(group)) {
      int64_t more = source.sizes[dimension];
      if (more != 1 && size == 1)
        stride = source.strides[dimension];
      if (more > 1 && source.strides[dimension] != size * stride)
        fail(*op, "collapses dimensions that are not contiguous");
      size *= more;
    }
    result.sizes.push_back(size);
    result.strides.push_back(stride);
  }
  values[op].memref = result;
}

void HostProgram::expand(memref::ExpandShapeOp op) {
  const HostMemref source = values[op.getSrc()].memref;
  HostMemref result{source.start, source.offset, {}, {}};
  for (OpFoldResult size : op.getMixedOutputShape())
    result.sizes.push_back(integer(size));
  result.strides.resize(result.sizes.size());
  for (auto [group, step] :
       llvm::zip(op.getReassociationIndices(), source.strides)) {
    int64_t stride = step;
    for (int64_t dimension : llvm::reverse(group)) {
      result.strides[dimension] = stride;
      stride *= result.sizes[dimension];
    }
  }
  values[op].memref = result;
}

void HostProgram::readConstant(memref::GetGlobalOp op) {
  auto global = SymbolTable::lookupNearestSymbolFrom<memref::GlobalOp>(
      op, op.getNameAttr());
  auto numbers = dyn_cast_or_null<DenseElementsAttr>(
      global ? global.getInitialValueAttr() : Attribute());
  if (!numbers)
    fail(*op, "reads a constant that is not known");
  int64_t bytes = elementBytes(op.getType());
  uint8_t *to = allocateBytes(numbers.getNumElements() * bytes);
  values[op].memref = addBuffer(to, op.getType().getShape().vec(), bytes);
  for (auto [i, number] : llvm::enumerate(numbers.getValues<Attribute>())) {
    Bits bits = bitsOf(number);
    std::memcpy(to + i * bytes, &bits, bytes);
  }
}

/// Memory that nothing has written holds NaN.
uint8_t *HostProgram::allocateBytes(int64_t bytes) {
  allocated.emplace_back(new uint8_t[bytes + 64]);
  std::fill_n(allocated.back().get(), bytes + 64, 0xff);
  uint64_t start = reinterpret_cast<uint64_t>(allocated.back().get());
  return reinterpret_cast<uint8_t *>((start + 63) & ~63ull);
}

void HostProgram::allocate(memref::AllocOp op) {
  std::vector<int64_t> sizes;
  auto dynamic = op.getDynamicSizes().begin();
  int64_t bytes = elementBytes(op.getType());
  for (int64_t size : op.getType().getShape()) {
    sizes.push_back(ShapedType::isDynamic(size) ? integer(*dynamic++) : size);
    bytes *= sizes.back();
  }
  values[op].memref =
      addBuffer(allocateBytes(bytes), sizes, elementBytes(op.getType()));
}

uint8_t *HostProgram::elementAddress(Value memref, ValueRange indices) {
  const HostMemref &place = values[memref].memref;
  int64_t at = place.offset;
  for (auto [i, index] : llvm::enumerate(indices)) {
    int64_t number = integer(index);
    if (number < 0 || number >= place.sizes[i])
      fail(*memref.getParentBlock()->getParentOp(),
           "accesses memory out of bounds");
    at += number * place.strides[i];
  }
  return place.start + at * elementBytes(memref.getType());
}

void HostProgram::load(memref::LoadOp op) {
  Bits bits = 0;
  std::memcpy(&bits, elementAddress(op.getMemRef(), op.getIndices()),
              elementBytes(op.getMemRefType()));
  values[op].scalar = constantOf(bits, op.getType());
}

void HostProgram::store(memref::StoreOp op) {
  Bits bits = bitsOf(values[op.getValue()].scalar);
  std::memcpy(elementAddress(op.getMemRef(), op.getIndices()), &bits,
              elementBytes(op.getMemRefType()));
}

void HostProgram::copy(memref::CopyOp op) {
  const HostMemref from = values[op.getSource()].memref;
  const HostMemref to = values[op.getTarget()].memref;
  int64_t bytes = elementBytes(op.getSource().getType());
  std::vector<int64_t> place(from.sizes.size());
  // Counts through all places, the last dimension first.
  for (size_t i = 0; i <= place.size();) {
    if (i == 0 && !llvm::is_contained(from.sizes, 0)) {
      int64_t read = from.offset, written = to.offset;
      for (size_t d = 0; d < place.size(); ++d) {
        read += place[d] * from.strides[d];
        written += place[d] * to.strides[d];
      }
      std::memcpy(to.start + written * bytes, from.start + read * bytes, bytes);
    }
    if (i == place.size())
      return;
    size_t d = place.size() - 1 - i;
    bool more = ++place[d] < from.sizes[d];
    place[d] = more ? place[d] : 0;
    i = more ? 0 : i + 1;
  }
}

/// The address of a map, as the driver would make it.
void HostProgram::describe(TensorMapOp op) {
  const HostMemref memref = values[op.getMemref()].memref;
  int64_t rank = op.getBox().size(),
          bytes = elementBytes(op.getMemref().getType());
  TensorMap map;
  map.address =
      reinterpret_cast<uint64_t>(memref.start) + memref.offset * bytes;
  map.rank = rank;
  map.elementBytes = bytes;
  for (int64_t i = 0; i < rank; ++i) {
    map.sizes[i] = memref.sizes[rank - 1 - i];
    map.strides[i] = memref.strides[rank - 1 - i] * bytes;
    map.box[i] = op.getBox()[rank - 1 - i];
  }
  for (Swizzle swizzle :
       {Swizzle::Bytes32, Swizzle::Bytes64, Swizzle::Bytes128})
    if (spanOf(swizzle) == map.box[0] * map.elementBytes)
      map.swizzle = swizzle;
  uint8_t *place = allocateBytes(TensorMap::bytes);
  // Of no element, there is no map, and nobody asks for it.
  if (!llvm::is_contained(memref.sizes, 0)) {
    if (std::string wrong = map.check(); !wrong.empty())
      fail(*op, "there is no map of a tensor with " + wrong);
    map.encode(place);
  }
  setInteger(op.getMap(), reinterpret_cast<int64_t>(place));
}

void HostProgram::launch(gpu::LaunchFuncOp op) {
  llvm::Function *kernel = kernels.getFunction(op.getKernelName().getValue());
  if (!kernel)
    fail(*op, "there is no kernel '" + op.getKernelName().getValue() + "'");
  SmallVector<Bits> arguments;
  for (Value argument : op.getKernelOperands())
    arguments.push_back(bitsOf(values[argument].scalar));
  int64_t threads = integer(op.getBlockSizeX());
  int64_t shared = op.getDynamicSharedMemorySize()
                       ? integer(op.getDynamicSharedMemorySize())
                       : 0;
  int64_t blocks = integer(op.getGridSizeX());
  // As a device would that is busy: blocks take some more each.
  if (global.itemsOf(*kernel))
    blocks = llvm::divideCeil(blocks, 3);
  emulator::run({*kernel, arguments, unsigned(blocks), unsigned(threads),
                 uint64_t(shared)},
                global);
}

} // namespace attention::emulator
