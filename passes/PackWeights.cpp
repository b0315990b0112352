#include "dialect/Attention.h"
#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "mlir/Dialect/Linalg/IR/Linalg.h"
#include "mlir/Dialect/Tensor/IR/Tensor.h"
#include "passes/PanelColumns.h"
#include "passes/Passes.h"
#include "passes/SettledValues.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_PACKWEIGHTS
#include "passes/Passes.h.inc"

namespace {
/// The packing of one weight `[out, in]` in panels `[panels, in, columns]`.
class Packing {
public:
  Packing(ProjectOp project, int64_t panelBytes)
      : project(project), builder(project), loc(project.getLoc()),
        type(project.getWeight().getType()), rows(type.getDimSize(0)),
        columns(panelColumns({project}, panelBytes)),
        panels(llvm::divideCeil(rows, columns)) {}

  /// Whether most of the panels would be weight, not padding.
  bool isWorthIt() const {
    return type.getNumElements() > 0 && panels * columns <= rows + rows / 2;
  }
  void apply();

private:
  Value padded();
  Value packed();
  Value empty(ArrayRef<int64_t> shape) {
    return tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  }

  ProjectOp project;
  OpBuilder builder;
  Location loc;
  RankedTensorType type;
  int64_t rows, columns, panels;
};
} // namespace

/// With zeros up to whole panels.
Value Packing::padded() {
  if (panels * columns == rows)
    return project.getWeight();
  OpFoldResult none = builder.getIndexAttr(0),
               more = builder.getIndexAttr(panels * columns - rows);
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(type.getElementType()));
  auto whole = type.clone({panels * columns, type.getDimSize(1)});
  return tensor::PadOp::create(builder, loc, whole, project.getWeight(),
                               ArrayRef<OpFoldResult>{none, none},
                               ArrayRef<OpFoldResult>{more, none}, zero);
}

Value Packing::packed() {
  auto cut = type.clone({panels, columns, type.getDimSize(1)});
  Value byPanel = tensor::ExpandShapeOp::create(
      builder, loc, cut, padded(), ArrayRef<ReassociationIndices>{{0, 1}, {2}});
  return linalg::TransposeOp::create(
             builder, loc, byPanel,
             empty({panels, type.getDimSize(1), columns}),
             ArrayRef<int64_t>{0, 2, 1})
      ->getResult(0);
}

void Packing::apply() {
  Value weight = linalg::UnPackOp::create(
                     builder, loc, packed(), empty(type.getShape()),
                     /*innerDimsPos=*/ArrayRef<int64_t>{0},
                     ArrayRef<OpFoldResult>{builder.getIndexAttr(columns)})
                     ->getResult(0);
  project.getWeightMutable().assign(weight);
}

/// Whether the weight of `project` is known once weights are bound.
static bool isKnown(ProjectOp project, const SettledValues &settled) {
  Value weight = project.getWeight();
  return settled.contains(weight) && !packedColumns(project) &&
         !settled.originOf(weight).weights.empty();
}

namespace {
struct PackWeights : impl::PackWeightsBase<PackWeights> {
  using PackWeightsBase::PackWeightsBase;
  void runOnOperation() override {
    if (getOperation().isDeclaration())
      return;
    SettledValues settled(getOperation());
    SmallVector<ProjectOp> projects;
    getOperation().walk([&](ProjectOp project) {
      if (isKnown(project, settled))
        projects.push_back(project);
    });
    for (ProjectOp project : projects)
      if (Packing packing(project, panelBytes); packing.isWorthIt())
        packing.apply();
  }
};
} // namespace

} // namespace attention
