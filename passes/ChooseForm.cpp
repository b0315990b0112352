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
  Choice(AttendOp op, const FormTiles &tiles, const FormSpans &spans)
      : op(op), tiles(tiles), spans(spans), pairs(hasPairs(op)),
        memory(tiles.tokens && hasMemory(op)) {}

  LogicalResult force(Form form);
  void choose();

private:
  LogicalResult refuse(Form form);
  std::string pastIsNotAll();
  void setWithMemory(Form form, double ofChunks, const std::string &reason);
  void set(Form form, const Twine &reason) {
    setForm(op, form);
    op.emitRemark("is compiled in the ") << nameOf(form) << " form: " << reason;
  }

  AttendOp op;
  FormTiles tiles;
  FormSpans spans;
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
  else if (memory && form == Form::Recurrent)
    return error << "this target has no tiles of a lone token; ask for chunked";
  else if (memory) // only the form Scan is refused then
    return error << "documents are gone through one after another; ask for "
                    "chunked";
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
  if (form == Form::Scan && !hasSpans(op))
    return refuse(form);
  if (form == Form::Recurrent && !tiles.loneTokens)
    return refuse(form);
  if (memory)
    set(form, "it was asked for");
  else
    setForm(op, form); // there is no other
  return success();
}

/// With a memory, in spans at the same time where that is much quicker.
/// `ofChunks`: how much longer `form` takes than chunks one after another.
void Choice::setWithMemory(Form form, double ofChunks,
                           const std::string &reason) {
  std::optional<ScanCosts> scan;
  if (hasSpans(op))
    scan = ScanCosts::of(op, tiles, spans);
  if (!scan)
    return set(form, reason);
  double share = scan->share / ofChunks;
  set(share < ScanCosts::worthwhile ? Form::Scan : form,
      reason + llvm::formatv("; a scan of {0} spans {1} takes {2:f2} of the "
                             "time where {3} tasks run at a time",
                             scan->spans,
                             scan->sequences == 1 ? "of one head" : "a head",
                             share, spans.parallel)
                   .str());
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
    return setWithMemory(Form::Chunked, 1,
                         "its cost per token stays the same however many "
                         "tokens there are, which is not known");
  Form best = costs->chunked <= costs->recurrent || !tiles.loneTokens
                  ? Form::Chunked
                  : Form::Recurrent;
  if (pairs && costs->parallel < costs->of(best))
    best = Form::Parallel;
  SmallVector<std::string> others;
  for (Form form : {Form::Parallel, Form::Chunked, Form::Recurrent})
    if (form != best && (pairs || form != Form::Parallel) &&
        (tiles.loneTokens || form != Form::Recurrent))
      others.push_back(
          llvm::formatv("{0} {1}", costs->text(form), nameOf(form)));
  std::string reason = costs->text(best) + " a head";
  if (!others.empty())
    reason += ", against " + llvm::join(others, " and ");
  if (best == Form::Parallel)
    return set(best, reason);
  setWithMemory(best, costs->of(best) / costs->chunked, reason);
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
    Choice choice(op, {rows, fewRows, keys, tokens, columns, loneTokens},
                  {span, tasks, parallel, transitionBytes});
    if (asked)
      return choice.force(*asked);
    choice.choose();
    return success();
  }
};
} // namespace

} // namespace attention
