#include "InterpreterTest.h"
#include <cmath>
#include <limits>

static const double infinity = std::numeric_limits<double>::infinity();

/// One head, two queries and keys of one column: scores are 0 and ln 3 for the
/// second query, 0 for the first; values 1 and 5.
static const std::string small =
    "%q = arith.constant dense<[[[[0.0], [1.0986122886681098]]]]> : "
    "tensor<1x1x2x1xf64> "
    "%k = arith.constant dense<[[[[0.0], [1.0]]]]> : tensor<1x1x2x1xf64> "
    "%v = arith.constant dense<[[[[1.0], [5.0]]]]> : tensor<1x1x2x1xf64> ";
static const std::string types =
    " : tensor<1x1x2x1xf64>, tensor<1x1x2x1xf64>, tensor<1x1x2x1xf64> ";
static const std::string result = "tensor<1x1x2x1xf64>";

static std::string attend(const std::string &variant,
                          const std::string &clauses) {
  return small + "%o = attention.attend #attention." + variant +
         " %q, %k, %v " + clauses + types + " return %o : " + result;
}

TEST(InterpretAttend, softmax_weights_by_exponentials) {
  expectNumbers(result, attend("softmax", ""), {3, 4});
  expectNumbers(result, attend("softmax", "mask(#attention.causal)"), {1, 4});
  expectNumbers(result, attend("softmax", "scale(0.0)"), {3, 3});
}

TEST(InterpretAttend, log_sum_exp_is_that_of_the_denominator) {
  expectNumbers(
      result + ", tensor<1x1x2xf64>",
      small +
          "%n = arith.constant dense<0.0> : tensor<1xf64> "
          "%o, %l = attention.attend #attention.softmax %q, %k, %v "
          "mask(#attention.causal) sink(%n : tensor<1xf64>) log_sum_exp" +
          types + "return %o, %l : " + result + ", tensor<1x1x2xf64>",
      {0.5, 16.0 / 5.0, std::log(2.0), std::log(5.0)});
}

TEST(InterpretAttend, rows_that_see_nothing_are_zero) {
  expectNumbers(result + ", tensor<1x1x2xf64>",
                small +
                    "%o, %l = attention.attend #attention.softmax %q, %k, %v "
                    "mask(#attention.not<#attention.prefix<2>>) log_sum_exp" +
                    types + "return %o, %l : " + result + ", tensor<1x1x2xf64>",
                {0, 0, -infinity, -infinity});
}

TEST(InterpretAttend, sigmoid_and_relu_do_not_normalise) {
  expectNumbers(result, attend("sigmoid", ""),
                {0.5 * 1 + 0.5 * 5, 0.5 * 1 + 0.75 * 5});
  expectNumbers(result, attend("relu<power = 2>", ""),
                {0, std::log(3.0) * std::log(3.0) * 5});
}

TEST(InterpretAttend, documents_restart_positions) {
  expectNumbers(result,
                small +
                    "%d = arith.constant dense<[0, 1, 1, 2]> : "
                    "tensor<4xi64> %o = attention.attend "
                    "#attention.softmax %q, %k, %v "
                    "documents(%d : tensor<4xi64>)" +
                    types + "return %o : " + result,
                {1, 5});
  expectError(result,
              small +
                  "%d = arith.constant dense<[0, 2, 1]> : tensor<3xi64> "
                  "%o = attention.attend #attention.softmax %q, %k, %v "
                  "documents(%d : tensor<3xi64>)" +
                  types + "return %o : " + result,
              "expects starts of documents that ascend, but got 2 and 1 at 2");
}

TEST(InterpretAttend, offset_replaces_the_alignment_of_the_ends) {
  expectNumbers(result,
                small +
                    "%p = arith.constant dense<-1> : tensor<1xi64> "
                    "%o = attention.attend #attention.softmax %q, %k, %v "
                    "mask(#attention.causal) offset(%p : tensor<1xi64>)" +
                    types + "return %o : " + result,
                {0, 1});
}

TEST(InterpretAttend, failures_do_not_depend_on_threads) {
  // The region divides by the query's position, which is 0 for row 0 alone.
  std::string text =
      "func.func @f() -> " + result + " {" +
      attend("softmax", "visible { ^bb0(%b: index, %h: index, %i: index, %j: "
                        "index): %r = arith.remui %j, %i : index "
                        "%s = arith.cmpi eq, %r, %r : index "
                        "attention.yield %s : i1 } ") +
      "}";
  for (int64_t threads : {1, 2, 5})
    EXPECT_EQ(runModule(text, threads).error,
              "expects a divisor other than 0, but got 0");
}

TEST(InterpretStates, joined_halves_are_the_whole) {
  std::string key = "%z = arith.constant 0 : index %one = arith.constant 1 : "
                    "index ";
  for (std::string half : {"first", "second"}) {
    std::string at = half == "first" ? "0" : "1";
    for (std::string tensor : {"k", "v"})
      key += "%" + tensor + "_" + half + " = tensor.extract_slice %" + tensor +
             "[0, 0, " + at + ", 0] [1, 1, 1, 1] [1, 1, 1, 1] : " + result +
             " to tensor<1x1x1x1xf64> ";
  }
  std::string state = "!attention.partial<#attention.softmax, " + result + ">";
  std::string body = small + key +
                     "%e = attention.empty_partial #attention.softmax like %q, "
                     "%k, %v" +
                     types;
  for (std::string half : {"first", "second"})
    body += "%p_" + half + " = attention.visit %e, %q, %k_" + half + ", %v_" +
            half + " from(%z, %" + (half == "first" ? "z" : "one") +
            ") mask(#attention.causal) : " + state + ", " + result +
            ", tensor<1x1x1x1xf64>, tensor<1x1x1x1xf64> ";
  body += "%j = attention.join %p_first, %p_second : " + state +
          " %o = attention.finish %j : " + state +
          " %n = attention.finish %e "
          ": " +
          state + " return %o, %n : " + result + ", " + result;
  expectNumbers(result + ", " + result, body, {1, 4, 0, 0});
}

TEST(InterpretGlue, rows_are_normed_and_averaged) {
  std::string x = "%x = arith.constant dense<[[[1.0, 3.0], [5.0, 5.0]]]> : "
                  "tensor<1x2x2xf64> %g = arith.constant dense<[2.0, 1.0]> : "
                  "tensor<2xf64> ";
  expectNumbers("tensor<1x2x2xf64>",
                x + "%y = attention.layer_norm %x, %g, %g epsilon(0.0) : "
                    "tensor<1x2x2xf64>, tensor<2xf64>, tensor<2xf64> "
                    "%z = arith.constant dense<0.0> : tensor<1x2x2xf64> "
                    "%s = tensor.extract_slice %y[0, 0, 0] [1, 1, 2] [1, 1, 1] "
                    ": tensor<1x2x2xf64> to tensor<1x1x2xf64> "
                    "%r = tensor.insert_slice %s into %z[0, 0, 0] [1, 1, 2] "
                    "[1, 1, 1] : tensor<1x1x2xf64> into tensor<1x2x2xf64> "
                    "return %r : tensor<1x2x2xf64>",
                {0, 2, 0, 0});
  expectNumbers("tensor<1x1x2xf64>",
                x + "%m = attention.mean_rows %x : tensor<1x2x2xf64> "
                    "return %m : tensor<1x1x2xf64>",
                {3, 4});
}

TEST(InterpretGlue, ids_out_of_range_are_named) {
  expectError("tensor<1x2x1xf64>",
              "%t = arith.constant dense<1.0> : tensor<4x1xf64> "
              "%i = arith.constant dense<[[0, 4]]> : tensor<1x2xi64> "
              "%r = attention.embed %t, %i : tensor<4x1xf64>, tensor<1x2xi64> "
              "return %r : tensor<1x2x1xf64>",
              "expects ids of at least 0 and below 4, but got 4 at [0, 1]");
}
