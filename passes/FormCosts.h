/// What the forms of an `attend` cost, by its shapes.
#ifndef ATTENTION_PASSES_FORMCOSTS_H
#define ATTENTION_PASSES_FORMCOSTS_H

#include "passes/AttendForms.h"

namespace attention {

/// Operations of one head of one batch row, times how many operations of the
/// parallel form's products take as long: threads and other heads have no part
/// in it.
struct FormCosts {
  double parallel, chunked, recurrent;

  /// Nothing where the numbers of queries and keys are not both known.
  static std::optional<FormCosts> of(AttendOp op, int64_t chunk);

  double of(Form form) const;
  /// As remarks tell it.
  std::string text(Form form) const;
};

} // namespace attention

#endif // ATTENTION_PASSES_FORMCOSTS_H
