// Each numbered constraint is refused by one line that says what was expected and what was given.
// RUN: attention-opt %s -split-input-file -verify-diagnostics

func.func @empty_partial_c5(%q: tensor<2x4x5x16xf32>, %k: tensor<2x3x5x16xf32>) {
  // expected-error @below {{expects each head count to divide the largest, but key has 3 and the largest is 4}}
  %p = attention.empty_partial #attention.softmax like %q, %k, %q : tensor<2x4x5x16xf32>, tensor<2x3x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @empty_partial_c6(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects a tile of 1 or more rows, but got 0}}
  %p = attention.empty_partial #attention.softmax like %q, %q, %q rows(0) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @empty_partial_c7(%q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects a variant with the types of its state, but got #attention.custom<@quiet>}}
  %p = attention.empty_partial #attention.custom<@quiet> like %q, %q, %q : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @empty_partial_of_rank_2(%q: tensor<5x16xf32>) {
  // expected-error @below {{expects query to be [batch, heads, rows, columns], but got 'tensor<5x16xf32>'}}
  %p = attention.empty_partial #attention.softmax like %q, %q, %q : tensor<5x16xf32>, tensor<5x16xf32>, tensor<5x16xf32>
  return
}

// -----

func.func @empty_carry_c2(%q: tensor<2x4x5x16xf32>, %k: tensor<3x4x5x16xf32>) {
  // expected-error @below {{expects the same batch size, but got 2 and 3}}
  %p = attention.empty_carry #attention.softmax like %q, %k, %k : tensor<2x4x5x16xf32>, tensor<3x4x5x16xf32>, tensor<3x4x5x16xf32>
  return
}

// -----

func.func @visit_c6(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %q: tensor<2x4x5x16xf32>, %m: tensor<2x6xi1>) {
  // expected-error @below {{expects keys to be 2x5, but got 2x6}}
  %r = attention.visit %p, %q, %q, %q keys(%m : tensor<2x6xi1>) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c9(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %q: tensor<2x4x5x16xf32>, %o: tensor<3xi64>) {
  // expected-error @below {{expects offset to be 2, but got 3}}
  %r = attention.visit %p, %q, %q, %q offset(%o : tensor<3xi64>) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c10(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %q: tensor<2x4x5x16xf32>, %b: tensor<2x4x5x6xf32>) {
  // expected-error @below {{expects bias to be 2x4x5x5, but got 2x4x5x6}}
  %r = attention.visit %p, %q, %q, %q bias(%b : tensor<2x4x5x6xf32>) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c14(%p: !attention.partial<#attention.softmax, tensor<2x4x7x16xf32>>, %q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects a partial of 'tensor<2x4x5x16xf32>', but got one of 'tensor<2x4x7x16xf32>'}}
  %r = attention.visit %p, %q, %q, %q : !attention.partial<#attention.softmax, tensor<2x4x7x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c14_type(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf64>>, %q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects a partial of 'tensor<2x4x5x16xf32>', but got one of 'tensor<2x4x5x16xf64>'}}
  %r = attention.visit %p, %q, %q, %q : !attention.partial<#attention.softmax, tensor<2x4x5x16xf64>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c14_tile(%p: !attention.partial<#attention.softmax, tensor<64x16xf32>>, %q: tensor<2x4x5x16xf32>, %i: index) {
  // expected-error @below {{expects a partial of 'tensor<32x16xf32>', but got one of 'tensor<64x16xf32>'}}
  %r = attention.visit %p, %q, %q, %q window[%i, %i, %i, %i] [32, 64] : !attention.partial<#attention.softmax, tensor<64x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c15(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %q: tensor<2x4x5x16xf32>, %c: !attention.carry<#attention.sigmoid, tensor<2x4x16x16xf32>>) {
  // expected-error @below {{expects a carry of #attention.softmax, but got one of #attention.sigmoid}}
  %r = attention.visit %p, %q, %q, %q carry(%c : !attention.carry<#attention.sigmoid, tensor<2x4x16x16xf32>>) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c15_sizes(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %q: tensor<2x4x5x16xf32>, %c: !attention.carry<#attention.softmax, tensor<2x4x16x8xf32>>) {
  // expected-error @below {{expects the carry to be 2x4x16x16, but got 2x4x16x8}}
  %r = attention.visit %p, %q, %q, %q carry(%c : !attention.carry<#attention.softmax, tensor<2x4x16x8xf32>>) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c16_from(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %q: tensor<2x4x5x16xf32>, %i: index) {
  // expected-error @below {{expects from to be two positions, but got 1}}
  %r = attention.visit %p, %q, %q, %q from(%i) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c16_spans(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %q: tensor<2x4x5x16xf32>, %s: tensor<?xi64>) {
  // expected-error @below {{expects spans to be two tensors, but got 1}}
  %r = attention.visit %p, %q, %q, %q spans(%s : tensor<?xi64>) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c16_offset(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %q: tensor<2x4x5x16xf32>, %s: tensor<?xi64>, %o: tensor<2xi64>) {
  // expected-error @below {{expects spans or offset, but got both}}
  %r = attention.visit %p, %q, %q, %q spans(%s, %s : tensor<?xi64>, tensor<?xi64>) offset(%o : tensor<2xi64>) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c17(%p: !attention.partial<#attention.softmax, tensor<64x16xf32>>, %q: tensor<2x4x5x16xf32>, %i: index) {
  // expected-error @below {{expects a window [batch, head, row, key] [rows, keys], but got 3 and 2 numbers}}
  %r = attention.visit %p, %q, %q, %q window[%i, %i, %i] [64, 64] : !attention.partial<#attention.softmax, tensor<64x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c17_whole(%p: !attention.partial<#attention.softmax, tensor<64x16xf32>>, %q: tensor<2x4x5x16xf32>, %i: index) {
  // expected-error @below {{expects no clause that masks when the window is seen whole}}
  %r = attention.visit %p, %q, %q, %q mask(#attention.causal) window[%i, %i, %i, %i] [64, 64] whole : !attention.partial<#attention.softmax, tensor<64x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @finish_c1(%p: !attention.partial<#attention.sigmoid, tensor<2x4x5x16xf32>>) {
  // expected-error @below {{#attention.sigmoid does not accept the clause log_sum_exp}}
  %o, %l = attention.finish %p log_sum_exp : !attention.partial<#attention.sigmoid, tensor<2x4x5x16xf32>>
  return
}

// -----

func.func @finish_c2(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %s: tensor<5xf32>) {
  // expected-error @below {{expects sink to be 4, but got 5}}
  %o = attention.finish %p sink(%s : tensor<5xf32>) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>
  return
}

// -----

func.func @finish_c2_head(%p: !attention.partial<#attention.softmax, tensor<64x16xf32>>, %s: tensor<5xf32>) {
  // expected-error @below {{expects the head of a tile that has a sink}}
  %o = attention.finish %p sink(%s : tensor<5xf32>) : !attention.partial<#attention.softmax, tensor<64x16xf32>>
  return
}

// -----

func.func @finish_c3(%p: !attention.partial<#attention.softmax, tensor<64x16xf32>>, %t: tensor<?x16xf32>) {
  // expected-error @below {{expects a place for each of 2 results, but got 1}}
  %o = attention.finish %p log_sum_exp into(%t : tensor<?x16xf32>) : !attention.partial<#attention.softmax, tensor<64x16xf32>>
  return
}

// -----

func.func @finish_c3_type(%p: !attention.partial<#attention.softmax, tensor<64x16xf32>>, %t: tensor<?x16xf64>) {
  // expected-error @below {{expects a place of rank 2 and of 'f32', but got 'tensor<?x16xf64>'}}
  %o = attention.finish %p into(%t : tensor<?x16xf64>) : !attention.partial<#attention.softmax, tensor<64x16xf32>>
  return
}

// -----

func.func @finish_c3_whole(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %t: tensor<?x16xf32>) {
  // expected-error @below {{expects places for the partial of a tile only, but got a partial of 'tensor<2x4x5x16xf32>'}}
  %o = attention.finish %p into(%t : tensor<?x16xf32>) : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>
  return
}

// -----

func.func @join_types(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %s: !attention.partial<#attention.sigmoid, tensor<2x4x5x16xf32>>) { // expected-note {{prior use here}}
  // expected-error @below {{use of value '%s' expects different type than prior uses: '!attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>' vs '!attention.partial<#attention.sigmoid, tensor<2x4x5x16xf32>>'}}
  %o = attention.join %p, %s : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>
  return
}

// -----

func.func @advance_c1(%c: !attention.carry<#attention.softmax, tensor<2x4x16x16xf32>>, %k: tensor<2x4x5x16xf64>) {
  // expected-error @below {{expects one element type, but got 'f32' and 'f64'}}
  %r = attention.advance %c, %k, %k : !attention.carry<#attention.softmax, tensor<2x4x16x16xf32>>, tensor<2x4x5x16xf64>, tensor<2x4x5x16xf64>
  return
}

// -----

func.func @advance_c2(%c: !attention.carry<#attention.softmax, tensor<2x4x16x16xf32>>, %k: tensor<2x4x5x8xf32>) {
  // expected-error @below {{expects the carry to be 2x4x8x8, but got 2x4x16x16}}
  %r = attention.advance %c, %k, %k : !attention.carry<#attention.softmax, tensor<2x4x16x16xf32>>, tensor<2x4x5x8xf32>, tensor<2x4x5x8xf32>
  return
}

// -----

func.func @advance_c2_heads(%c: !attention.carry<#attention.softmax, tensor<2x4x16x16xf32>>, %k: tensor<2x3x5x16xf32>) {
  // expected-error @below {{expects each head count to divide that of the carry, but key has 3 and the carry 4}}
  %r = attention.advance %c, %k, %k : !attention.carry<#attention.softmax, tensor<2x4x16x16xf32>>, tensor<2x3x5x16xf32>, tensor<2x3x5x16xf32>
  return
}

// -----

func.func @advance_c3(%c: !attention.carry<#attention.softmax, tensor<2x4x16x16xf32>>, %k: tensor<2x4x5x16xf32>, %m: tensor<2x6xi1>) {
  // expected-error @below {{expects keys to be 2x5, but got 2x6}}
  %r = attention.advance %c, %k, %k keys(%m : tensor<2x6xi1>) : !attention.carry<#attention.softmax, tensor<2x4x16x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @pack_partial_c1(%p: !attention.partial<#attention.softmax, tensor<64x16xf32>>, %m: tensor<64xf32>) {
  // expected-error @below {{expects tensors of types 'tensor<64xf32>', 'tensor<64xf32>', 'tensor<64x16xf32>', but got 'tensor<64xf32>'}}
  %r = attention.pack_partial %p into(%m : tensor<64xf32>) : !attention.partial<#attention.softmax, tensor<64x16xf32>>
  return
}

// -----

func.func @unpack_partial_c1(%m: tensor<64xf32>, %a: tensor<64x16xf64>) {
  // expected-error @below {{expects tensors of types 'tensor<64xf32>', 'tensor<64xf32>', 'tensor<64x16xf32>', but got 'tensor<64xf32>', 'tensor<64xf32>', 'tensor<64x16xf64>'}}
  %p = attention.unpack_partial %m, %m, %a : tensor<64xf32>, tensor<64xf32>, tensor<64x16xf64> to !attention.partial<#attention.softmax, tensor<64x16xf32>>
  return
}

// -----

func.func @unpack_partial_c1_whole(%m: tensor<64xf32>) {
  // expected-error @below {{expects the partial of a tile, but got}}
  %p = attention.unpack_partial %m, %m, %m : tensor<64xf32>, tensor<64xf32>, tensor<64xf32> to !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>
  return
}

// -----

func.func @fail_if_c1(%b: i1, %i: index) {
  // expected-error @below {{expects {n} with n below 1 in the message, but got {1}}}
  attention.fail_if %b order(%i) "{0} and {1}"(%i)
  return
}

// -----

func.func @fail_if_c1_open(%b: i1, %i: index) {
  // expected-error @below {{expects {n} with n below 1 in the message, but got {0}}
  attention.fail_if %b order(%i) "{0"(%i)
  return
}

// -----

func.func @continue_c6(%q: tensor<1x2x3x16xf32>, %k: tensor<1x2x4x16xf32>, %m: tensor<1x2x16x16xf32>, %n: index) {
  // expected-error @below {{expects the number of queries to be 4, but got 3}}
  %o, %next = attention.continue #attention.delta %q, %k, %k past(%n) memory(%m : tensor<1x2x16x16xf32>) : tensor<1x2x3x16xf32>, tensor<1x2x4x16xf32>, tensor<1x2x4x16xf32>
  return
}

// -----

func.func @continue_c7(%q: tensor<1x2x3x16xf32>, %m: tensor<1x2x16x8xf32>, %n: index) {
  // expected-error @below {{expects a part of the memory to be 'tensor<1x2x16x16xf32>', but got 'tensor<1x2x16x8xf32>'}}
  %o, %next = attention.continue #attention.delta %q, %q, %q past(%n) memory(%m : tensor<1x2x16x8xf32>) : tensor<1x2x3x16xf32>, tensor<1x2x3x16xf32>, tensor<1x2x3x16xf32>
  return
}

// -----

func.func @continue_c7_parts(%q: tensor<1x2x3x16xf32>, %m: tensor<1x2x16x16xf32>, %n: index) {
  // expected-error @below {{expects a memory of 3 parts, but got 1}}
  %o, %next = attention.continue #attention.log_exp %q, %q, %q past(%n) memory(%m : tensor<1x2x16x16xf32>) : tensor<1x2x3x16xf32>, tensor<1x2x3x16xf32>, tensor<1x2x3x16xf32>
  return
}

// -----

func.func @solve_forward_c1(%p: vector<16x32xf32>, %r: vector<16x64xf32>) {
  // expected-error @below {{expects pairs of 'vector<16x16xf32>', but got 'vector<16x32xf32>'}}
  %y = attention.solve_forward %p, %r : vector<16x32xf32>, vector<16x64xf32>
  return
}

// -----

func.func @solve_forward_c1_type(%p: vector<16x16xf64>, %r: vector<16x64xf32>) {
  // expected-error @below {{expects pairs of 'vector<16x16xf32>', but got 'vector<16x16xf64>'}}
  %y = attention.solve_forward %p, %r : vector<16x16xf64>, vector<16x64xf32>
  return
}

// -----

func.func @visit_c18(%p: !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, %q: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects a window whose rows are alike}}
  %r = attention.visit %p, %q, %q, %q alike : !attention.partial<#attention.softmax, tensor<2x4x5x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @visit_c18_bias(%p: !attention.partial<#attention.softmax, tensor<64x16xf32>>, %q: tensor<2x4x5x16xf32>, %b: tensor<2x4x5x5xf32>, %i: index) {
  // expected-error @below {{expects no bias, spans or region when the rows of the window are alike}}
  %r = attention.visit %p, %q, %q, %q bias(%b : tensor<2x4x5x5xf32>) window[%i, %i, %i, %i] [64, 64] alike : !attention.partial<#attention.softmax, tensor<64x16xf32>>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @tensor_map_c1(%m: memref<4x64x64xbf16>) {
  // expected-error @below {{expects a box of 1 to 5 sizes from 1 to 256, one for each dimension of 'memref<4x64x64xbf16>', but got [512, 64]}}
  %0 = attention.tensor_map %m box [512, 64] : memref<4x64x64xbf16>
  return
}

// -----

func.func @tensor_map_c2(%m: memref<64x64xbf16>) {
  // expected-error @below {{expects rows of 32, 64 or 128 bytes in the box, but got 48 elements of 'bf16'}}
  %0 = attention.tensor_map %m box [64, 48] : memref<64x64xbf16>
  return
}

// -----

func.func @split_pairs_c1(%p: vector<16x64xbf16>) {
  // expected-error @below {{expects rows of twice as many, half as long, as those of 'vector<16x64xbf16>', but got 'vector<32x64xbf16>'}}
  %r = attention.split_pairs %p : vector<16x64xbf16> to vector<32x64xbf16>
  return
}

// -----

func.func @split_pairs_c1_type(%p: vector<16x64xbf16>) {
  // expected-error @below {{but got 'vector<32x32xf32>'}}
  %r = attention.split_pairs %p : vector<16x64xbf16> to vector<32x32xf32>
  return
}
