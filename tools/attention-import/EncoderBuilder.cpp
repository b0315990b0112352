#include "tools/attention-import/EncoderBuilder.h"

using namespace attention;

Value EncoderBuilder::weight(const std::string &name,
                             std::vector<int64_t> shape) {
  const std::string stored = prefix + name;
  Result<ElementType> type = checkpoint.typeOf(stored, shape);
  if (!type && !failed)
    failed = type.failure();
  const char *element = nameOf(type ? *type : ElementType::F32);
  return function.argument(name, {std::move(shape), element},
                           "attention.weight", stored);
}

Value EncoderBuilder::convert(const Value &value, const std::string &element) {
  if (value.type.element == element)
    return value;
  // Between f16 and bf16 neither holds the other: by way of f32.
  if (value.type.element != "f32" && element != "f32")
    return convert(convert(value, "f32"), element);
  const TensorType type = {value.type.shape, element};
  return function.define(
      value.name + "." + element, type,
      (element == "f32" ? "arith.extf %" : "arith.truncf %") + value.name +
          " : " + value.type.text() + " to " + type.text());
}

Value EncoderBuilder::embed(const std::string &name, const std::string &table,
                            std::vector<int64_t> shape, const Value &ids) {
  Value rows = weight(table, shape);
  TensorType type = {ids.type.shape, rows.type.element};
  type.shape.push_back(shape.back());
  return convert(function.define(name, type,
                                 "attention.embed " + operands({rows, ids}) +
                                     " : " + types({rows, ids})),
                 "f32");
}

Value EncoderBuilder::project(const std::string &name, const Value &input,
                              const std::string &layer, int64_t outputs) {
  const std::string &element = input.type.element;
  Value matrix = convert(
      weight(layer + ".weight", {outputs, input.type.shape.back()}), element);
  Value bias = convert(weight(layer + ".bias", {outputs}), element);
  TensorType type = input.type;
  type.shape.back() = outputs;
  return function.define(name, type,
                         "attention.project " +
                             operands({input, matrix, bias}) + " : " +
                             types({input, matrix, bias}));
}

Value EncoderBuilder::layerNorm(const std::string &name, const Value &input,
                                const std::string &layer, double epsilon) {
  const std::string &element = input.type.element;
  const int64_t width = input.type.shape.back();
  Value gain = convert(weight(layer + ".weight", {width}), element);
  Value bias = convert(weight(layer + ".bias", {width}), element);
  return function.define(
      name, input.type,
      "attention.layer_norm " + operands({input, gain, bias}) + " epsilon(" +
          floatLiteral(epsilon) + ") : " + types({input, gain, bias}));
}

Value EncoderBuilder::add(const std::string &name, const Value &left,
                          const Value &right) {
  return function.define(name, left.type,
                         "arith.addf " + operands({left, right}) + " : " +
                             left.type.text());
}

Value EncoderBuilder::splitHeads(const std::string &name, const Value &input,
                                 int64_t heads) {
  const std::vector<int64_t> &shape = input.type.shape;
  return function.define(
      name, {{shape[0], heads, shape[1], shape[2] / heads}, input.type.element},
      "attention.split_heads %" + input.name + " heads(" +
          std::to_string(heads) + ") : " + input.type.text());
}

Value EncoderBuilder::mergeHeads(const std::string &name, const Value &input) {
  const std::vector<int64_t> &shape = input.type.shape;
  return function.define(
      name, {{shape[0], shape[2], shape[1] * shape[3]}, input.type.element},
      "attention.merge_heads %" + input.name + " : " + input.type.text());
}

Value EncoderBuilder::same(const std::string &name, const std::string &op,
                           const Value &input) {
  return function.define(name, input.type,
                         op + " %" + input.name + " : " + input.type.text());
}
