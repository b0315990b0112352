//===- Models of one attend -----------------------------------------------===//
#include "tools/attention-bench/ModelText.h"

using namespace attention;

const char *const attention::ownSoftmax =
    R"(attention.variant @soft state [$sum, $sum] identity {
  %m = arith.constant $lowest : $sum
  %z = arith.constant 0.0 : $sum
  attention.yield %m, %z : $sum, $sum
} lift {
^bb0(%s: $sum):
  %one = arith.constant 1.0 : $sum
  attention.yield %s, %one, %one : $sum, $sum, $sum
} compose {
^bb0(%m1: $sum, %z1: $sum, %m2: $sum, %z2: $sum):
  %m = arith.maximumf %m1, %m2 : $sum
  %d1 = arith.subf %m1, %m : $sum
  %d2 = arith.subf %m2, %m : $sum
  %f1 = math.exp %d1 : $sum
  %f2 = math.exp %d2 : $sum
  %a = arith.mulf %z1, %f1 : $sum
  %b = arith.mulf %z2, %f2 : $sum
  %z = arith.addf %a, %b : $sum
  attention.yield %m, %z, %f1, %f2 : $sum, $sum, $sum, $sum
} finish {
^bb0(%m: $sum, %z: $sum):
  %one = arith.constant 1.0 : $sum
  %r = arith.divf %one, %z : $sum
  attention.yield %r : $sum
}
)";

ElementType attention::sumType(ElementType type) {
  return type == ElementType::F64 ? type : ElementType::F32;
}

static std::string tensorType(const std::vector<int64_t> &shape,
                              ElementType type) {
  return "tensor<" + formatShape(shape) + "x" + nameOf(type) + ">";
}

static std::string argument(const std::string &name, const std::string &type) {
  return "%" + name + ": " + type + " {attention.name = \"" + name + "\"}";
}

static std::string replaceAll(std::string text, const std::string &what,
                              const std::string &by) {
  for (size_t place = 0; (place = text.find(what, place)) != std::string::npos;
       place += by.size())
    text.replace(place, what.size(), by);
  return text;
}

std::string attention::print(const AttendText &text) {
  const std::string q =
      tensorType({-1, text.queryHeads, -1, text.width}, text.type);
  const std::string k =
      tensorType({-1, text.keyHeads, -1, text.width}, text.type);
  std::string arguments =
      argument("q", q) + ", " + argument("k", k) + ", " + argument("v", k);
  std::string clauses = text.clauses;
  for (const ExtraArgument &extra : text.extra) {
    const std::string type = tensorType(extra.shape, extra.type);
    arguments += ", " + argument(extra.name, type);
    if (!extra.clause.empty())
      clauses += " " + extra.clause + "(%" + extra.name + " : " + type + ")";
  }
  if (!text.score.empty())
    clauses += " score {\n  ^bb0(%s: $sum, %batch: index, %head: index, "
               "%query: index, %key: index):\n" +
               text.score + "  }";
  const bool isMade = !text.before.empty();
  const std::string body =
      text.preamble + "func.func @attend(" + arguments + ") -> (" + q +
      " {attention.name = \"o\"}) {\n" + text.before +
      "  %o = attention.attend #attention." + text.variant +
      (isMade ? " %a, %b, %v" : " %q, %k, %v") + clauses + " : " + q + ", " +
      k + ", " + k + "\n  return %o : " + q + "\n}\n";
  const ElementType sum = sumType(text.type);
  return replaceAll(replaceAll(body, "$sum", nameOf(sum)), "$lowest",
                    sum == ElementType::F64 ? "0xFFF0000000000000"
                                            : "0xFF800000");
}
