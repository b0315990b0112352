/// What the forms of an `attend` cost, by its shapes.
#ifndef ATTENTION_PASSES_FORMCOSTS_H
#define ATTENTION_PASSES_FORMCOSTS_H

#include "passes/AttendForms.h"

namespace attention {

/// The target's tiles that operations are counted in.
struct FormTiles {
  int64_t rows, fewRows; ///< queries, and where there are no more than these
  int64_t keys;
  int64_t tokens; ///< of a chunk
};

/// Operations of one head of one batch row, times how many operations of the
/// parallel form's products take as long: threads and other heads have no part
/// in it.
struct FormCosts {
  double parallel, chunked, recurrent;

  /// Nothing where the numbers of queries and keys are not both known.
  static std::optional<FormCosts> of(AttendOp op, const FormTiles &tiles);

  double of(Form form) const;
  /// As remarks tell it.
  std::string text(Form form) const;
};

} // namespace attention

#endif // ATTENTION_PASSES_FORMCOSTS_H
