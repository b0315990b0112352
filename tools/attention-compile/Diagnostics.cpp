#include "tools/attention-compile/Diagnostics.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/Location.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/raw_ostream.h"

using namespace mlir;

namespace attention {

/// The place in a file that `loc` stands for, if any.
static FileLineColLoc filePlace(Location loc) {
  FileLineColLoc place;
  loc->walk([&](Location nested) {
    place = dyn_cast<FileLineColLoc>(nested);
    return place ? WalkResult::interrupt() : WalkResult::advance();
  });
  return place;
}

static std::string oneLine(Diagnostic &diagnostic) {
  std::string text;
  llvm::raw_string_ostream out(text);
  if (FileLineColLoc place = filePlace(diagnostic.getLocation()))
    out << place.getFilename().getValue() << ":" << place.getLine() << ":"
        << place.getColumn() << ": ";
  out << diagnostic.str();
  text.resize(llvm::StringRef(text).rtrim().size());
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

Diagnostics::Diagnostics(MLIRContext &context)
    : handler(&context, [this](Diagnostic &diagnostic) {
        if (diagnostic.getSeverity() == DiagnosticSeverity::Remark)
          remarked.push_back(oneLine(diagnostic));
        if (diagnostic.getSeverity() == DiagnosticSeverity::Error &&
            text.empty())
          text = oneLine(diagnostic);
        return success();
      }) {}

llvm::Error Diagnostics::take(const std::string &otherwise) const {
  return llvm::createStringError(text.empty() ? otherwise : text);
}

} // namespace attention
