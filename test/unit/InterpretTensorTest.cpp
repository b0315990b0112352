#include "InterpreterTest.h"

static const std::string twoByThree =
    "%x = arith.constant dense<[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]> : "
    "tensor<2x3xf32> ";

TEST(InterpretTensor, slices_are_strided_boxes) {
  expectNumbers("tensor<2xf32>",
                twoByThree + "%r = tensor.extract_slice %x[0, 2] [2, 1] [1, 1] "
                             ": tensor<2x3xf32> to tensor<2xf32> "
                             "return %r : tensor<2xf32>",
                {3, 6});
  expectNumbers("tensor<2x3xf32>",
                twoByThree +
                    "%s = arith.constant dense<[[8.0, 9.0]]> : tensor<1x2xf32> "
                    "%r = tensor.insert_slice %s into %x[1, 0] [1, 2] [1, 2] : "
                    "tensor<1x2xf32> into tensor<2x3xf32> "
                    "return %r : tensor<2x3xf32>",
                {1, 2, 3, 8, 5, 9});
}

TEST(InterpretTensor, slices_stay_within_their_source) {
  expectError("tensor<?x3xf32>",
              twoByThree +
                  "%n = arith.constant 2 : index "
                  "%r = tensor.extract_slice %x[1, 0] [%n, 3] [1, 1] : "
                  "tensor<2x3xf32> to tensor<?x3xf32> "
                  "return %r : tensor<?x3xf32>",
              "expects a slice within sizes [2, 3], but got offsets [1, 0]");
  expectError("f32",
              twoByThree + "%n = arith.constant 3 : index "
                           "%z = arith.constant 0 : index "
                           "%r = tensor.extract %x[%z, %n] : tensor<2x3xf32> "
                           "return %r : f32",
              "expects an index within sizes [2, 3], but got [0, 3]");
}

TEST(InterpretTensor, reshapes_keep_the_order) {
  expectNumbers("tensor<3x2xf32>, tensor<6xf32>",
                twoByThree +
                    "%flat = tensor.collapse_shape %x [[0, 1]] : "
                    "tensor<2x3xf32> into tensor<6xf32> "
                    "%r = tensor.expand_shape %flat [[0, 1]] output_shape "
                    "[3, 2] : tensor<6xf32> into tensor<3x2xf32> "
                    "return %r, %flat : tensor<3x2xf32>, tensor<6xf32>",
                {1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6});
}

TEST(InterpretTensor, casts_refuse_other_sizes) {
  expectError("tensor<3xf32>",
              "%n = arith.constant 2 : index "
              "%x = tensor.empty(%n) : tensor<?xf32> "
              "%r = tensor.cast %x : tensor<?xf32> to tensor<3xf32> "
              "return %r : tensor<3xf32>",
              "expects a value of type 'tensor<3xf32>', but got sizes [2]");
}

TEST(InterpretTensor, joins_and_pads) {
  expectNumbers("tensor<2x4xf32>",
                twoByThree +
                    "%y = arith.constant dense<7.0> : tensor<2x1xf32> "
                    "%r = tensor.concat dim(1) %x, %y : (tensor<2x3xf32>, "
                    "tensor<2x1xf32>) -> tensor<2x4xf32> "
                    "return %r : tensor<2x4xf32>",
                {1, 2, 3, 7, 4, 5, 6, 7});
  expectNumbers("tensor<3x3xf32>",
                twoByThree + "%z = arith.constant -1.0 : f32 "
                             "%r = tensor.pad %x low[1, 0] high[0, 0] { "
                             "^bb0(%i: index, %j: index): "
                             "tensor.yield %z : f32 } : "
                             "tensor<2x3xf32> to tensor<3x3xf32> "
                             "return %r : tensor<3x3xf32>",
                {-1, -1, -1, 1, 2, 3, 4, 5, 6});
}

TEST(InterpretTensor, generates_and_gathers) {
  expectNumbers("tensor<2x2xindex>",
                "%r = tensor.generate { ^bb0(%i: index, %j: index): "
                "%s = arith.addi %i, %j : index tensor.yield %s : index } : "
                "tensor<2x2xindex> return %r : tensor<2x2xindex>",
                {0, 1, 1, 2});
  expectNumbers(
      "tensor<2x1x3xf32>",
      twoByThree +
          "%i = arith.constant dense<[[1], [0]]> : tensor<2x1xindex> "
          "%r = tensor.gather %x[%i] gather_dims([0]) : (tensor<2x3xf32>, "
          "tensor<2x1xindex>) -> tensor<2x1x3xf32> "
          "return %r : tensor<2x1x3xf32>",
      {4, 5, 6, 1, 2, 3});
}

TEST(InterpretTensor, refuses_sizes_below_zero) {
  expectError("tensor<?xf32>",
              "%n = arith.constant -1 : index "
              "%r = tensor.empty(%n) : tensor<?xf32> "
              "return %r : tensor<?xf32>",
              "expects sizes of at least 0, but got [-1]");
}

TEST(InterpretLinalg, named_ops_mean_their_region) {
  std::string zeros = "%z = arith.constant dense<0.0> : tensor<2x2xf32> ";
  expectNumbers(
      "tensor<2x2xf32>",
      twoByThree + zeros +
          "%w = arith.constant dense<[[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]]> : "
          "tensor<3x2xf32> %r = linalg.matmul ins(%x, %w : tensor<2x3xf32>, "
          "tensor<3x2xf32>) outs(%z : tensor<2x2xf32>) -> tensor<2x2xf32> "
          "return %r : tensor<2x2xf32>",
      {4, 5, 10, 11});
  expectNumbers(
      "tensor<3x2xf32>",
      twoByThree +
          "%e = tensor.empty() : tensor<3x2xf32> "
          "%r = linalg.transpose ins(%x : tensor<2x3xf32>) outs(%e : "
          "tensor<3x2xf32>) permutation = [1, 0] return %r : tensor<3x2xf32>",
      {1, 4, 2, 5, 3, 6});
}

TEST(InterpretLinalg, reduces_broadcasts_and_fills) {
  expectNumbers(
      "tensor<2xf32>",
      twoByThree +
          "%c = arith.constant 10.0 : f32 "
          "%e = tensor.empty() : tensor<2xf32> "
          "%f = linalg.fill ins(%c : f32) outs(%e : tensor<2xf32>) -> "
          "tensor<2xf32> %r = linalg.reduce ins(%x : tensor<2x3xf32>) "
          "outs(%f : tensor<2xf32>) dimensions = [1] (%a: f32, %b: "
          "f32) { %s = arith.addf %a, %b : f32 linalg.yield %s : f32 } "
          "return %r : tensor<2xf32>",
      {16, 25});
  expectNumbers("tensor<2x2xf32>",
                "%x = arith.constant dense<[1.0, 2.0]> : tensor<2xf32> "
                "%e = tensor.empty() : tensor<2x2xf32> "
                "%r = linalg.broadcast ins(%x : tensor<2xf32>) outs(%e : "
                "tensor<2x2xf32>) dimensions = [1] return %r : tensor<2x2xf32>",
                {1, 1, 2, 2});
}

TEST(InterpretLinalg, knows_where_it_stands) {
  expectNumbers("tensor<2x2xi64>",
                "%e = tensor.empty() : tensor<2x2xi64> "
                "%r = linalg.generic {indexing_maps = [affine_map<(i, j) -> (j,"
                " i)>], iterator_types = [\"parallel\", \"parallel\"]} outs(%e "
                ": tensor<2x2xi64>) { ^bb0(%o: i64): "
                "%i = linalg.index 0 : index "
                "%r = arith.index_cast %i : index to i64 linalg.yield %r : i64 "
                "} -> tensor<2x2xi64> return %r : tensor<2x2xi64>",
                {0, 1, 0, 1});
}

TEST(InterpretLinalg, contracts_as_its_region_says) {
  // Batch and transposed operands: b x m x k times b x n x k.
  expectNumbers(
      "tensor<2x1x1xf64>",
      "%x = arith.constant dense<[[[1.0, 2.0]], [[3.0, 4.0]]]> : "
      "tensor<2x1x2xf64> %z = arith.constant dense<1.0> : tensor<2x1x1xf64> "
      "%r = linalg.generic {indexing_maps = [affine_map<(b, m, n, k) -> (b, m, "
      "k)>, affine_map<(b, m, n, k) -> (b, n, k)>, affine_map<(b, m, n, k) -> "
      "(b, m, n)>], iterator_types = [\"parallel\", \"parallel\", \"parallel\","
      " \"reduction\"]} ins(%x, %x : tensor<2x1x2xf64>, tensor<2x1x2xf64>) "
      "outs(%z : tensor<2x1x1xf64>) { ^bb0(%a: f64, %b: f64, %c: f64): %p = "
      "arith.mulf %a, %b : f64 %s = arith.addf %c, %p : f64 linalg.yield %s : "
      "f64 } -> tensor<2x1x1xf64> return %r : tensor<2x1x1xf64>",
      {6, 26});
}
