// RUN: attention-opt %s -attention-guard-divisions | FileCheck %s

// Lanes that stand for no element hold 0.
// CHECK-LABEL: func.func @lanes(
// CHECK-SAME: %[[X:.*]]: vector<16xi64>, %[[Y:.*]]: vector<16xi64>)
// CHECK: %[[ZERO:.*]] = arith.cmpi eq, %[[Y]], %{{.*}} : vector<16xi64>
// CHECK: %[[MINUS:.*]] = arith.cmpi eq, %[[Y]]
// CHECK: %[[LEAST:.*]] = arith.cmpi eq, %[[X]]
// CHECK: %[[OVER:.*]] = arith.andi %[[MINUS]], %[[LEAST]]
// CHECK: %[[BAD:.*]] = arith.ori %[[ZERO]], %[[OVER]]
// CHECK: %[[HELD:.*]] = arith.select %[[BAD]], %{{.*}}, %[[Y]] : vector<16xi1>, vector<16xi64>
// CHECK: arith.divsi %[[X]], %[[HELD]]
// CHECK: %[[NONE:.*]] = arith.cmpi eq, %[[Y]]
// CHECK: %[[SOME:.*]] = arith.select %[[NONE]]
// CHECK: arith.remui %[[X]], %[[SOME]]
func.func @lanes(%x: vector<16xi64>, %y: vector<16xi64>) -> (vector<16xi64>, vector<16xi64>) {
  %q = arith.divsi %x, %y : vector<16xi64>
  %r = arith.remui %x, %y : vector<16xi64>
  return %q, %r : vector<16xi64>, vector<16xi64>
}

// CHECK-LABEL: func.func @loaded(
// CHECK: arith.select
// CHECK: arith.remsi
func.func @loaded(%x: index, %m: memref<1xi64>) -> index {
  %c0 = arith.constant 0 : index
  %y = memref.load %m[%c0] : memref<1xi64>
  %i = arith.index_cast %y : i64 to index
  %r = arith.remsi %x, %i : index
  return %r : index
}

// Counts of loops are never 0 there, and constants say what they are.
// CHECK-LABEL: func.func @known(
// CHECK-NOT: arith.select
func.func @known(%x: index, %n: index, %v: vector<16xi32>) -> (index, vector<16xi32>) {
  %seven = arith.constant dense<7> : vector<16xi32>
  %q = arith.divui %x, %n : index
  %r = arith.remsi %v, %seven : vector<16xi32>
  return %q, %r : index, vector<16xi32>
}
