// Few heads of many tokens keep few multiprocessors busy: spans of them do, so many that there is a block or two for each of 132. A task has 32
// columns of values, so that each of four parts of a head of 128 counts.
// RUN: attention-compile %s --target=cuda --stop-after=tiling --remarks --jobs=1 -o %t.mlir 2>%t.remarks
// RUN: FileCheck %s --input-file=%t.mlir
// RUN: FileCheck %s --check-prefix=REMARK --input-file=%t.remarks

!head = tensor<1x1x16384x128xf32>
!heads = tensor<1x16x16384x128xf32>
!batch = tensor<8x16x16384x128xf32>
!any = tensor<?x16x?x64xbf16>

// CHECK-LABEL: func.func @one
// CHECK: scf.forall {{.*}} in (4, 31)
// CHECK: scf.forall {{.*}} in (4)
// CHECK: scf.forall {{.*}} in (4, 32)
// REMARK: :[[#@LINE+2]]:8: is compiled in the scan form: 1744.83 million operations a head; a scan of 32 spans a head takes 0.10 of the time where 132 tasks run at a time
func.func @one(%q: !head) -> !head {
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.causal) : !head, !head, !head
  return %o : !head
}

// CHECK-LABEL: func.func @sixteen
// CHECK: scf.forall {{.*}} in (64, 3)
// CHECK: scf.forall {{.*}} in (64)
// CHECK: scf.forall {{.*}} in (64, 4)
// REMARK: :[[#@LINE+2]]:8: {{.*}}; a scan of 4 spans a head takes 0.62 of the time where 132 tasks run at a time
func.func @sixteen(%q: !heads) -> !heads {
  %o = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) : !heads, !heads, !heads
  return %o : !heads
}

// A transition for each part of a head is too much.
// CHECK-LABEL: func.func @matrices
// CHECK: scf.forall {{.*}} in (64)
// CHECK-NOT: scf.forall (
// REMARK: :[[#@LINE+2]]:8: is compiled in the chunked form: {{.*}}; a scan of 4 spans a head takes 1.34 of the time where 132 tasks run at a time
func.func @matrices(%q: !heads) -> !heads {
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.causal) : !heads, !heads, !heads
  return %o : !heads
}

// Heads enough.
// CHECK-LABEL: func.func @many
// CHECK: scf.forall {{.*}} in (8, 64)
// CHECK-NOT: scf.forall (
// REMARK: :[[#@LINE+2]]:8: is compiled in the chunked form: 1744.83 million operations a head, against {{[^;]+$}}
func.func @many(%q: !batch) -> !batch {
  %o = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) : !batch, !batch, !batch
  return %o : !batch
}

// At run time, 264 by what there is of heads and rows of the batch, none of fewer than 512 tokens.
// CHECK-LABEL: func.func @any
// CHECK: %[[SEQUENCES:.*]] = arith.muli %{{.*}}, %c32
// CHECK: %[[SOME:.*]] = arith.maxsi %[[SEQUENCES]], %c1
// CHECK: arith.divsi %c264, %[[SOME]]
// CHECK: arith.divsi %{{.*}}, %c512
// REMARK: :[[#@LINE+2]]:8: is compiled in the scan form: its cost per token stays the same however many tokens there are, which is not known; a scan of 8 spans a head takes 0.3
func.func @any(%q: !any) -> !any {
  %o = attention.attend #attention.log_exp %q, %q, %q mask(#attention.causal) : !any, !any, !any
  return %o : !any
}

// A transition of 128 x 128 doubles does not fit the shared memory of a block.
// CHECK-LABEL: func.func @large
// CHECK: scf.forall {{.*}} in (4)
// CHECK-NOT: scf.forall (
// REMARK: :[[#@LINE+2]]:8: is compiled in the chunked form: {{[^;]+$}}
func.func @large(%q: tensor<1x1x16384x128xf64>) -> tensor<1x1x16384x128xf64> {
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.causal)
    : tensor<1x1x16384x128xf64>, tensor<1x1x16384x128xf64>, tensor<1x1x16384x128xf64>
  return %o : tensor<1x1x16384x128xf64>
}

// Nor does one of floats beside numbers of 16 bits.
// CHECK-LABEL: func.func @half
// CHECK: scf.forall {{.*}} in (4)
// CHECK-NOT: scf.forall (
// REMARK: :[[#@LINE+2]]:8: is compiled in the chunked form: {{[^;]+$}}
func.func @half(%q: tensor<1x1x16384x128xbf16>) -> tensor<1x1x16384x128xbf16> {
  %o = attention.attend #attention.delta %q, %q, %q mask(#attention.causal)
    : tensor<1x1x16384x128xbf16>, tensor<1x1x16384x128xbf16>, tensor<1x1x16384x128xbf16>
  return %o : tensor<1x1x16384x128xbf16>
}
