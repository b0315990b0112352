// RUN: attention-opt %s -attention-scale-late | FileCheck %s

// CHECK-LABEL: @softmax
// CHECK-SAME: (%[[S:.*]]: vector<64x64xf32>, %[[BEFORE:.*]]: vector<64xf32>)
// CHECK-DAG: %[[C:.*]] = arith.constant dense<1.250000e-01> : vector<64xf32>
// CHECK-DAG: %[[LOWEST:.*]] = arith.constant dense<0xFF800000> : vector<64xf32>
// CHECK: %[[X:.*]] = arith.mulf %[[S]], %{{.*}} fastmath<contract>
// CHECK: %[[MOST:.*]] = vector.multi_reduction <maximumf>, %[[S]], %[[LOWEST]] [1]
// CHECK: %[[SCALED:.*]] = arith.mulf %[[MOST]], %[[C]] : vector<64xf32>
// CHECK: %[[M:.*]] = arith.maximumf %[[SCALED]], %[[BEFORE]]
// CHECK: arith.subf %[[X]], %{{.*}} fastmath<contract>
func.func @softmax(%s: vector<64x64xf32>, %before: vector<64xf32>) -> (vector<64x64xf32>, vector<64xf32>) {
  %c = arith.constant dense<0.125> : vector<64x64xf32>
  %x = arith.mulf %s, %c : vector<64x64xf32>
  %m = vector.multi_reduction <maximumf>, %x, %before [1] : vector<64x64xf32> to vector<64xf32>
  %column = vector.shape_cast %m : vector<64xf32> to vector<64x1xf32>
  %wide = vector.broadcast %column : vector<64x1xf32> to vector<64x64xf32>
  %d = arith.subf %x, %wide : vector<64x64xf32>
  return %d, %m : vector<64x64xf32>, vector<64xf32>
}

// A negative factor turns the order round, and what else sees scaled elements sees them as they were.
// CHECK-LABEL: @left_alone
// CHECK: %[[N:.*]] = arith.mulf %{{.*}}, %{{.*}} : vector<64x64xf32>
// CHECK: vector.multi_reduction <maximumf>, %[[N]]
// CHECK: arith.subf %{{.*}}, %{{.*}} : vector<64x64xf32>
func.func @left_alone(%s: vector<64x64xf32>, %before: vector<64xf32>) -> (vector<64x64xf32>, vector<64x64xf32>, vector<64xf32>) {
  %c = arith.constant dense<-0.125> : vector<64x64xf32>
  %p = arith.constant dense<0.125> : vector<64x64xf32>
  %x = arith.mulf %s, %c : vector<64x64xf32>
  %m = vector.multi_reduction <maximumf>, %x, %before [1] : vector<64x64xf32> to vector<64xf32>
  %y = arith.mulf %s, %p : vector<64x64xf32>
  %d = arith.subf %y, %s : vector<64x64xf32>
  return %d, %y, %m : vector<64x64xf32>, vector<64x64xf32>, vector<64xf32>
}
