#include "lowering/nvptx/TileLowering.h"
#include "lowering/nvptx/Contraction.h"
#include "lowering/nvptx/FailureRecord.h"
#include "lowering/nvptx/FeedPump.h"
#include "lowering/nvptx/ForwardSolve.h"
#include "lowering/nvptx/MultiplyAhead.h"
#include "lowering/nvptx/Reduction.h"
#include "lowering/nvptx/Staging.h"
#include "lowering/nvptx/WarpgroupMma.h"
#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/Matchers.h"
#include "llvm/ADT/TypeSwitch.h"

using namespace mlir;

namespace attention::nvptx {

Value TileLowering::part(Value tile, Layout layout) {
  if (tile.getDefiningOp<vector::StepOp>())
    return b.vectorOf(b.places(cast<VectorType>(tile.getType()), layout));
  return parts.lookup({tile, static_cast<unsigned>(layout)});
}

void TileLowering::setPart(Value tile, Layout layout, Value value) {
  parts[{tile, static_cast<unsigned>(layout)}] = value;
}

SharedTile TileLowering::shared(Value tile) const {
  const Feed *feed = feeds.find(tile);
  if (!feed)
    return plan.tile(tile);
  Operation *loop = feed->read()->getParentOfType<scf::ForOp>();
  return tileOf(b, plan, *feed, stages.lookup(loop));
}

static bool hasTile(Operation *op) {
  auto isOne = [](Type type) { return isa<VectorType>(type); };
  return llvm::any_of(op->getOperandTypes(), isOne) ||
         llvm::any_of(op->getResultTypes(), isOne);
}

LogicalResult TileLowering::lowerBody(Block &block) {
  for (Operation &op : block.without_terminator()) {
    b.setLoc(op.getLoc());
    if (failed(lower(&op)))
      return failure();
    b.setLoc(op.getLoc());
    for (Value result : op.getResults())
      if (asTile(result.getType()))
        convertDefined(result);
  }
  return success();
}

LogicalResult TileLowering::lower(Operation *op) {
  return llvm::TypeSwitch<Operation *, LogicalResult>(op)
      .Case([&](scf::ForOp loop) { return lowerLoop(loop); })
      .Case([&](scf::IfOp branches) { return lowerBranches(branches); })
      .Case([&](vector::TransferReadOp read) { return lowerRead(read); })
      .Case([&](vector::TransferWriteOp write) { return lowerWrite(write); })
      .Case([&](vector::GatherOp gather) { return lowerGather(gather); })
      .Case([&](memref::LoadOp load) { return lowerScalarLoad(load); })
      .Case([&](FailIfOp check) {
        auto loop = check->getParentOfType<scf::ForallOp>();
        recordFailure(b, inputs, loop, check);
        return success();
      })
      .Case([&](memref::StoreOp store) { return lowerScalarStore(store); })
      .Case([&](memref::DimOp dim) -> LogicalResult {
        std::optional<int64_t> number = dim.getConstantIndex();
        Value size =
            number ? inputs.size(b, dim.getSource(), *number) : Value();
        if (!size)
          return dim.emitError("expects the size of a memref from outside of "
                               "the parallel loop in a constant dimension");
        inputs.mapping.map(dim.getResult(), size);
        return success();
      })
      // Views are looked through where they are used.
      .Case<memref::SubViewOp, memref::CastOp, memref::ExpandShapeOp>(
          [&](Operation *) { return success(); })
      .Case([&](vector::ContractionOp c) { return lowerContraction(c); })
      .Case([&](SolveForwardOp solve) { return lowerSolve(solve); })
      .Case([&](vector::MultiDimReductionOp r) { return lowerReduction(r); })
      .Case([&](vector::ReductionOp reduction) {
        Value part = this->part(reduction.getVector(), Layout::Column);
        Value sum = reduceVector(b, reduction.getKind(),
                                 reduction.getSourceVectorType(), part,
                                 plan.exchange(reduction));
        if (reduction.getAcc())
          sum = vector::makeArithReduction(b, b.getLoc(), reduction.getKind(),
                                           sum,
                                           inputs.scalar(reduction.getAcc()));
        inputs.mapping.map(reduction.getDest(), sum);
        return success();
      })
      .Case([&](vector::BroadcastOp x) { return lowerBroadcast(x); })
      // Made anew for each use, or each would take registers all the time.
      .Case([&](vector::StepOp) { return success(); })
      .Case([&](vector::ShapeCastOp cast) {
        if (layouts.demanded(cast.getResult()) != Layout::None)
          setPart(cast.getResult(), Layout::Row,
                  part(cast.getSource(), Layout::Row));
        return success();
      })
      .Case([&](arith::ConstantOp constant) { return lowerConstant(constant); })
      .Default([&](Operation *other) {
        return hasTile(other) ? lowerElementwise(other) : lowerScalar(other);
      });
}

LogicalResult TileLowering::lowerScalar(Operation *op) {
  StringRef dialect = op->getName().getDialectNamespace();
  if (op->getNumRegions() ||
      !(dialect == "arith" || dialect == "math" || dialect == "affine"))
    return op->emitError("expects an operation of arith, math, affine, memref, "
                         "scf or vector on this target, but got ")
           << op->getName();
  for (Value operand : op->getOperands())
    inputs.scalar(operand);
  b.clone(*op, inputs.mapping);
  return success();
}

LogicalResult TileLowering::lowerConstant(arith::ConstantOp constant) {
  auto tile = dyn_cast<VectorType>(constant.getType());
  if (!tile)
    return lowerScalar(constant);
  auto splat = dyn_cast<SplatElementsAttr>(constant.getValue());
  if (!splat)
    return constant.emitError("expects a constant tile to be a splat");
  for (Layout layout : kRegisterLayouts)
    if (contains(layouts.held(constant), layout)) {
      auto value = splat.resizeSplat(threadType(tile, layout, b.warps));
      setPart(constant, layout, arith::ConstantOp::create(b, value));
    }
  return success();
}

LogicalResult TileLowering::lowerContraction(vector::ContractionOp op) {
  if (std::string why = whyUnsupported(op); !why.empty())
    return op.emitError(why);
  if (layouts.demanded(op.getResult()) == Layout::None)
    return success();
  if (isForLater(op)) {
    setPart(op.getResult(), Layout::Fragment,
            startContraction(b, op, shared(op.getLhs()), shared(op.getRhs())));
    passTurn();
    return success();
  }
  Value left;
  std::optional<SharedTile> sharedLeft;
  if (layouts.isLeftInShared(op))
    sharedLeft = shared(op.getLhs());
  else
    left = part(op.getLhs(), Layout::Fragment);
  setPart(op.getResult(), Layout::Fragment,
          contract(b, op, left, sharedLeft, shared(op.getRhs()),
                   part(op.getAcc(), Layout::Fragment),
                   layouts.isByWarpgroups(op)));
  if (layouts.isByWarpgroups(op))
    passTurn();
  return success();
}

bool TileLowering::isForLater(vector::ContractionOp op) const {
  return layouts.isByWarpgroups(op) && layouts.isLeftInShared(op) &&
         matchPattern(op.getAcc(), m_AnyZeroFloat()) && isForNextIteration(op);
}

LogicalResult TileLowering::lowerSolve(SolveForwardOp op) {
  if (std::string why = whyUnsupported(op); !why.empty())
    return op.emitError(why);
  if (layouts.demanded(op.getSolution()) != Layout::None)
    solveForward(b, shared(op.getPairs()), shared(op.getRight()),
                 shared(op.getSolution()));
  return success();
}

LogicalResult TileLowering::lowerReduction(vector::MultiDimReductionOp op) {
  VectorType tile = op.getSourceVectorType();
  if (tile.getRank() != 2 || op.isReducedDim(0) == op.isReducedDim(1) ||
      possibleLayouts(tile) == Layout::Row ||
      possibleLayouts(tile) == Layout::Column)
    return op.emitError("expects a tile that is reduced along one of its two "
                        "dimensions, but got ")
           << tile;
  Value result = op.getResult();
  if (layouts.demanded(result) == Layout::None)
    return success();
  Value fragment = part(op.getSource(), Layout::Fragment);
  Layout layout = fixedLayout(result);
  Value start = part(op.getAcc(), layout);
  setPart(result, layout,
          layout == Layout::Row ? reduceRows(b, op.getKind(), tile, fragment,
                                             start, plan.exchange(op))
                                : reduceColumns(b, op.getKind(), tile, fragment,
                                                start, plan.exchange(op)));
  return success();
}

void TileLowering::convertDefined(Value tile) {
  auto type = cast<VectorType>(tile.getType());
  Layout wanted = layouts.demanded(tile);
  Layout from = layouts.computed(tile);
  if (from == Layout::Shared) {
    if (contains(wanted, Layout::Fragment))
      setPart(tile, Layout::Fragment, loadFragment(b, plan.tile(tile)));
  } else if (contains(wanted, Layout::Shared) &&
             stagedOperations(tile).empty()) {
    SharedTile target = plan.tile(tile);
    publications.begin(target);
    storeFragment(b, target, part(tile, Layout::Fragment));
    publications.end(target);
  }
  for (Layout to : {Layout::Row, Layout::Column})
    if (contains(wanted, to) && !part(tile, to))
      setPart(tile, to,
              exchangeVector(b, type, part(tile, from), from, to,
                             plan.exchange(tile.getDefiningOp())));
}

void TileLowering::appendCarried(Value source, Value like,
                                 SmallVectorImpl<Value> &values) {
  if (!asTile(source.getType())) {
    values.push_back(inputs.scalar(source));
    return;
  }
  for (Layout layout : kRegisterLayouts)
    if (contains(layouts.held(like), layout))
      values.push_back(part(source, layout));
}

void TileLowering::takeCarried(Value target, ValueRange &values) {
  if (!asTile(target.getType())) {
    inputs.mapping.map(target, values.front());
    values = values.drop_front();
    return;
  }
  for (Layout layout : kRegisterLayouts)
    if (contains(layouts.held(target), layout)) {
      setPart(target, layout, values.front());
      values = values.drop_front();
    }
}

bool TileLowering::hasGroupProducts(Operation *op) const {
  return op
      ->walk([&](vector::ContractionOp product) {
        return layouts.isByWarpgroups(product) ? WalkResult::interrupt()
                                               : WalkResult::advance();
      })
      .wasInterrupted();
}

bool TileLowering::alternates(scf::ForOp loop) const {
  return producers.serve(loop) && producers.moveRegisters() &&
         hasGroupProducts(loop);
}

void TileLowering::passTurn() {
  if (hasTurn)
    turns.pass();
  hasTurn = false;
}

std::unique_ptr<Pump> TileLowering::pumpOf(scf::ForOp loop) {
  if (feeds.of(loop).empty())
    return nullptr;
  if (producers.serve(loop))
    return std::make_unique<ProducedFeeds>(b, producers, loop);
  return std::make_unique<FeedPump>(b, inputs, plan, loop, feeds.of(loop));
}

/// The body of a loop that carries, behind what the source carries, the turn
/// if there are feeds.
LogicalResult TileLowering::lowerIteration(scf::ForOp source, scf::ForOp target,
                                           Pump *pump) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(target.getBody());
  inputs.mapping.map(source.getInductionVar(), target.getInductionVar());
  Value turn = pump ? target.getRegionIterArgs().back() : Value();
  if (pump) {
    stages[source] = stageOf(b, plan, turn);
    if (failed(pump->advance(target.getInductionVar(), turn)))
      return failure();
  }
  if (alternates(source)) {
    turns.take();
    hasTurn = true;
  }
  ValueRange arguments = target.getRegionIterArgs();
  for (Value argument : source.getRegionIterArgs()) {
    takeCarried(argument, arguments);
    if (asTile(argument.getType()))
      convertDefined(argument);
  }
  if (failed(lowerBody(*source.getBody())))
    return failure();
  passTurn();
  for (auto product : source.getBody()->getOps<vector::ContractionOp>())
    if (isForLater(product))
      setPart(
          product.getResult(), Layout::Fragment,
          waitForWarpgroups(b, part(product.getResult(), Layout::Fragment)));
  SmallVector<Value> yielded;
  for (auto [value, argument] :
       llvm::zip(source.getYieldedValues(), source.getRegionIterArgs()))
    appendCarried(value, argument, yielded);
  if (pump) {
    pump->release(turn);
    yielded.push_back(b.add(turn, b.i32(1)));
  }
  if (!yielded.empty())
    scf::YieldOp::create(b, yielded);
  return success();
}

LogicalResult TileLowering::lowerLoop(scf::ForOp loop) {
  SmallVector<Value> inits;
  for (auto [init, argument] :
       llvm::zip(loop.getInitArgs(), loop.getRegionIterArgs()))
    appendCarried(init, argument, inits);
  passTurn();
  size_t turnsBefore = turns.count();
  if (alternates(loop))
    turns.begin();
  std::unique_ptr<Pump> pump = pumpOf(loop);
  Value *produced = producers.turnsOf(loop, producedTurns);
  if (pump) {
    if (failed(pump->fill()))
      return failure();
    inits.push_back(produced ? *produced : b.i32(0));
  }
  auto target = scf::ForOp::create(b, inputs.scalar(loop.getLowerBound()),
                                   inputs.scalar(loop.getUpperBound()),
                                   inputs.scalar(loop.getStep()), inits);
  if (failed(lowerIteration(loop, target, pump.get())))
    return failure();
  if (waitsForAllInTurn(target))
    turns.eraseSince(turnsBefore);
  else if (alternates(loop))
    turns.end();
  if (produced)
    *produced = target.getResults().back();
  ValueRange results = target.getResults();
  for (Value result : loop.getResults())
    takeCarried(result, results);
  return success();
}

LogicalResult TileLowering::lowerBranch(Block *source, Block *target) {
  OpBuilder::InsertionGuard guard(b);
  b.setInsertionPointToStart(target);
  if (failed(lowerBody(*source)))
    return failure();
  // Where one branch passes the turn on, all do.
  if (hasGroupProducts(source->getParentOp()))
    passTurn();
  SmallVector<Value> yielded;
  auto results = source->getParentOp()->getResults();
  for (auto [value, result] :
       llvm::zip(source->getTerminator()->getOperands(), results))
    appendCarried(value, result, yielded);
  if (!yielded.empty())
    scf::YieldOp::create(b, yielded);
  return success();
}

LogicalResult TileLowering::lowerBranches(scf::IfOp branches) {
  SmallVector<Type> types;
  for (Value result : branches.getResults()) {
    VectorType tile = asTile(result.getType());
    if (!tile)
      types.push_back(result.getType());
    else
      for (Layout layout : kRegisterLayouts)
        if (contains(layouts.held(result), layout))
          types.push_back(threadType(tile, layout, b.warps));
  }
  if (!branches.elseBlock() && hasGroupProducts(branches))
    passTurn();
  auto target =
      scf::IfOp::create(b, types, inputs.scalar(branches.getCondition()),
                        /*withElseRegion=*/!branches.getElseRegion().empty());
  bool hadTurn = hasTurn;
  if (failed(lowerBranch(branches.thenBlock(), target.thenBlock())))
    return failure();
  std::swap(hadTurn, hasTurn);
  if (branches.elseBlock() &&
      failed(lowerBranch(branches.elseBlock(), target.elseBlock())))
    return failure();
  ValueRange results = target.getResults();
  for (Value result : branches.getResults())
    takeCarried(result, results);
  return success();
}

} // namespace attention::nvptx
