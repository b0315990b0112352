// Loops on memrefs, as the stage before `memory` leaves them: x rounded to f16 and to bf16, and back.
func.func @round(%x: memref<64xf32> {attention.name = "x"}, %half: memref<64xf16> {attention.name = "half", attention.result},
                 %back: memref<64xf32> {attention.name = "back", attention.result},
                 %brain: memref<64xbf16> {attention.name = "brain", attention.result}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c64 = arith.constant 64 : index
  scf.for %i = %c0 to %c64 step %c1 {
    %a = memref.load %x[%i] : memref<64xf32>
    %h = arith.truncf %a : f32 to f16
    %w = arith.extf %h : f16 to f32
    %b = arith.truncf %a : f32 to bf16
    memref.store %h, %half[%i] : memref<64xf16>
    memref.store %w, %back[%i] : memref<64xf32>
    memref.store %b, %brain[%i] : memref<64xbf16>
  }
  return
}
