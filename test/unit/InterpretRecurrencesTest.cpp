/// Recurrences along the sequence and along depth, against closed forms.
#include "InterpreterTest.h"
#include <cmath>

/// Five rows of one column; each segment sees the rows of the one before.
static std::string segments(const std::string &length,
                            const std::string &rows = "5") {
  std::string values = rows == "5" ? "dense<[[[1.0], [2.0], [3.0], [4.0], "
                                     "[5.0]]]>"
                                   : "dense<0.0>";
  return "%x = arith.constant " + values + " : tensor<1x" + rows +
         "x1xf64> %c = tensor.cast %x : tensor<1x" + rows +
         "x1xf64> to tensor<1x?x1xf64> "
         "%m = arith.constant dense<0.0> : tensor<1x0x1xf64> "
         "%n = arith.constant dense<0.0> : tensor<f64> "
         "%one = arith.constant dense<1.0> : tensor<f64> "
         "%y, %last, %count = attention.segments %c carry(%m, %n) length(" +
         length +
         ") { ^bb0(%s: tensor<1x?x1xf64>, %memory: tensor<1x?x1xf64>, "
         "%k: tensor<f64>): "
         "%mean = attention.mean_rows %memory : tensor<1x?x1xf64> "
         "%b = attention.broadcast_rows %mean like %s : tensor<1x1x1xf64>, "
         "tensor<1x?x1xf64> "
         "%o = arith.addf %s, %b : tensor<1x?x1xf64> "
         "%next = arith.addf %k, %one : tensor<f64> "
         "attention.yield %o, %s, %next : tensor<1x?x1xf64>, "
         "tensor<1x?x1xf64>, tensor<f64> } : (tensor<1x?x1xf64>, "
         "tensor<1x0x1xf64>, tensor<f64>) -> (tensor<1x?x1xf64>, "
         "tensor<1x?x1xf64>, tensor<f64>) "
         "return %y, %last, %count : tensor<1x?x1xf64>, tensor<1x?x1xf64>, "
         "tensor<f64>";
}
static const std::string segmentResults =
    "tensor<1x?x1xf64>, tensor<1x?x1xf64>, tensor<f64>";

TEST(InterpretSegments, carry_one_segment_to_the_next) {
  expectNumbers(segmentResults, segments("2"),
                {1, 2, 3 + 1.5, 4 + 1.5, 5 + 3.5, /*last=*/5, /*count=*/3});
  expectNumbers(segmentResults, segments("1"),
                {1, 2 + 1, 3 + 2, 4 + 3, 5 + 4, 5, 5});
}

TEST(InterpretSegments, one_segment_may_hold_all) {
  for (std::string length : {"5", "100"})
    expectNumbers(segmentResults, segments(length),
                  {1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 1});
}

TEST(InterpretSegments, no_rows_leave_the_carries_as_they_are) {
  expectNumbers(segmentResults, segments("2", "0"), {/*count=*/0});
}

/// x' = `rate`, which may read %p, %layer and %time, from (2, 1).
static std::string flow(const std::string &clauses, const std::string &rate) {
  return "%x = arith.constant dense<[[2.0, 1.0]]> : tensor<1x2xf64> "
         "%e = attention.evolve %x " +
         clauses +
         " velocity { ^bb0(%p: tensor<1x2xf64>, %layer: index, %time: f64): " +
         rate +
         " attention.yield %f : tensor<1x2xf64> } : (tensor<1x2xf64>) -> "
         "tensor<1x2xf64> return %e : tensor<1x2xf64>";
}
static const std::string point = "tensor<1x2xf64>";
static const std::string fall = "%f = arith.negf %p : tensor<1x2xf64>";

TEST(InterpretEvolve, methods_follow_the_exponential_to_their_order) {
  struct {
    std::string method;
    double factor;
  } cases[] = {{"euler", 1 - 0.5},
               {"heun", 1 - 0.5 + 0.125},
               {"rk4", 1 - 0.5 + 0.125 - 0.125 / 6 + 0.0625 / 24}};
  for (auto &[method, factor] : cases) {
    Outcome outcome =
        runBody(point, flow("steps(3) step(0.5) method(" + method + ")", fall));
    ASSERT_EQ(outcome.numbers.size(), 2u) << outcome.error;
    EXPECT_NEAR(outcome.numbers[0], 2 * std::pow(factor, 3), 1e-14);
    EXPECT_NEAR(outcome.numbers[1], std::pow(factor, 3), 1e-14);
  }
}

TEST(InterpretEvolve, time_and_layer_reach_the_velocity) {
  std::string rate = "%l = arith.index_cast %layer : index to i64 "
                     "%g = arith.sitofp %l : i64 to f64 "
                     "%s = arith.addf %time, %g : f64 "
                     "%f = tensor.splat %s : tensor<1x2xf64>";
  // Layers 0, 1, 2 at 3, 3.5 and 4.
  expectNumbers(point,
                flow("steps(3) step(0.5) method(euler) "
                     "damping(#attention.damping<start = 3.0>)",
                     rate),
                {2 + 0.5 * 13.5, 1 + 0.5 * 13.5});
  // Stages of Heun's method at both ends of a step, layers alike.
  expectNumbers(point,
                flow("steps(2) step(1.0) method(heun) "
                     "damping(#attention.damping<start = 3.0>)",
                     rate),
                {2 + 3.5 + 5.5, 1 + 3.5 + 5.5});
}

TEST(InterpretEvolve, the_sphere_keeps_length_and_zero) {
  std::string turn = "%w = arith.constant dense<[[0.0, -1.0], [3.0, 0.5]]> : "
                     "tensor<2x2xf64> %f = attention.project %p, %w : "
                     "tensor<1x2xf64>, tensor<2x2xf64>";
  for (std::string method : {"euler", "heun", "rk4"}) {
    Outcome outcome =
        runBody(point, flow("steps(1000) step(0.01) method(" + method +
                                ") on(#attention.sphere)",
                            turn));
    ASSERT_EQ(outcome.numbers.size(), 2u) << outcome.error;
    EXPECT_NEAR(std::hypot(outcome.numbers[0], outcome.numbers[1]), 1, 1e-14);
  }
  std::string zero =
      flow("steps(5) step(0.5) method(rk4) on(#attention.sphere)", fall);
  zero.replace(zero.find("[[2.0, 1.0]]"), 12, "0.0");
  expectNumbers(point, zero, {0, 0});
}

/// x and y from 1 and 2; F = y, G = t.
static std::string kicked(const std::string &clauses) {
  return "%x = arith.constant dense<1.0> : tensor<1xf64> "
         "%y = arith.constant dense<2.0> : tensor<1xf64> "
         "%hx = arith.constant 0.5 : f64 %hy = arith.constant 0.25 : f64 "
         "%a, %b = attention.evolve %x, %y steps(2) " +
         clauses +
         " velocity { ^bb0(%p: tensor<1xf64>, %m: tensor<1xf64>, %layer: "
         "index, %t: f64): attention.yield %m : tensor<1xf64> } force { "
         "^bb0(%p: tensor<1xf64>, %m: tensor<1xf64>, %layer: index, %t: f64): "
         "%g = tensor.splat %t : tensor<1xf64> attention.yield %g : "
         "tensor<1xf64> } : (tensor<1xf64>, tensor<1xf64>) -> (tensor<1xf64>, "
         "tensor<1xf64>) return %a, %b : tensor<1xf64>, tensor<1xf64>";
}

TEST(InterpretEvolve, points_and_momenta_have_their_own_steps) {
  std::string both = "tensor<1xf64>, tensor<1xf64>";
  // Time goes by the step of x: 0, then 0.5.
  expectNumbers(both, kicked("step(%hx, %hy : f64, f64) method(plain)"),
                {1 + 0.5 * 2 + 0.5 * 2, 2 + 0.25 * 0 + 0.25 * 0.5});
  expectNumbers(both, kicked("step(%hy : f64) method(presymplectic)"),
                {1 + 0.25 * 2 + 0.25 * 2.0625, 2.0625});
  // Without damping the exponential method is the plain one.
  expectNumbers(both, kicked("step(0.25) method(exponential)"),
                {1 + 0.25 * 2 + 0.25 * 2, 2.0625});
}

TEST(InterpretEvolve, rates_of_other_sizes_are_named) {
  expectError(
      "tensor<?x2xf64>",
      "%x = arith.constant dense<1.0> : tensor<3x2xf64> "
      "%d = tensor.cast %x : tensor<3x2xf64> to tensor<?x2xf64> "
      "%e = attention.evolve %d steps(1) step(1.0) method(euler) velocity { "
      "^bb0(%p: tensor<?x2xf64>, %layer: index, %time: f64): "
      "%f = tensor.extract_slice %x[0, 0] [2, 2] [1, 1] : tensor<3x2xf64> to "
      "tensor<2x2xf64> %g = tensor.cast %f : tensor<2x2xf64> to "
      "tensor<?x2xf64> attention.yield %g : tensor<?x2xf64> } : "
      "(tensor<?x2xf64>) -> tensor<?x2xf64> return %e : tensor<?x2xf64>",
      "expects a rate of sizes [3, 2], but got [2, 2]");
}
