#include "passes/AttendForms.h"
#include "passes/FormCosts.h"
#include "passes/Passes.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"

using namespace mlir;

namespace attention {

#define GEN_PASS_DEF_CHOOSEFORM
#include "passes/Passes.h.inc"

static void setForm(Operation *op, Form form) {
  op->setAttr(formAttr, StringAttr::get(op->getContext(), nameOf(form)));
}

/// The variant as messages name it.
static std::string variantText(AttendOp op) {
  std::string text;
  llvm::raw_string_ostream(text)
      << op.getVariant() << (op.getDecay() ? " with decay" : "");
  return text;
}

namespace {
/// Chooses for one `attend`.
class Choice {
public:
  Choice(AttendOp op, const FormTiles &tiles)
      : op(op), tiles(tiles), pairs(hasPairs(op)),
        memory(tiles.tokens && hasMemory(op)) {}

  LogicalResult force(Form form);
  void choose();

private:
  LogicalResult refuse(Form form);
  std::string pastIsNotAll();
  void set(Form form, const Twine &reason) {
    setForm(op, form);
    op.emitRemark("is compiled in the ") << nameOf(form) << " form: " << reason;
  }

  AttendOp op;
  FormTiles tiles;
  bool pairs, memory; ///< whether it has a form of this kind
};
} // namespace

/// Why a mask has no form with a memory.
std::string Choice::pastIsNotAll() {
  std::string text;
  llvm::raw_string_ostream(text)
      << "a state of constant size holds all of the past, not what "
      << op.getMaskAttr() << " lets a query see of it";
  return text;
}

/// Says by name what is missing, and what to do.
LogicalResult Choice::refuse(Form form) {
  InFlightDiagnostic error = op.emitOpError("expects a form that ")
                             << variantText(op) << " has, but got "
                             << nameOf(form) << ": ";
  if (form == Form::Parallel)
    error << "what it yields depends on the order of keys";
  else if (!isa<ChunkedVariantInterface>(op.getVariant()))
    error << "it needs keys and values themselves, there is no state of "
             "constant size";
  else if (!hasMemory(op))
    error << pastIsNotAll();
  else
    error << "this target has no code for states of constant size";
  if (form == Form::Parallel && memory)
    return error << "; ask for chunked or recurrent";
  if (form != Form::Parallel && pairs)
    return error << "; ask for parallel";
  return error;
}

LogicalResult Choice::force(Form form) {
  if (form == Form::Parallel ? !pairs : !memory)
    return refuse(form);
  if (memory)
    set(form, "it was asked for");
  else
    setForm(op, form); // there is no other
  return success();
}

void Choice::choose() {
  if (pairs && !memory) {
    if (isa<ChunkedVariantInterface>(op.getVariant()) && tiles.tokens)
      set(Form::Parallel, pastIsNotAll());
    return;
  }
  if (!memory)
    return; // refused later, by whom it concerns
  std::optional<FormCosts> costs = FormCosts::of(op, tiles);
  if (!costs)
    return set(Form::Chunked, "its cost per token stays the same however many "
                              "tokens there are, which is not known");
  Form best =
      costs->chunked <= costs->recurrent ? Form::Chunked : Form::Recurrent;
  if (pairs && costs->parallel < costs->of(best))
    best = Form::Parallel;
  SmallVector<std::string> others;
  for (Form form : {Form::Parallel, Form::Chunked, Form::Recurrent})
    if (form != best && (pairs || form != Form::Parallel))
      others.push_back(
          llvm::formatv("{0} {1}", costs->text(form), nameOf(form)));
  set(best,
      costs->text(best) + " a head, against " + llvm::join(others, " and "));
}

namespace {
struct ChooseForm : impl::ChooseFormBase<ChooseForm> {
  using ChooseFormBase::ChooseFormBase;

  void runOnOperation() override {
    std::optional<Form> asked = formNamed(form);
    if (!asked && form != "auto") {
      getOperation().emitError("expects a form of auto, ")
          << llvm::join(formNames(), ", ") << ", but got '" << form << "'";
      return signalPassFailure();
    }
    WalkResult result = getOperation().walk([&](Operation *op) {
      if (auto attend = dyn_cast<AttendOp>(op))
        return WalkResult(choose(attend, asked));
      // What goes on from a state has no other form than one with a state.
      if (isa<ContinueOp>(op) && !formOf(op) && asked == Form::Recurrent)
        setForm(op, Form::Recurrent);
      return WalkResult::advance();
    });
    if (result.wasInterrupted())
      signalPassFailure();
  }

  LogicalResult choose(AttendOp op, std::optional<Form> asked) {
    if (std::optional<Form> own = formOf(op))
      asked = own;
    Choice choice(op, {rows, fewRows, keys, tokens});
    if (asked)
      return choice.force(*asked);
    choice.choose();
    return success();
  }
};
} // namespace

} // namespace attention
