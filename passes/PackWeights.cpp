#include "dialect/Attention.h"
#include "mlir/Dialect/Arith/IR/Arith.h"
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
/// The packing of one weight `[out, in]` in panels `[panels, in, columns]`, or
/// `[panels, in / 2, columns, 2]`.
class Packing {
public:
  Packing(ProjectOp project, int64_t panelBytes, bool inBf16,
          int64_t pairedRows)
      : project(project), builder(project), loc(project.getLoc()),
        type(project.getWeight().getType()),
        isRounded(inBf16 && type.getElementType().isF32()),
        isPaired(pairedRows && type.getDimSize(1) % pairedRows == 0 &&
                 (isRounded || type.getElementType().isBF16())),
        rows(type.getDimSize(0)), columns(panelColumns({project}, panelBytes)),
        panels(llvm::divideCeil(rows, columns)) {
    if (isRounded)
      type = type.clone(builder.getBF16Type());
  }

  /// Whether most of the panels would be weight, not padding.
  bool isWorthIt() const {
    return type.getNumElements() > 0 && panels * columns <= rows + rows / 2;
  }
  void apply();

private:
  Value rounded();
  Value padded();
  Value packed();
  Value packedInPairs();
  Value empty(ArrayRef<int64_t> shape) {
    return tensor::EmptyOp::create(builder, loc, shape, type.getElementType());
  }

  ProjectOp project;
  OpBuilder builder;
  Location loc;
  RankedTensorType type; ///< of what is packed
  bool isRounded, isPaired;
  int64_t rows, columns, panels;
};
} // namespace

Value Packing::rounded() {
  Value weight = project.getWeight();
  if (!isRounded)
    return weight;
  return arith::TruncFOp::create(builder, loc, type, weight);
}

/// With zeros up to whole panels.
Value Packing::padded() {
  Value weight = rounded();
  if (panels * columns == rows)
    return weight;
  OpFoldResult none = builder.getIndexAttr(0),
               more = builder.getIndexAttr(panels * columns - rows);
  Value zero = arith::ConstantOp::create(
      builder, loc, builder.getZeroAttr(type.getElementType()));
  auto whole = type.clone({panels * columns, type.getDimSize(1)});
  return tensor::PadOp::create(builder, loc, whole, weight,
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

Value Packing::packedInPairs() {
  int64_t pairs = type.getDimSize(1) / 2;
  Value byPanel = tensor::ExpandShapeOp::create(
      builder, loc, type.clone({panels, columns, pairs, 2}), padded(),
      ArrayRef<ReassociationIndices>{{0, 1}, {2, 3}});
  return linalg::TransposeOp::create(builder, loc, byPanel,
                                     empty({panels, pairs, columns, 2}),
                                     ArrayRef<int64_t>{0, 2, 1, 3})
      ->getResult(0);
}

void Packing::apply() {
  SmallVector<int64_t> inner{0};
  SmallVector<OpFoldResult> sizes{builder.getIndexAttr(columns)};
  if (isPaired) {
    inner.push_back(1);
    sizes.push_back(builder.getIndexAttr(2));
  }
  Value weight = linalg::UnPackOp::create(builder, loc,
                                          isPaired ? packedInPairs() : packed(),
                                          empty(type.getShape()), inner, sizes)
                     ->getResult(0);
  if (isRounded)
    weight = arith::ExtFOp::create(builder, loc, project.getWeight().getType(),
                                   weight);
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
      if (Packing packing(project, panelBytes, bf16, pairedRows);
          packing.isWorthIt())
        packing.apply();
  }
};
} // namespace

} // namespace attention
