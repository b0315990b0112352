#include "passes/KeptTokens.h"

#include "dialect/Names.h"
#include "mlir/Dialect/Arith/IR/Arith.h"

using namespace mlir;

namespace attention {

/// Whether the last two arguments of a region, the positions of a query and a
/// key, are there to be subtracted from each other only.
static bool asksForDistances(Region &region) {
  if (region.empty())
    return true;
  auto positions = region.getArguments().take_back(2);
  auto isPosition = [&](Value operand) {
    return llvm::is_contained(positions, operand);
  };
  return llvm::all_of(positions, [&](BlockArgument position) {
    return llvm::all_of(position.getUsers(), [&](Operation *user) {
      return isa<arith::SubIOp>(user) &&
             llvm::all_of(user->getOperands(), isPosition);
    });
  });
}

std::optional<int64_t> reachOf(AttendOp op) {
  std::optional<int64_t> reach =
      op.getMaskAttr() ? op.getMaskAttr().reach() : std::nullopt;
  if (!reach || !asksForDistances(op.getVisible()) ||
      !asksForDistances(op.getScore()))
    return std::nullopt;
  return std::max<int64_t>(*reach, 1);
}

Value keptTokens(OpBuilder &builder, Location loc, Value past,
                 std::optional<int64_t> reach) {
  if (!reach)
    return past;
  auto constant = [&](int64_t value) -> Value {
    return arith::ConstantIndexOp::create(builder, loc, value);
  };
  Value step = constant(forgottenAtATime);
  Value unseen =
      arith::SubIOp::create(builder, loc, past, constant(*reach - 1));
  unseen = arith::MaxSIOp::create(builder, loc, unseen, constant(0));
  Value steps = arith::DivUIOp::create(builder, loc, unseen, step);
  Value forgotten = arith::MulIOp::create(builder, loc, steps, step);
  return arith::SubIOp::create(builder, loc, past, forgotten);
}

} // namespace attention
