// Tiles of index (here positions in documents, of a score region that is computed for all keys at once) are stored like others, also where rows are spread
// for a matrix unit.
// RUN: attention-compile %s --cpu=sapphirerapids --triple=x86_64-unknown-linux-gnu -o %t.s
// RUN: FileCheck %s --input-file=%t.s
// CHECK: tdpbf16ps
!t = tensor<1x1x31x48xbf16>
func.func @attend(%q: !t {attention.name = "q"}, %k: !t {attention.name = "k"}, %v: tensor<?x1x?x64xbf16> {attention.name = "v"}, %starts: tensor<?xi64> {attention.name = "starts"})
    -> (tensor<1x1x31x64xbf16> {attention.name = "o"}) {
  %five = arith.constant 5 : index
  %zero = arith.constant 0 : index
  %hidden = arith.constant 0xFF800000 : f32
  %o = attention.attend #attention.sigmoid %q, %k, %v documents(%starts : tensor<?xi64>) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %bent = math.tanh %s : f32
    %place = arith.addi %query, %key : index
    %fifth = arith.remsi %place, %five : index
    %shut = arith.cmpi eq, %fifth, %zero : index
    %open = arith.select %shut, %hidden, %bent : f32
    attention.yield %open : f32
  } : !t, !t, tensor<?x1x?x64xbf16>
  return %o : tensor<1x1x31x64xbf16>
}
