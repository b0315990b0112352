#include "InterpreterTest.h"
#include <cmath>
#include <limits>

static const double infinity = std::numeric_limits<double>::infinity();

/// `%r = OP %x, %y : TYPE` of two constants.
static std::string binary(const std::string &op, const std::string &type,
                          const std::string &x, const std::string &y) {
  return "%x = arith.constant " + x + " : " + type + " %y = arith.constant " +
         y + " : " + type + " %r = " + op + " %x, %y : " + type +
         " return %r : " + type;
}

TEST(InterpretArith, integers_wrap_at_their_width) {
  expectNumbers("i8", binary("arith.addi", "i8", "127", "1"), {-128});
  expectNumbers("i8", binary("arith.muli", "i8", "100", "3"), {44});
  expectNumbers("i64", binary("arith.subi", "i64", "-9223372036854775808", "1"),
                {9223372036854775807.0});
  expectNumbers("i1", binary("arith.addi", "i1", "1", "1"), {0});
}

TEST(InterpretArith, divisions_round_as_they_say) {
  expectNumbers("i32", binary("arith.divsi", "i32", "-7", "2"), {-3});
  expectNumbers("i32", binary("arith.floordivsi", "i32", "-7", "2"), {-4});
  expectNumbers("i32", binary("arith.ceildivsi", "i32", "-7", "2"), {-3});
  expectNumbers("i32", binary("arith.ceildivsi", "i32", "7", "2"), {4});
  expectNumbers("i32", binary("arith.remsi", "i32", "-7", "2"), {-1});
  expectNumbers("i8", binary("arith.divui", "i8", "-1", "2"), {127});
  expectNumbers("i8", binary("arith.remui", "i8", "-1", "16"), {15});
  expectNumbers("i32", binary("arith.divsi", "i32", "-2147483648", "-1"),
                {-2147483648.0});
}

TEST(InterpretArith, refuses_division_by_zero) {
  expectError("index", binary("arith.remui", "index", "5", "0"),
              "expects a divisor other than 0, but got 0");
  expectError("tensor<2x2xi32>",
              binary("arith.divsi", "tensor<2x2xi32>", "dense<1>",
                     "dense<[[1, 1], [0, 1]]>"),
              "but got 0 at [1, 0]");
}

TEST(InterpretArith, refuses_shifts_past_the_width) {
  expectNumbers("i8", binary("arith.shli", "i8", "3", "7"), {-128});
  expectNumbers("i8", binary("arith.shrui", "i8", "-1", "4"), {15});
  expectNumbers("i8", binary("arith.shrsi", "i8", "-16", "2"), {-4});
  expectError("i8", binary("arith.shli", "i8", "3", "8"),
              "expects a shift by less than 8 bits, but got 8");
}

TEST(InterpretArith, floats_are_not_rounded) {
  expectNumbers("f32", binary("arith.addf", "f32", "1.0", "0x2F800000"),
                {1.0 + std::ldexp(1.0, -32)});
  expectNumbers("bf16",
                "%x = arith.constant 0.1 : f64 "
                "%y = arith.truncf %x : f64 to bf16 return %y : bf16",
                {0.1});
}

TEST(InterpretArith, nan_stays_or_goes_as_the_op_says) {
  expectNumbers("f32", binary("arith.maximumf", "f32", "0x7FC00000", "1.0"),
                {std::nan("")});
  expectNumbers("f32", binary("arith.maxnumf", "f32", "0x7FC00000", "1.0"),
                {1.0});
  expectNumbers("f32", binary("arith.minimumf", "f32", "-1.0", "0xFF800000"),
                {-infinity});
}

TEST(InterpretArith, comparisons_know_signs_and_order) {
  std::string two = "%x = arith.constant -1 : i8 %y = arith.constant 1 : i8 ";
  expectNumbers("i1, i1",
                two + "%a = arith.cmpi slt, %x, %y : i8 "
                      "%b = arith.cmpi ult, %x, %y : i8 return %a, %b : i1, i1",
                {1, 0});
  std::string nan = "%x = arith.constant 0x7FC00000 : f32 ";
  expectNumbers("i1, i1",
                nan +
                    "%a = arith.cmpf une, %x, %x : f32 "
                    "%b = arith.cmpf oeq, %x, %x : f32 return %a, %b : i1, i1",
                {1, 0});
}

TEST(InterpretArith, conversions_keep_or_refuse_the_value) {
  expectNumbers("i32, f32",
                "%x = arith.constant -2.75 : f32 "
                "%a = arith.fptosi %x : f32 to i32 "
                "%t = arith.constant true %b = arith.sitofp %t : i1 to f32 "
                "return %a, %b : i32, f32",
                {-2, -1});
  expectNumbers("i32",
                "%x = arith.constant 1.0 : f32 "
                "%a = arith.bitcast %x : f32 to i32 return %a : i32",
                {0x3F800000});
  expectError("i8",
              "%x = arith.constant 200.0 : f32 "
              "%a = arith.fptosi %x : f32 to i8 return %a : i8",
              "expects a number that fits 'i8', but got 200");
}

TEST(InterpretArith, sizes_that_disagree_are_named) {
  expectError(
      "tensor<?xf32>",
      "%c2 = arith.constant 2 : index %c3 = arith.constant 3 : index "
      "%x = tensor.empty(%c2) : tensor<?xf32> "
      "%y = tensor.empty(%c3) : tensor<?xf32> "
      "%r = arith.addf %x, %y : tensor<?xf32> return %r : tensor<?xf32>",
      "expects operands of one size, but got [2] and [3]");
}

TEST(InterpretMath, functions_are_those_of_the_c_library) {
  auto call = [](const std::string &op, const std::string &x) {
    return "%x = arith.constant " + x + " : f64 %r = " + op +
           " %x : f64 return %r : f64";
  };
  expectNumbers("f64", call("math.exp", "1.5"), {std::exp(1.5)});
  expectNumbers("f64", call("math.erf", "0.3"), {std::erf(0.3)});
  expectNumbers("f64", call("math.rsqrt", "4.0"), {0.5});
  expectNumbers("f64", call("math.roundeven", "2.5"), {2.0});
  expectNumbers("f64", call("math.log", "0.0"), {-infinity});
  expectNumbers("i32, i32",
                "%x = arith.constant 40 : i32 %a = math.ctlz %x : i32 "
                "%b = math.cttz %x : i32 return %a, %b : i32, i32",
                {26, 3});
}
