// Loops on memrefs, as the stage before `memory` leaves them: out = x + y.
func.func @add(%x: memref<?x16xf32> {attention.name = "x"}, %y: memref<?x16xf32> {attention.name = "y"}, %out: memref<?x16xf32> {attention.name = "out", attention.result}) attributes {attention.result_sizes = @add.sizes} {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c16 = arith.constant 16 : index
  %n = memref.dim %x, %c0 : memref<?x16xf32>
  %t = memref.alloc(%n) {alignment = 64} : memref<?x16xf32>
  scf.forall (%i) in (%n) {
    %s = memref.alloca() : memref<16xf32>
    scf.for %j = %c0 to %c16 step %c1 {
      %a = memref.load %x[%i, %j] : memref<?x16xf32>
      memref.store %a, %s[%j] : memref<16xf32>
    }
    %a = vector.load %s[%c0] : memref<16xf32>, vector<16xf32>
    %b = vector.load %y[%i, %c0] : memref<?x16xf32>, vector<16xf32>
    %c = arith.addf %a, %b : vector<16xf32>
    vector.store %c, %t[%i, %c0] : memref<?x16xf32>, vector<16xf32>
  }
  memref.copy %t, %out : memref<?x16xf32> to memref<?x16xf32>
  return
}
func.func private @add.sizes(%x: memref<?x16xf32>, %y: memref<?x16xf32>) -> index {
  %c0 = arith.constant 0 : index
  %n = memref.dim %x, %c0 : memref<?x16xf32>
  %m = memref.dim %y, %c0 : memref<?x16xf32>
  %bad = arith.cmpi ne, %n, %m : index
  attention.fail_if %bad order(%c0) "expects as many rows in y as in x, {0}, but got {1}"(%n, %m)
  return %n : index
}
