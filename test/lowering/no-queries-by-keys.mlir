// With 1021 queries and 2039 keys: no buffer, of any kernel, has both extents or as many elements as there are pairs; what a query tile and a key tile
// share is a vector. The loops over tiles of queries and keys stand in the text.
// RUN: attention-compile %s --stop-after=buffers -o %t.mlir
// RUN: FileCheck %s --implicit-check-not='memref<{{[^>]*}}1021{{[^>]*}}2039' --implicit-check-not='memref<{{[^>]*}}2039{{[^>]*}}1021' \
// RUN:   --implicit-check-not='memref<{{[^>]*}}2081819' --implicit-check-not='memref<{{[^>]*}}4163638' \
// RUN:   --implicit-check-not='memref<{{[^>]*}}1021x1021' --implicit-check-not='memref<{{[^>]*}}1042441' < %t.mlir

!q = tensor<1x2x1021x16xf32>
!k = tensor<1x2x2039x16xf32>

// CHECK-LABEL: func @no_mask(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @no_mask(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @causal(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @causal(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @window(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @window(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.window<100>) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @band(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @band(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.band<100, 50>) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @prefix(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @prefix(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.prefix<777>) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @dilated(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @dilated(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.dilated<3>) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @all(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @all(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.all<[#attention.causal, #attention.window<100>]>) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @any(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @any(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.any<[#attention.window<5>, #attention.prefix<2>]>) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @not(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @not(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.not<#attention.causal>) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @existing_keys(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @existing_keys(%q: !q, %k: !k, %v: !k, %exists: tensor<1x2039xi1>) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v keys(%exists : tensor<1x2039xi1>) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @bias_of_keys(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @bias_of_keys(%q: !q, %k: !k, %v: !k, %bias: tensor<1x2x1x2039xf32>) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v bias(%bias : tensor<1x2x1x2039xf32>) : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @predicate(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @predicate(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v visible {
  ^bb0(%b: index, %h: index, %i: index, %j: index):
    %x = arith.cmpi ne, %i, %j : index
    attention.yield %x : i1
  } : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @score(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @score(%q: !q, %k: !k, %v: !k) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v score {
  ^bb0(%s: f32, %b: index, %h: index, %i: index, %j: index):
    %x = math.tanh %s : f32
    attention.yield %x : f32
  } : !q, !k, !k
  return %o : !q
}

// CHECK-LABEL: func @documents(
// CHECK: scf.forall {{.*}} in (2, 8)
// CHECK: scf.for {{.*}} -> (vector<128xf32>, vector<128xf32>, vector<128x16xf32>)
// CHECK: vector.contract {{.*}} into vector<128x128xf32>
func.func @documents(%q: !q, %k: !q, %v: !q, %starts: tensor<?xi64>) -> !q {
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.causal) documents(%starts : tensor<?xi64>) : !q, !q, !q
  return %o : !q
}
