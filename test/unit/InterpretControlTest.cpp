#include "InterpreterTest.h"

TEST(InterpretScf, loops_carry_values) {
  expectNumbers("f32",
                "%z = arith.constant 0 : index %n = arith.constant 7 : index "
                "%two = arith.constant 2 : index %x = arith.constant 1.0 : f32 "
                "%r = scf.for %i = %z to %n step %two iter_args(%a = %x) -> "
                "(f32) { %b = arith.addf %a, %a : f32 scf.yield %b : f32 } "
                "return %r : f32",
                {16});
  expectError("f32",
              "%z = arith.constant 0 : index %n = arith.constant 7 : index "
              "%x = arith.constant 1.0 : f32 "
              "%r = scf.for %i = %z to %n step %z iter_args(%a = %x) -> (f32) "
              "{ scf.yield %a : f32 } return %r : f32",
              "expects a step above 0, but got 0");
}

TEST(InterpretScf, branches_and_whiles) {
  expectNumbers("i32",
                "%t = arith.constant false %r = scf.if %t -> (i32) { "
                "%a = arith.constant 1 : i32 scf.yield %a : i32 } else { "
                "%b = arith.constant 2 : i32 scf.yield %b : i32 } "
                "return %r : i32",
                {2});
  expectNumbers(
      "i32",
      "%one = arith.constant 1 : i32 %bound = arith.constant 100 : i32 "
      "%r = scf.while (%x = %one) : (i32) -> i32 { "
      "%c = arith.cmpi slt, %x, %bound : i32 scf.condition(%c) %x : i32 } do { "
      "^bb0(%x: i32): %y = arith.addi %x, %x : i32 scf.yield %y : i32 } "
      "return %r : i32",
      {128});
}

TEST(InterpretScf, parallel_loops_place_their_slices) {
  expectNumbers(
      "tensor<4xf32>",
      "%x = arith.constant dense<[1.0, 2.0, 3.0, 4.0]> : tensor<4xf32> "
      "%r = scf.forall (%i) in (2) shared_outs(%o = %x) -> (tensor<4xf32>) { "
      "%at = affine.apply affine_map<(i) -> (2 * i)>(%i) "
      "%s = tensor.extract_slice %x[%at] [2] [1] : tensor<4xf32> to "
      "tensor<2xf32> %d = arith.addf %s, %s : tensor<2xf32> "
      "scf.forall.in_parallel { tensor.parallel_insert_slice %d into %o[%at] "
      "[2] [1] : tensor<2xf32> into tensor<4xf32> } } "
      "return %r : tensor<4xf32>",
      {2, 4, 6, 8});
}

TEST(InterpretFunc, calls_functions_and_refuses_endless_ones) {
  Outcome twice = runModule("func.func @g(%x: f32) -> f32 { %r = arith.addf "
                            "%x, %x : f32 return %r : f32 } "
                            "func.func @f() -> f32 { %x = arith.constant 3.0 : "
                            "f32 %r = call @g(%x) : (f32) -> f32 return %r : "
                            "f32 }");
  EXPECT_EQ(twice.numbers, std::vector<double>{6}) << twice.error;
  Outcome endless =
      runModule("func.func @f() -> f32 { %r = call @f() : () -> f32 "
                "return %r : f32 }");
  EXPECT_NE(endless.error.find("calls within each other"), std::string::npos)
      << endless.error;
}

TEST(InterpretFunc, unknown_ops_are_named) {
  Outcome unknown = runModule(
      "func.func @f() -> tensor<2xi32> { %x = arith.constant dense<1> : "
      "tensor<2xi32> %r = tensor.bitcast %x : tensor<2xi32> to tensor<2xi32> "
      "return %r : tensor<2xi32> }");
  EXPECT_NE(unknown.error.find("expects an op that the interpreter knows, but "
                               "got 'tensor.bitcast'"),
            std::string::npos)
      << unknown.error;
}
