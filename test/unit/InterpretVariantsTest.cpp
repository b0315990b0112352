/// Variants with a memory against closed forms, and against each other where
/// one is a special case of another.
#include "InterpreterTest.h"
#include <cmath>

static const double e = std::exp(1.0);
static const std::string result = "tensor<1x1x3x2xf64>";

/// One head, three queries and keys of two features, values of two columns.
static const std::string operands =
    "%q = arith.constant dense<[[[[1.0, 0.5], [-0.5, 2.0], [0.25, 1.0]]]]> : "
    "tensor<1x1x3x2xf64> "
    "%k = arith.constant dense<[[[[0.5, -1.0], [2.0, 1.0], [-1.5, 0.5]]]]> : "
    "tensor<1x1x3x2xf64> "
    "%v = arith.constant dense<[[[[1.0, 2.0], [-3.0, 4.0], [5.0, 0.5]]]]> : "
    "tensor<1x1x3x2xf64> "
    "%g = arith.constant dense<[[[[-0.1, -0.7], [-2.0, 0.0], [-0.3, -60.0]]]]>"
    " : tensor<1x1x3x2xf64> "
    "%zero = arith.constant dense<0.0> : tensor<1x1x1x1xf64> "
    "%b = arith.constant dense<[[[[0.5], [1.0], [0.25]]]]> : "
    "tensor<1x1x3x1xf64> "
    "%exists = arith.constant dense<[[true, false, true]]> : tensor<1x3xi1> ";

static std::string attend(const std::string &variant,
                          const std::string &clauses,
                          const std::string &before = "",
                          const std::string &values = "%q, %k, %v") {
  std::string types;
  for (int i = 0; i < 3; ++i)
    types += (i ? ", " : " : ") + result;
  return operands + before + "%o = attention.attend #attention." + variant +
         " " + values + " " + clauses + types + " return %o : " + result;
}

static void expectNear(const Outcome &outcome, const Outcome &wanted) {
  EXPECT_EQ(outcome.error, "");
  EXPECT_EQ(wanted.error, "");
  ASSERT_EQ(outcome.numbers.size(), wanted.numbers.size());
  for (size_t i = 0; i < wanted.numbers.size(); ++i)
    if (std::isnan(wanted.numbers[i]))
      EXPECT_TRUE(std::isnan(outcome.numbers[i])) << i;
    else
      EXPECT_NEAR(outcome.numbers[i], wanted.numbers[i],
                  1e-14 * (1 + std::abs(wanted.numbers[i])))
          << i;
}

/// Both bodies give the same numbers.
static void expectSame(const std::string &first, const std::string &second) {
  SCOPED_TRACE(first);
  expectNear(runBody(result, first), runBody(result, second));
}

static const std::string causal = "mask(#attention.causal)";

TEST(InterpretVariants, log_exp_is_softmax_over_the_logarithm_of_a_product) {
  std::string exponentials =
      "%eq = math.exp %q : " + result + " %ek = math.exp %k : " + result + " ";
  for (std::string mask :
       {causal, std::string("mask(#attention.window<1>)"), std::string()})
    expectSame(
        attend("log_exp", mask),
        attend("softmax",
               mask + " scale(1.0) score { ^bb0(%s: f64, %x: index, %h: index, "
                      "%i: index, %j: index): %l = math.log %s : f64 "
                      "attention.yield %l : f64 }",
               exponentials, "%eq, %ek, %v"));
}

TEST(InterpretVariants, log_exp_of_logarithms_gives_logarithms) {
  std::string positive = "%p = math.exp %v : " + result + " ";
  std::string logarithm = attend("log_exp", causal, positive, "%q, %k, %p");
  logarithm.replace(logarithm.find("return %o"), std::string::npos,
                    "%l = math.log %o : " + result + " return %l : " + result);
  expectSame(attend("log_exp<values = log>", causal), logarithm);
}

TEST(InterpretVariants, log_exp_is_linear_with_exponential_features) {
  expectSame(attend("log_exp", causal),
             attend("linear<feature = exp, normalizer = keys>", causal));
}

TEST(InterpretVariants, linear_recurs_as_it_sums) {
  // A list of one mask means that mask, but takes the way of closed sums.
  std::string listed = "mask(#attention.all<[#attention.causal]>)";
  for (std::string feature : {"identity", "elu1", "exp", "relu"})
    for (std::string normalizer : {"none", "keys", "count"}) {
      std::string variant =
          "linear<feature = " + feature + ", normalizer = " + normalizer + ">";
      expectSame(attend(variant, causal + " scale(0.5)"),
                 attend(variant, listed + " scale(0.5)"));
      expectSame(
          attend(variant, causal + " decay(%zero : tensor<1x1x1x1xf64>)"),
          attend(variant, listed));
      expectSame(attend(variant, "keys(%exists : tensor<1x3xi1>)"),
                 attend(variant, "keys(%exists : tensor<1x3xi1>) "
                                 "mask(#attention.prefix<3>)"));
    }
}

TEST(InterpretVariants, linear_decays_per_channel) {
  // The last query reads q = (0.25, 1): each channel of each key has decayed
  // since.
  double first = std::exp(-2.3), second = std::exp(-60.0);
  auto sum = [&](double v0, double v1, double v2) {
    return 0.25 * (0.5 * first * v0 + 2.0 * std::exp(-0.3) * v1 - 1.5 * v2) +
           (-1.0 * second * v0 + 1.0 * second * v1 + 0.5 * v2);
  };
  Outcome outcome =
      runBody(result, attend("linear", causal + " decay(%g : " + result + ")"));
  ASSERT_EQ(outcome.numbers.size(), 6u) << outcome.error;
  EXPECT_NEAR(outcome.numbers[4], sum(1, -3, 5), 1e-14);
  EXPECT_NEAR(outcome.numbers[5], sum(2, 4, 0.5), 1e-14);
}

TEST(InterpretVariants, keys_that_do_not_exist_are_no_step) {
  // Without the second key: two decays of exp(-1) become one.
  std::string decay = "%d = arith.constant dense<-1.0> : tensor<1x1x1x1xf64> ";
  Outcome outcome =
      runBody(result, attend("linear<normalizer = count>",
                             causal + " keys(%exists : tensor<1x3xi1>) "
                                      "decay(%d : tensor<1x1x1x1xf64>)",
                             decay));
  ASSERT_EQ(outcome.numbers.size(), 6u) << outcome.error;
  double weightOfFirst = (0.25 * 0.5 - 1.0) / e, weightOfThird = 0.125;
  EXPECT_NEAR(outcome.numbers[4], (weightOfFirst * 1 + weightOfThird * 5) / 2,
              1e-14);
}

TEST(InterpretVariants, rows_that_see_nothing_are_zero) {
  std::string nothing = "%none = arith.constant dense<false> : tensor<1x3xi1> ";
  for (std::string variant :
       {"log_exp", "log_exp<values = log>", "linear<normalizer = keys>",
        "linear<normalizer = count>", "delta"})
    expectNumbers(result,
                  attend(variant, "keys(%none : tensor<1x3xi1>)", nothing),
                  std::vector<double>(6, 0.0));
}

TEST(InterpretVariants, a_zero_denominator_is_the_quotient) {
  std::string negative =
      "%n = arith.constant dense<-1.0> : tensor<1x1x3x2xf64> ";
  expectNumbers(result,
                attend("linear<feature = relu, normalizer = keys>", "",
                       negative, "%q, %n, %v"),
                std::vector<double>(6, std::nan("")));
}

TEST(InterpretVariants, delta_replaces_the_value_of_a_key) {
  // Keys of length 1 along the axes: the third write replaces the first.
  std::string axes =
      "%a = arith.constant dense<[[[[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]]]]> : "
      "tensor<1x1x3x2xf64> ";
  expectNumbers(result, attend("delta", "", axes, "%a, %a, %v"),
                {5, 0.5, -3, 4, 5, 0.5});
  expectNumbers(result, attend("delta", causal, axes, "%a, %a, %v"),
                {1, 2, -3, 4, 5, 0.5});
  expectNumbers(
      result,
      attend("delta", causal + " scale(2.0) beta(%b : tensor<1x1x3x1xf64>)",
             axes, "%a, %a, %v"),
      {1, 2, -6, 8, 2 * (0.75 * 0.5 + 0.25 * 5), 2 * (0.75 * 1 + 0.125)});
}

TEST(InterpretVariants, delta_is_a_rank_one_transition) {
  // S' = D S; S' + b k (v - k . S')^T: remove = D k, replace = -b k, and the
  // key that is written is b k.
  std::string change =
      "%c = tensor.concat dim(3) %b, %b : (tensor<1x1x3x1xf64>, "
      "tensor<1x1x3x1xf64>) -> tensor<1x1x3x2xf64> "
      "%factor = math.exp %g : " +
      result + " %remove = arith.mulf %factor, %k : " + result +
      " %written = arith.mulf %c, %k : " + result +
      " %replace = arith.negf %written : " + result + " ";
  expectSame(attend("rank_one",
                    causal + " decay(%g : " + result + ") remove(%remove : " +
                        result + ") replace(%replace : " + result + ")",
                    change, "%q, %written, %v"),
             attend("delta", causal + " decay(%g : " + result +
                                 ") beta(%b : tensor<1x1x3x1xf64>)"));
}

TEST(InterpretVariants, documents_begin_with_an_empty_memory) {
  std::string documents =
      "%d = arith.constant dense<[0, 1, 3]> : tensor<3xi64> ";
  std::string clauses = "documents(%d : tensor<3xi64>) decay(%g : " + result +
                        ") mask(#attention.causal)";
  Outcome outcome = runBody(result, attend("delta", clauses, documents));
  ASSERT_EQ(outcome.numbers.size(), 6u) << outcome.error;
  // The second query sees its own key alone: q . k = 1.
  EXPECT_NEAR(outcome.numbers[2], -3, 1e-14);
  EXPECT_NEAR(outcome.numbers[3], 4, 1e-14);
}

TEST(InterpretVariants, queries_stand_at_their_offset) {
  std::string offset = "%p = arith.constant dense<-1> : tensor<1xi64> ";
  std::string clauses = causal + " decay(%g : " + result + ")";
  Outcome shifted =
      runBody(result, attend("linear", clauses + " offset(%p : tensor<1xi64>)",
                             offset));
  ASSERT_EQ(shifted.numbers.size(), 6u) << shifted.error;
  // The first stands before all keys; the second reads the first key: q . k =
  // -2.25.
  EXPECT_EQ(shifted.numbers[0], 0);
  EXPECT_NEAR(shifted.numbers[2], -2.25, 1e-14);
}

/// Online softmax in the words of a user.
static const std::string mine = R"(
attention.variant @mine state [f64, f64] identity {
  %m = arith.constant 0xFFF0000000000000 : f64
  %z = arith.constant 0.0 : f64
  attention.yield %m, %z : f64, f64
} lift {
^bb0(%s: f64):
  %one = arith.constant 1.0 : f64
  attention.yield %s, %one, %one : f64, f64, f64
} compose {
^bb0(%m1: f64, %z1: f64, %m2: f64, %z2: f64):
  %m = arith.maximumf %m1, %m2 : f64
  %d1 = arith.subf %m1, %m : f64
  %d2 = arith.subf %m2, %m : f64
  %f1 = math.exp %d1 : f64
  %f2 = math.exp %d2 : f64
  %a = arith.mulf %z1, %f1 : f64
  %b = arith.mulf %z2, %f2 : f64
  %z = arith.addf %a, %b : f64
  attention.yield %m, %z, %f1, %f2 : f64, f64, f64, f64
} finish {
^bb0(%m: f64, %z: f64):
  %one = arith.constant 1.0 : f64
  %r = arith.divf %one, %z : f64
  attention.yield %r : f64
})";

TEST(InterpretVariants, a_custom_softmax_is_softmax) {
  for (std::string clauses : {std::string(), causal,
                              "mask(#attention.not<#attention.causal>)" +
                                  std::string(" scale(3.0)")}) {
    SCOPED_TRACE(clauses);
    expectNear(runModule(mine + "func.func @f() -> " + result + " {" +
                             attend("custom<@mine>", clauses) + "}",
                         /*threads=*/2),
               runBody(result, attend("softmax", clauses)));
  }
}

TEST(InterpretVariants, clauses_of_wrong_sizes_are_named) {
  expectError("tensor<1x1x?x2xf64>",
              operands +
                  "%d = tensor.cast %k : tensor<1x1x3x2xf64> to "
                  "tensor<1x1x?x2xf64> "
                  "%two = tensor.extract_slice %b[0, 0, 0, 0] [1, 1, 2, 1] "
                  "[1, 1, 1, 1] : tensor<1x1x3x1xf64> to tensor<1x1x2x1xf64> "
                  "%s = tensor.cast %two : tensor<1x1x2x1xf64> to "
                  "tensor<1x1x?x1xf64> "
                  "%o = attention.attend #attention.delta %d, %d, %d "
                  "beta(%s : tensor<1x1x?x1xf64>) : tensor<1x1x?x2xf64>, "
                  "tensor<1x1x?x2xf64>, tensor<1x1x?x2xf64> "
                  "return %o : tensor<1x1x?x2xf64>",
              "expects beta of sizes [1, 1, 3, 1], but got [1, 1, 2, 1]");
}
