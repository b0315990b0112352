// RUN: attention-tiles-to-ptx %s > %t.ptx
// RUN: FileCheck %s --input-file=%t.ptx
// RUN: %if ptxas %{ ptxas -v -arch=sm_80 %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=ASM %}
// RUN: %if ptxas %{ ptxas -v -arch=sm_90 %t.ptx -o %t.cubin 2>&1 | FileCheck %s --check-prefix=ASM %}

// ASM: 0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads

// Scores and values by mma: 32 each, in the body without and the one with masks.
// CHECK: .entry softmax_0(
// CHECK-NOT: .local
// CHECK-COUNT-128: mma.sync.aligned.m16n8k16.row.col.f32.bf16.bf16.f32
// CHECK-NOT: mma.sync
#row = affine_map<(m, n, k) -> (m, k)>
#nt = affine_map<(m, n, k) -> (n, k)>
#nn = affine_map<(m, n, k) -> (k, n)>
#out = affine_map<(m, n, k) -> (m, n)>
func.func @softmax(%q: memref<?x8x?x64xbf16>, %k: memref<?x8x?x64xbf16>, %v: memref<?x8x?x64xbf16>, %o: memref<?x8x?x64xbf16>) {
  %c0 = arith.constant 0 : index
  %c2 = arith.constant 2 : index
  %c63 = arith.constant 63 : index
  %c64 = arith.constant 64 : index
  %scale = arith.constant 0.18033688 : f32
  %batch = memref.dim %q, %c0 : memref<?x8x?x64xbf16>
  %queries = memref.dim %q, %c2 : memref<?x8x?x64xbf16>
  %keys = memref.dim %k, %c2 : memref<?x8x?x64xbf16>
  %t = arith.ceildivui %queries, %c64 : index
  %pad = arith.constant 0.0 : bf16
  scf.forall (%b, %h, %i) in (%batch, 8, %t) {
    %zs = arith.constant dense<0.0> : vector<64x64xf32>
    %zr = arith.constant dense<0.0> : vector<64xf32>
    %ni = arith.constant dense<0xFF800000> : vector<64xf32>
    %nis = arith.constant dense<0xFF800000> : vector<64x64xf32>
    %q0 = arith.muli %i, %c64 : index
    %tile = vector.transfer_read %q[%b, %h, %q0, %c0], %pad {in_bounds = [false, true]} : memref<?x8x?x64xbf16>, vector<64x64xbf16>
    %scb = vector.broadcast %scale : f32 to vector<64x64xf32>
    %scr = vector.broadcast %scale : f32 to vector<64xf32>
    %r:3 = scf.for %k0 = %c0 to %keys step %c64 iter_args(%m = %ni, %l = %zr, %acc = %zs) -> (vector<64xf32>, vector<64xf32>, vector<64x64xf32>) {
      %end = arith.addi %k0, %c64 : index
      %all = arith.cmpi sle, %end, %keys : index
      %u:3 = scf.if %all -> (vector<64xf32>, vector<64xf32>, vector<64x64xf32>) {
        %kt = vector.transfer_read %k[%b, %h, %k0, %c0], %pad {in_bounds = [true, true]} : memref<?x8x?x64xbf16>, vector<64x64xbf16>
        %s = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %tile, %kt, %zs : vector<64x64xbf16>, vector<64x64xbf16> into vector<64x64xf32>
        %mt = vector.multi_reduction <maximumf>, %s, %ni [1] : vector<64x64xf32> to vector<64xf32>
        %mts = arith.mulf %mt, %scr : vector<64xf32>
        %m1 = arith.maximumf %m, %mts : vector<64xf32>
        %m1c = vector.shape_cast %m1 : vector<64xf32> to vector<64x1xf32>
        %m1b = vector.broadcast %m1c : vector<64x1xf32> to vector<64x64xf32>
        %ss = arith.mulf %s, %scb fastmath<contract> : vector<64x64xf32>
        %sm = arith.subf %ss, %m1b fastmath<contract> : vector<64x64xf32>
        %p = math.exp2 %sm : vector<64x64xf32>
        %md = arith.subf %m, %m1 : vector<64xf32>
        %al = math.exp2 %md : vector<64xf32>
        %la = arith.mulf %l, %al fastmath<contract> : vector<64xf32>
        %l1 = vector.multi_reduction <add>, %p, %la [1] : vector<64x64xf32> to vector<64xf32>
        %alc = vector.shape_cast %al : vector<64xf32> to vector<64x1xf32>
        %alb = vector.broadcast %alc : vector<64x1xf32> to vector<64x64xf32>
        %acc0 = arith.mulf %acc, %alb : vector<64x64xf32>
        %pt = arith.truncf %p : vector<64x64xf32> to vector<64x64xbf16>
        %vt = vector.transfer_read %v[%b, %h, %k0, %c0], %pad {in_bounds = [true, true]} : memref<?x8x?x64xbf16>, vector<64x64xbf16>
        %acc1 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %pt, %vt, %acc0 : vector<64x64xbf16>, vector<64x64xbf16> into vector<64x64xf32>
        scf.yield %m1, %l1, %acc1 : vector<64xf32>, vector<64xf32>, vector<64x64xf32>
      } else {
        %kt = vector.transfer_read %k[%b, %h, %k0, %c0], %pad {in_bounds = [false, true]} : memref<?x8x?x64xbf16>, vector<64x64xbf16>
        %s0 = vector.contract {indexing_maps = [#row, #nt, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %tile, %kt, %zs : vector<64x64xbf16>, vector<64x64xbf16> into vector<64x64xf32>
        %step = vector.step : vector<64xindex>
        %k0b = vector.broadcast %k0 : index to vector<64xindex>
        %j = arith.addi %step, %k0b : vector<64xindex>
        %keysb = vector.broadcast %keys : index to vector<64xindex>
        %see1 = arith.cmpi slt, %j, %keysb : vector<64xindex>
        %see = vector.broadcast %see1 : vector<64xi1> to vector<64x64xi1>
        %s = arith.select %see, %s0, %nis : vector<64x64xi1>, vector<64x64xf32>
        %mt = vector.multi_reduction <maximumf>, %s, %ni [1] : vector<64x64xf32> to vector<64xf32>
        %mts = arith.mulf %mt, %scr : vector<64xf32>
        %m1 = arith.maximumf %m, %mts : vector<64xf32>
        %m1c = vector.shape_cast %m1 : vector<64xf32> to vector<64x1xf32>
        %m1b = vector.broadcast %m1c : vector<64x1xf32> to vector<64x64xf32>
        %ss = arith.mulf %s, %scb fastmath<contract> : vector<64x64xf32>
        %sm = arith.subf %ss, %m1b fastmath<contract> : vector<64x64xf32>
        %p0 = math.exp2 %sm : vector<64x64xf32>
        %p = arith.select %see, %p0, %zs : vector<64x64xi1>, vector<64x64xf32>
        %md = arith.subf %m, %m1 : vector<64xf32>
        %al = math.exp2 %md : vector<64xf32>
        %la = arith.mulf %l, %al fastmath<contract> : vector<64xf32>
        %l1 = vector.multi_reduction <add>, %p, %la [1] : vector<64x64xf32> to vector<64xf32>
        %alc = vector.shape_cast %al : vector<64xf32> to vector<64x1xf32>
        %alb = vector.broadcast %alc : vector<64x1xf32> to vector<64x64xf32>
        %acc0 = arith.mulf %acc, %alb : vector<64x64xf32>
        %pt = arith.truncf %p : vector<64x64xf32> to vector<64x64xbf16>
        %vt = vector.transfer_read %v[%b, %h, %k0, %c0], %pad {in_bounds = [false, true]} : memref<?x8x?x64xbf16>, vector<64x64xbf16>
        %acc1 = vector.contract {indexing_maps = [#row, #nn, #out], iterator_types = ["parallel", "parallel", "reduction"], kind = #vector.kind<add>} %pt, %vt, %acc0 : vector<64x64xbf16>, vector<64x64xbf16> into vector<64x64xf32>
        scf.yield %m1, %l1, %acc1 : vector<64xf32>, vector<64xf32>, vector<64x64xf32>
      }
      scf.yield %u#0, %u#1, %u#2 : vector<64xf32>, vector<64xf32>, vector<64x64xf32>
    }
    %one = arith.constant dense<1.0> : vector<64xf32>
    %inv = arith.divf %one, %r#1 : vector<64xf32>
    %invc = vector.shape_cast %inv : vector<64xf32> to vector<64x1xf32>
    %invb = vector.broadcast %invc : vector<64x1xf32> to vector<64x64xf32>
    %out = arith.mulf %r#2, %invb : vector<64x64xf32>
    %outt = arith.truncf %out : vector<64x64xf32> to vector<64x64xbf16>
    vector.transfer_write %outt, %o[%b, %h, %q0, %c0] {in_bounds = [false, true]} : vector<64x64xbf16>, memref<?x8x?x64xbf16>
  }
  return
}
