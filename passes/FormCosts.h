/// What the forms of an `attend` cost, by its shapes.
#ifndef ATTENTION_PASSES_FORMCOSTS_H
#define ATTENTION_PASSES_FORMCOSTS_H

#include "passes/AttendForms.h"

namespace attention {

/// The target's tiles that operations are counted in.
struct FormTiles {
  int64_t rows, fewRows; ///< queries, and where there are no more than these
  int64_t keys;
  int64_t tokens;  ///< of a chunk
  int64_t columns; ///< of values, for one task of chunks, or 0: all
  bool loneTokens; ///< whether there are tiles of one row
};

/// How a target cuts tokens into spans.
struct FormSpans {
  int64_t tokens;   ///< of a span, at least
  int64_t tasks;    ///< spans of all heads together, at most
  int64_t parallel; ///< tasks at a time that are assumed, whatever there is
  int64_t bytes;    ///< of a span's transition at most, or 0: any number
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

/// What it brings to go through spans of tokens at the same time.
struct ScanCosts {
  int64_t sequences; ///< that one task goes through if there are no spans:
                     ///< heads of all batch rows, or parts of their columns;
                     ///< of one row, if that is open
  int64_t spans;     ///< of each; as many as there may be, if lengths are open
  double share;      ///< of the time that chunks one after another would take
  /// A share that is less than this is worth more work.
  static constexpr double worthwhile = 0.75;

  /// Nothing where one span is all there is.
  static std::optional<ScanCosts> of(AttendOp op, const FormTiles &tiles,
                                     const FormSpans &spans);
};

} // namespace attention

#endif // ATTENTION_PASSES_FORMCOSTS_H
