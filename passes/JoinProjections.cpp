#include "dialect/Attention.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/Passes.h"
#include "passes/SettledValues.h"
#include "llvm/ADT/MapVector.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_JOINPROJECTIONS
#include "passes/Passes.h.inc"

/// Whether kernels read the result as heads: of what comes behind, nothing
/// would be computed together with the product.
static bool isReadAsHeads(ProjectOp project) {
  return !project->use_empty() &&
         llvm::all_of(project->getUsers(), llvm::IsaPred<SplitHeadsOp>);
}

/// Whether `project` may be computed at the place of `first`, which reads the
/// same rows, by the rows of one weight.
static bool isAlike(ProjectOp first, ProjectOp project) {
  RankedTensorType one = first.getWeight().getType(),
                   other = project.getWeight().getType();
  auto isThere = [&](Value value) {
    Operation *op = value.getDefiningOp();
    return !op ||
           (op->getBlock() == first->getBlock() && op->isBeforeInBlock(first));
  };
  return project->getBlock() == first->getBlock() &&
         one.getElementType() == other.getElementType() &&
         bool(first.getBias()) == bool(project.getBias()) &&
         getElementTypeOrSelf(first.getType()) ==
             getElementTypeOrSelf(project.getType()) &&
         isThere(project.getWeight()) &&
         (!project.getBias() || isThere(project.getBias()));
}

static int64_t bytesOf(RankedTensorType type) {
  return type.getNumElements() * type.getElementTypeBitWidth() / 8;
}

/// Sets `size` as the last one of `type`.
static RankedTensorType withColumns(RankedTensorType type, int64_t size) {
  SmallVector<int64_t> shape(type.getShape());
  shape.back() = size;
  return type.clone(shape);
}

static void join(ArrayRef<ProjectOp> projects) {
  ProjectOp first = projects.front();
  OpBuilder b(first);
  Location loc = first.getLoc();
  SmallVector<Value> weights, biases;
  int64_t columns = 0;
  for (ProjectOp project : projects) {
    weights.push_back(project.getWeight());
    if (project.getBias())
      biases.push_back(project.getBias());
    columns += project.getWeight().getType().getDimSize(0);
  }
  auto concat = [&](ArrayRef<Value> parts) -> Value {
    return parts.empty() ? Value() : tensor::ConcatOp::create(b, loc, 0, parts);
  };
  auto type = cast<RankedTensorType>(first.getType());
  Value all =
      ProjectOp::create(b, loc, withColumns(type, columns), first.getInput(),
                        concat(weights), concat(biases));
  SmallVector<OpFoldResult> sizes =
                                tensor::getMixedSizes(b, loc, first.getInput()),
                            offsets(sizes.size(), b.getIndexAttr(0)),
                            strides(sizes.size(), b.getIndexAttr(1));
  int64_t column = 0;
  for (ProjectOp project : projects) {
    int64_t width = project.getWeight().getType().getDimSize(0);
    offsets.back() = b.getIndexAttr(column);
    sizes.back() = b.getIndexAttr(width);
    Value part = tensor::ExtractSliceOp::create(
        b, loc, cast<RankedTensorType>(project.getType()), all, offsets, sizes,
        strides);
    project.replaceAllUsesWith(part);
    column += width;
  }
  for (ProjectOp project : projects)
    project.erase();
}

namespace {
struct JoinProjections : impl::JoinProjectionsBase<JoinProjections> {
  using JoinProjectionsBase::JoinProjectionsBase;
  void runOnOperation() override {
    if (getOperation().isDeclaration())
      return;
    SettledValues settled(getOperation());
    auto isKnown = [&](Value value) {
      return settled.contains(value) &&
             !settled.originOf(value).weights.empty();
    };
    llvm::MapVector<Value, SmallVector<ProjectOp>> byInput;
    getOperation().walk([&](ProjectOp project) {
      SmallVector<ProjectOp> &group = byInput[project.getInput()];
      if (isReadAsHeads(project) && isKnown(project.getWeight()) &&
          (!project.getBias() || isKnown(project.getBias())) &&
          (group.empty() || isAlike(group.front(), project)))
        group.push_back(project);
    });
    for (auto &[input, group] : byInput) {
      int64_t bytes = 0;
      for (ProjectOp project : group)
        bytes += bytesOf(project.getWeight().getType());
      if (group.size() > 1 && bytes <= mostBytes)
        join(group);
    }
  }
};
} // namespace

} // namespace attention
