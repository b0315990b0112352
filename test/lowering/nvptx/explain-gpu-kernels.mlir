// RUN: attention-opt %s --attention-explain-gpu-kernels --split-input-file --verify-diagnostics | FileCheck %s
// RUN: attention-opt %s --attention-explain-gpu-kernels=chip=sm_90a --split-input-file 2>&1 | FileCheck %s --check-prefix=H100
// RUN: attention-opt %s --attention-explain-gpu-kernels=chip=sm_86 --split-input-file 2>&1 | FileCheck %s --check-prefix=OTHER

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>

// What an iteration multiplies, 2 x 64 x 64 x 64 products of 1024 a cycle; 64 x 64 exponentials of 16 a cycle, each with two other
// instructions, and a conversion, of 64 a cycle; not the queries, which all iterations read alike; 2 x 64 x 64 x 2 bytes, which other tasks read as well, of 47.4 a cycle.
// Nothing is changed.
// CHECK-LABEL: func.func @visits
// CHECK:         vector.contract
// H100: remark: kernel of 2-dimensional tasks on sm_90a: a visit multiplies 64x64x64 bf16 (2 times); cycles of a multiprocessor: 422 memory, 256 functions, 256 tensor cores, 96 arithmetic; 64.0 operations a byte; bound by memory, at best 0.61 of the peak of tensor cores
// OTHER: remark: kernel of 2-dimensional tasks: no peaks are known of sm_86
func.func @visits(%q: memref<?x?x64xbf16>, %k: memref<?x?x64xbf16>, %v: memref<?x?x64xbf16>, %o: memref<?x?x64xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : bf16
  %start = arith.constant dense<0.0> : vector<64x64xf32>
  // expected-remark @below {{kernel of 2-dimensional tasks on sm_80: a visit multiplies 64x64x64 bf16 (2 times); cycles of a multiprocessor: 512 tensor cores, 346 memory, 256 functions, 192 arithmetic; 64.0 operations a byte; bound by tensor cores, at best 1.00 of the peak of tensor cores}}
  scf.forall (%h, %i) in (4, 8) {
    %row = arith.muli %i, %c64 : index
    %sum = scf.for %j = %c0 to %n step %c64 iter_args(%acc = %start) -> (vector<64x64xf32>) {
      %x = vector.transfer_read %q[%h, %row, %c0], %zero {in_bounds = [true, true]} : memref<?x?x64xbf16>, vector<64x64xbf16>
      %y = vector.transfer_read %k[%h, %j, %c0], %zero {in_bounds = [true, true]} : memref<?x?x64xbf16>, vector<64x64xbf16>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %y, %start : vector<64x64xbf16>, vector<64x64xbf16> into vector<64x64xf32>
      %e = math.exp2 %s : vector<64x64xf32>
      %p = arith.truncf %e : vector<64x64xf32> to vector<64x64xbf16>
      %z = vector.transfer_read %v[%h, %j, %c0], %zero {in_bounds = [true, true]} : memref<?x?x64xbf16>, vector<64x64xbf16>
      %t = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %p, %z, %acc : vector<64x64xbf16>, vector<64x64xbf16> into vector<64x64xf32>
      scf.yield %t : vector<64x64xf32>
    }
    vector.transfer_write %sum, %o[%h, %row, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<?x?x64xf32>
  }
  return
}

// -----

#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#out = affine_map<(m, n, k) -> (m, n)>

// A task without a loop of unknown length counts as a whole, with four strips of f32, three products of tf32 each, and of two
// branches the cheaper one. What it alone reads comes from memory.
// CHECK-LABEL: func.func @task
func.func @task(%a: memref<?x64x64xf32>, %b: memref<64x64xf32>, %o: memref<?x64x64xf32>, %usual: i1) {
  %c0 = arith.constant 0 : index
  %c16 = arith.constant 16 : index
  %c64 = arith.constant 64 : index
  %zero = arith.constant 0.0 : f32
  %start = arith.constant dense<0.0> : vector<64x64xf32>
  // expected-remark @below {{kernel of 1-dimensional tasks on sm_80: a visit multiplies 64x64x16 f32 (4 times); cycles of a multiprocessor: 2445 memory, 1536 tensor cores, 64 arithmetic; 10.7 operations a byte; bound by memory, at best 0.63 of the peak of tensor cores}}
  scf.forall (%i) in (4) {
    %sum = scf.for %k = %c0 to %c64 step %c16 iter_args(%acc = %start) -> (vector<64x64xf32>) {
      %x = vector.transfer_read %a[%i, %c0, %k], %zero {in_bounds = [true, true]} : memref<?x64x64xf32>, vector<64x16xf32>
      %y = vector.transfer_read %b[%c0, %k], %zero {in_bounds = [true, true]} : memref<64x64xf32>, vector<64x16xf32>
      %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %x, %y, %acc : vector<64x16xf32>, vector<64x16xf32> into vector<64x64xf32>
      scf.yield %s : vector<64x64xf32>
    }
    %chosen = scf.if %usual -> (vector<64x64xf32>) {
      %twice = arith.addf %sum, %sum : vector<64x64xf32>
      scf.yield %twice : vector<64x64xf32>
    } else {
      %slow = math.tanh %sum : vector<64x64xf32>
      scf.yield %slow : vector<64x64xf32>
    }
    vector.transfer_write %chosen, %o[%i, %c0, %c0] {in_bounds = [true, true]} : vector<64x64xf32>, memref<?x64x64xf32>
  }
  return
}

// -----

// CHECK-LABEL: func.func @copies
func.func @copies(%a: memref<?x64xf32>, %o: memref<?x64xf32>) {
  %c0 = arith.constant 0 : index
  %zero = arith.constant 0.0 : f32
  // expected-remark @below {{kernel of 1-dimensional tasks on sm_80: a visit multiplies nothing; cycles of a multiprocessor: 611 memory; bound by memory}}
  scf.forall (%i) in (4) {
    %x = vector.transfer_read %a[%i, %c0], %zero {in_bounds = [true, true]} : memref<?x64xf32>, vector<16x64xf32>
    vector.transfer_write %x, %o[%i, %c0] {in_bounds = [true, true]} : vector<16x64xf32>, memref<?x64xf32>
  }
  return
}
