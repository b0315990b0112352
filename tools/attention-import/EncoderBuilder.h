//===- Lines of a transformer in the attention dialect
//---------------------===//
#ifndef ATTENTION_TOOLS_IMPORT_ENCODERBUILDER_H
#define ATTENTION_TOOLS_IMPORT_ENCODERBUILDER_H

#include "tools/attention-import/Checkpoint.h"
#include "tools/attention-import/FunctionText.h"

namespace attention {

/// Writes ops with their types worked out, and declares weights as arguments
/// when they are first read. The first weight that is missing or not as
/// expected is kept as the failure; lines written after it mean nothing.
class EncoderBuilder {
public:
  EncoderBuilder(FunctionText &function, const Checkpoint &checkpoint,
                 std::string prefix)
      : function(function), checkpoint(checkpoint), prefix(std::move(prefix)) {}

  FunctionText &text() { return function; }
  const MaybeFailure &failure() const { return failed; }

  /// The weight of this name (without the checkpoint's prefix), in the type of
  /// its file.
  Value weight(const std::string &name, std::vector<int64_t> shape);

  /// `value` converted elementwise to a floating type; itself where it has it.
  Value convert(const Value &value, const std::string &element);

  /// The rows of a weight by `ids`, as f32.
  Value embed(const std::string &name, const std::string &table,
              std::vector<int64_t> shape, const Value &ids);

  /// x w^T + b with the weights "`layer`.weight" and "`layer`.bias".
  Value project(const std::string &name, const Value &input,
                const std::string &layer, int64_t outputs);

  /// Layer norm over the last dimension with "`layer`.weight" and
  /// "`layer`.bias".
  Value layerNorm(const std::string &name, const Value &input,
                  const std::string &layer, double epsilon);

  Value add(const std::string &name, const Value &left, const Value &right);
  Value splitHeads(const std::string &name, const Value &input, int64_t heads);
  Value mergeHeads(const std::string &name, const Value &input);

  /// "OP %x : TYPE", the result of x's type.
  Value same(const std::string &name, const std::string &op,
             const Value &input);

private:
  FunctionText &function;
  const Checkpoint &checkpoint;
  std::string prefix;
  MaybeFailure failed;
};

} // namespace attention
#endif
