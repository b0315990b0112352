// Softmax as a user may write it: what `compare.py --only custom` compares with the built-in variant.
attention.variant @soft state [f32, f32] identity {
  %m = arith.constant 0xFF800000 : f32
  %z = arith.constant 0.0 : f32
  attention.yield %m, %z : f32, f32
} lift {
^bb0(%s: f32):
  %one = arith.constant 1.0 : f32
  attention.yield %s, %one, %one : f32, f32, f32
} compose {
^bb0(%m1: f32, %z1: f32, %m2: f32, %z2: f32):
  %m = arith.maximumf %m1, %m2 : f32
  %d1 = arith.subf %m1, %m : f32
  %d2 = arith.subf %m2, %m : f32
  %f1 = math.exp %d1 : f32
  %f2 = math.exp %d2 : f32
  %a = arith.mulf %z1, %f1 : f32
  %b = arith.mulf %z2, %f2 : f32
  %z = arith.addf %a, %b : f32
  attention.yield %m, %z, %f1, %f2 : f32, f32, f32, f32
} finish {
^bb0(%m: f32, %z: f32):
  %one = arith.constant 1.0 : f32
  %r = arith.divf %one, %z : f32
  attention.yield %r : f32
}
