// RUN: attention-opt %s -attention-chunk-tokens -canonicalize -cse -split-input-file | FileCheck %s
// RUN: attention-opt %s -attention-chunk-tokens="lone-tokens=false" -canonicalize -cse -split-input-file | FileCheck %s --check-prefix=CHUNKS
// RUN: attention-opt %s -attention-chunk-tokens="rounds=false" -canonicalize -cse -split-input-file | FileCheck %s --check-prefix=LEAD

// One task a head; a loop over chunks carries the memory, and no tile has tokens by tokens but the chunk's own.
// CHECK-LABEL: func @causal(
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 4)
// CHECK: scf.for %{{.*}} = %c0 to %c64 step %c1 iter_args(%{{.*}} = %{{.*}}, %[[MEMORY:.*]] = %{{.*}}) -> (tensor<1024x32xf32>, vector<16x32xf32>)
// CHECK: vector.contract {{.*}} %[[MEMORY]], {{.*}} : vector<16x16xf32>, vector<16x32xf32> into vector<16x32xf32>
// CHECK: tensor.insert_slice
// CHECK: scf.yield
// CHECK: tensor.parallel_insert_slice
func.func @causal(%q: tensor<2x4x1024x16xf32>, %v: tensor<2x4x1024x32xf32>) -> tensor<2x4x1024x32xf32> {
  %o = attention.attend #attention.linear %q, %q, %v mask(#attention.causal) : tensor<2x4x1024x16xf32>, tensor<2x4x1024x16xf32>, tensor<2x4x1024x32xf32>
  return %o : tensor<2x4x1024x32xf32>
}

// -----

// Without a mask the memory is made of all keys first; the loop over queries reads it.
// CHECK-LABEL: func @everything(
// CHECK: scf.forall (%{{.*}}, %{{.*}}) in (2, 4)
// CHECK: %[[ALL:.*]] = scf.for %{{.*}} = %c0 to %c1024 step %c16 iter_args(%{{.*}}) -> (vector<16x32xf32>)
// CHECK: scf.for {{.*}} iter_args(%{{.*}}, %{{.*}} = %[[ALL]])
func.func @everything(%q: tensor<2x4x1024x16xf32>, %v: tensor<2x4x1024x32xf32>) -> tensor<2x4x1024x32xf32> {
  %o = attention.attend #attention.linear %q, %q, %v : tensor<2x4x1024x16xf32>, tensor<2x4x1024x16xf32>, tensor<2x4x1024x32xf32>
  return %o : tensor<2x4x1024x32xf32>
}

// -----

// Merged heads are written where they go.
// CHECK-LABEL: func @merged(
// CHECK: tensor.parallel_insert_slice %{{.*}} into %{{.*}}[%{{.*}}, 0, %{{.*}}] [1, 64, 32] [1, 1, 1] : tensor<64x32xf32> into tensor<2x64x128xf32>
// CHECK-NOT: attention.merge_heads
func.func @merged(%q: tensor<2x4x64x16xf32>, %v: tensor<2x4x64x32xf32>) -> tensor<2x64x128xf32> {
  %o = attention.attend #attention.log_exp %q, %q, %v mask(#attention.causal) : tensor<2x4x64x16xf32>, tensor<2x4x64x16xf32>, tensor<2x4x64x32xf32>
  %m = attention.merge_heads %o : tensor<2x4x64x32xf32>
  return %m : tensor<2x64x128xf32>
}

// -----

// What keeps keys, and masks with gaps, are for other passes.
// CHECK-LABEL: func @left_alone(
// CHECK-COUNT-2: attention.attend
func.func @left_alone(%q: tensor<2x4x64x16xf32>) -> (tensor<2x4x64x16xf32>, tensor<2x4x64x16xf32>) {
  %a = attention.attend #attention.softmax %q, %q, %q mask(#attention.causal) : tensor<2x4x64x16xf32>, tensor<2x4x64x16xf32>, tensor<2x4x64x16xf32>
  %b = attention.attend #attention.linear %q, %q, %q mask(#attention.window<8>) : tensor<2x4x64x16xf32>, tensor<2x4x64x16xf32>, tensor<2x4x64x16xf32>
  return %a, %b : tensor<2x4x64x16xf32>, tensor<2x4x64x16xf32>
}

// -----

// What a session goes on from is a token alone, a chunk of one, or chunks. The kept memory has the sizes of the heads; tiles of it are padded.
// CHECK-LABEL: func @goes_on(
// CHECK: scf.forall {{.*}} shared_outs(%{{.*}} = %{{.*}}, %[[KEPT:.*]] = %{{.*}}) -> (tensor<1x3x?x5xf32>, tensor<1x3x2x5xf32>)
// CHECK: %[[MEMORY:.*]] = scf.if
// CHECK: vector.transfer_read %[[KEPT]][%{{.*}}, %{{.*}}, %c0, %c0], %cst{{.*}} : tensor<1x3x2x5xf32>, vector<16x16xf32>
// CHECK: %[[ONE:.*]] = arith.cmpi eq, %{{.*}}, %c1
// CHECK: scf.if %[[ONE]]
// CHECK-NOT: scf.for
// CHECK: vector.contract {{.*}} : vector<1x16xf32>, vector<16x16xf32> into vector<1x16xf32>
// CHECK: else
// CHECK: scf.for
// CHECK: vector.contract {{.*}} : vector<16x16xf32>, vector<16x16xf32> into vector<16x16xf32>
// CHECK: vector.transfer_write %{{.*}} : vector<16x16xf32>, tensor<1x1x2x5xf32>
// Targets without tiles of one row take it as a chunk like any other.
// CHUNKS-LABEL: func.func @goes_on(
// CHUNKS-NOT: vector<1x16xf32>
// CHUNKS: return
func.func @goes_on(%q: tensor<1x3x?x2xf32>, %v: tensor<1x3x?x5xf32>, %m: tensor<1x3x2x5xf32>, %n: index) -> (tensor<1x3x?x5xf32>, tensor<1x3x2x5xf32>) {
  %o, %next = attention.continue #attention.linear %q, %q, %v past(%n) memory(%m : tensor<1x3x2x5xf32>) : tensor<1x3x?x2xf32>, tensor<1x3x?x2xf32>, tensor<1x3x?x5xf32>
  return %o, %next : tensor<1x3x?x5xf32>, tensor<1x3x2x5xf32>
}

// -----

// Whole chunks read and write without asking what exists. Others, keys before all queries and then what is left at the end, are two rounds of
// one loop: in the first the whole chunks follow, in the second there are none. Which rows of the output are written is known in front of what
// computes them.
// CHECK-LABEL: func @ragged(
// CHECK: %[[WHOLE:.*]] = arith.divsi %{{.*}}, %c16
// CHECK: scf.for %[[ROUND:.*]] = %c0 to %c2 step %c1
// CHECK: %[[LEADS:.*]] = arith.cmpi eq, %[[ROUND]], %c0
// CHECK: %[[FROM:.*]] = arith.select %[[LEADS]], %c0, %[[WHOLE]]
// CHECK: scf.for %{{.*}} = %[[FROM]] to
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %{{.*}} : tensor<?x16xf32> to tensor<?x16xf32>
// CHECK: vector.transfer_read %{{.*}} {in_bounds = [false, true]} : tensor<1x2x?x16xf32>, vector<16x16xf32>
// CHECK: vector.transfer_write %{{.*}}, %[[ROWS]]{{.*}} {in_bounds = [false, true]} : vector<16x16xf32>, tensor<?x16xf32>
// CHECK: %[[COUNT:.*]] = arith.select %[[LEADS]], %[[WHOLE]], %c0
// CHECK: scf.for %{{.*}} = %c0 to %[[COUNT]] step %c1
// CHECK: vector.transfer_read %{{.*}} {in_bounds = [true, true]} : tensor<1x2x?x16xf32>, vector<16x16xf32>
// CHECK-NOT: arith.cmpi slt
// CHECK: vector.transfer_write %{{.*}} {in_bounds = [true, true]} : vector<16x16xf32>, tensor<16x16xf32>
// Or keys before all queries have a loop of their own.
// LEAD-LABEL: func @ragged(
// LEAD: %[[LEAD:.*]]:3 = scf.for {{.*}} -> (vector<16xf32>, vector<16x16xf32>, vector<16xf32>)
// LEAD: %[[WHOLE:.*]] = arith.divsi %{{.*}}, %c16
// LEAD: scf.for %{{.*}} = %c0 to %[[WHOLE]] step %c1 iter_args({{.*}} = %[[LEAD]]#0
// LEAD: scf.for %{{.*}} = %[[WHOLE]] to
func.func @ragged(%q: tensor<1x2x?x16xf32>) -> tensor<1x2x?x16xf32> {
  %o = attention.attend #attention.log_exp %q, %q, %q mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}
