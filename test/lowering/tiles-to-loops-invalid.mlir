// RUN: attention-opt %s --attention-tiles-to-loops --split-input-file --verify-diagnostics

func.func @constants_are_splats(%o: memref<16xf32>) {
  %c0 = arith.constant 0 : index
  // expected-error @+1 {{expects a constant with all elements alike, but got 'vector<2xf32>'}}
  %t = arith.constant dense<[1.0, 2.0]> : vector<2xf32>
  vector.transfer_write %t, %o[%c0] {in_bounds = [true]} : vector<2xf32>, memref<16xf32>
  return
}

// -----

func.func @rows_are_contiguous(%x: memref<16x16xf32, strided<[16, 2]>>, %o: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  // expected-error @+1 {{expects a last dimension of stride 1, but got}}
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x16xf32, strided<[16, 2]>>, vector<16x16xf32>
  vector.transfer_write %t, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}

// -----

func.func @tiles_do_not_transpose(%x: memref<16x16xf32>, %o: memref<16x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x16xf32>, vector<16x16xf32>
  // expected-error @+1 {{expects an op of the tile level, but got 'vector.transpose' on tiles}}
  %u = vector.transpose %t, [1, 0] : vector<16x16xf32> to vector<16x16xf32>
  vector.transfer_write %u, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xf32>, memref<16x16xf32>
  return
}

// -----

func.func @tiles_are_not_cubes(%x: memref<16x16x16xf32>, %o: memref<16x16x16xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  // expected-error @+1 {{expects tiles of rank 1 or 2 of f32, f64, f16, bf16, i1, i8, i16, i32, i64 or index, but got 'vector<16x16x16xf32>'}}
  %t = vector.transfer_read %x[%c0, %c0, %c0], %zero {in_bounds = [true, true, true]} : memref<16x16x16xf32>, vector<16x16x16xf32>
  vector.transfer_write %t, %o[%c0, %c0, %c0] {in_bounds = [true, true, true]} : vector<16x16x16xf32>, memref<16x16x16xf32>
  return
}

// -----

func.func @sums_are_wide(%x: memref<16x16xbf16>, %o: memref<16x16xbf16>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<16x16xbf16>
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x16xbf16>, vector<16x16xbf16>
  // expected-error @+1 {{expects operands of f32, f16 or bf16 and an accumulator of f32, or all f64, but got}}
  %s = vector.contract {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %t, %t, %start : vector<16x16xbf16>, vector<16x16xbf16> into vector<16x16xbf16>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xbf16>, memref<16x16xbf16>
  return
}

// -----

func.func @systems_are_wide(%x: memref<16x16xbf16>, %o: memref<16x16xbf16>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x16xbf16>, vector<16x16xbf16>
  // expected-error @+1 {{expects a system of f32 or f64, but got 'vector<16x16xbf16>'}}
  %y = attention.solve_forward %t, %t : vector<16x16xbf16>, vector<16x16xbf16>
  vector.transfer_write %y, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x16xbf16>, memref<16x16xbf16>
  return
}

// -----

func.func @pairs_are_multiplied(%x: memref<16x32xbf16>, %w: memref<16x64xbf16>, %o: memref<16x32xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<16x32xf32>
  %t = vector.transfer_read %x[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x32xbf16>, vector<16x32xbf16>
  %p = vector.transfer_read %w[%c0, %c0], %zero {in_bounds = [true, true]} : memref<16x64xbf16>, vector<16x64xbf16>
  // expected-error @+1 {{expects pairs out of memory that no task writes, to be multiplied by rows of bf16, and a processor that multiplies pairs}}
  %r = attention.split_pairs %p : vector<16x64xbf16> to vector<32x32xbf16>
  %s = vector.contract {indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (k, n)>, affine_map<(m, n, k) -> (m, n)>], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %t, %r, %start : vector<16x32xbf16>, vector<32x32xbf16> into vector<16x32xf32>
  vector.transfer_write %s, %o[%c0, %c0] {in_bounds = [true, true]} : vector<16x32xf32>, memref<16x32xf32>
  return
}
