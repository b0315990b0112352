// RUN: attention-opt %s -attention-launches-to-runtime -split-input-file -verify-diagnostics | FileCheck %s

// A launch has the number of its kernel, and the addresses of its parameters.
// CHECK-LABEL: func.func @launches(
// CHECK-SAME:    %[[RECORD:[a-z0-9]+]]: !llvm.ptr {attention.invocation}) attributes {attention.scratch_bytes = 0 : i64}
// CHECK-DAG:     %[[PARAMETERS:.*]] = llvm.alloca %{{.*}} x i64
// CHECK-DAG:     %[[ADDRESSES:.*]] = llvm.alloca %{{.*}} x !llvm.ptr
// CHECK:         %[[FIRST:.*]] = llvm.getelementptr %[[PARAMETERS]][0]
// CHECK:         llvm.store %{{.*}}, %[[FIRST]] : i64, !llvm.ptr
// CHECK:         %[[PLACE:.*]] = llvm.getelementptr %[[ADDRESSES]][0]
// CHECK:         llvm.store %[[FIRST]], %[[PLACE]]
// CHECK:         llvm.getelementptr %[[PARAMETERS]][1]
// CHECK:         llvm.store %{{.*}} : f32, !llvm.ptr
// CHECK:         %[[KERNEL:.*]] = llvm.mlir.constant(1 : i64)
// CHECK:         llvm.getelementptr inbounds %{{.*}}[0, 3]
// CHECK:         llvm.call %{{.*}}(%{{.*}}, %[[KERNEL]], %{{.*}}, %{{.*}}, %{{.*}}, %[[ADDRESSES]]) : !llvm.ptr, (!llvm.ptr, i64, i64, i64, i64, !llvm.ptr) -> ()
// CHECK-NOT:     gpu.launch_func
module attributes {gpu.container_module} {
  func.func @launches(%n: index, %length: i64, %scale: f32) {
    %c1 = arith.constant 1 : index
    %c128 = arith.constant 128 : index
    %shared = arith.constant 1024 : i32
    gpu.launch_func @kernels::@second blocks in (%n, %c1, %c1) threads in (%c128, %c1, %c1) dynamic_shared_memory_size %shared args(%length : i64, %scale : f32)
    return
  }
  gpu.module @kernels {
    llvm.func @first() attributes {gpu.kernel, nvvm.kernel} {
      llvm.return
    }
    llvm.func @second(%length: i64, %scale: f32) attributes {gpu.kernel, nvvm.kernel} {
      llvm.return
    }
  }
}

// -----

// Elements are read and written where the host says; copies and constants are its business, too.
// CHECK-LABEL: func.func @touches(
// CHECK:         llvm.getelementptr inbounds %{{.*}}[0, 5]
// CHECK:         %[[FROM:.*]] = llvm.call %{{.*}} : !llvm.ptr, (!llvm.ptr, !llvm.ptr, i64, i32) -> !llvm.ptr
// CHECK:         %[[VALUE:.*]] = llvm.load %[[FROM]] : !llvm.ptr -> i64
// CHECK:         %[[TO:.*]] = llvm.call %{{.*}} : !llvm.ptr, (!llvm.ptr, !llvm.ptr, i64, i32) -> !llvm.ptr
// CHECK:         llvm.store %[[VALUE]], %[[TO]]
// CHECK:         %[[LOCAL:.*]] = memref.get_global @numbers
// CHECK:         memref.extract_aligned_pointer_as_index %[[LOCAL]]
// CHECK:         %[[BYTES:.*]] = llvm.mlir.constant(16 : i64)
// CHECK:         llvm.getelementptr inbounds %{{.*}}[0, 6]
// CHECK:         llvm.call %{{.*}}(%{{.*}}, %{{.*}}, %[[BYTES]]) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, i64) -> !llvm.ptr
// CHECK:         llvm.getelementptr inbounds %{{.*}}[0, 4]
// CHECK:         llvm.call %{{.*}} : !llvm.ptr, (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
// CHECK-NOT:     memref.copy
memref.global "private" constant @numbers : memref<2xi64> = dense<[3, 4]>
func.func @touches(%x: memref<?xi64>, %y: memref<2xi64>, %i: index) {
  %value = memref.load %x[%i] : memref<?xi64>
  memref.store %value, %x[%i] : memref<?xi64>
  %numbers = memref.get_global @numbers : memref<2xi64>
  memref.copy %numbers, %y : memref<2xi64> to memref<2xi64>
  return
}

// -----

// Stretches without gaps on both sides are copied one by one.
// CHECK-LABEL: func.func @copies_stretches(
// CHECK:         scf.for %[[I:.*]] = %c0{{.*}} to
// CHECK:           scf.for %[[J:.*]] = %c0{{.*}} to
// CHECK-COUNT-2:     llvm.getelementptr %{{.*}} : (!llvm.ptr, i64) -> !llvm.ptr, i8
// CHECK:             %[[BYTES:.*]] = arith.index_cast
// CHECK:             llvm.call %{{.*}}, %[[BYTES]]) : !llvm.ptr, (!llvm.ptr, !llvm.ptr, !llvm.ptr, i64) -> ()
func.func @copies_stretches(%x: memref<3x?x4xf32, strided<[?, 8, 1]>>, %y: memref<3x?x4xf32>) {
  memref.copy %x, %y : memref<3x?x4xf32, strided<[?, 8, 1]>> to memref<3x?x4xf32>
  return
}

// -----

func.func @refuses_tiles(%x: memref<16xf32>) -> f32 {
  %c0 = arith.constant 0 : index
  %pad = arith.constant 0.0 : f32
  // expected-error @below {{expects scalar work alone outside of parallel loops on this target, but got vector.transfer_read}}
  %tile = vector.transfer_read %x[%c0], %pad {in_bounds = [true]} : memref<16xf32>, vector<16xf32>
  %sum = vector.reduction <add>, %tile : vector<16xf32> into f32
  return %sum : f32
}

// -----

func.func @refuses_memory() {
  // expected-error @below {{expects scalar work alone outside of parallel loops on this target, but got memref.alloc}}
  %x = memref.alloc() : memref<16xf32>
  return
}
