// Each numbered constraint is refused by one line that says what was expected and what was given.
// RUN: attention-opt %s -split-input-file -verify-diagnostics

//===- attend -------------------------------------------------------------===//

func.func @attend_c1(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf64>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects one element type, but got 'f32' and 'f64'}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf64>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c2(%q: tensor<2x4x5x16xf32>, %k: tensor<3x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects the same batch size, but got 2 and 3}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<2x4x5x16xf32>, tensor<3x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c2_of_key_and_value(%q: tensor<?x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<3x4x5x16xf32>) {
  // expected-error @below {{expects the same batch size, but got 2 and 3}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<?x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<3x4x5x16xf32>
  return
}

// -----

func.func @attend_c3(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x8xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects query and key to have the same number of columns, but got 16 and 8}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x8xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c3_no_columns(%q: tensor<2x4x5x0xf32>, %k: tensor<2x4x5x0xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects query and key to have columns, but got 0}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<2x4x5x0xf32>, tensor<2x4x5x0xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c4(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x7x16xf32>) {
  // expected-error @below {{expects key and value to have the same number of rows, but got 5 and 7}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x7x16xf32>
  return
}

// -----

func.func @attend_c5(%q: tensor<2x4x5x16xf32>, %k: tensor<2x3x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects each head count to divide the largest, but key has 3 and the largest is 4}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x3x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c5_zero_heads(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x0x5x16xf32>) {
  // expected-error @below {{expects at least one head, but value has 0}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x0x5x16xf32>
  return
}

// -----

func.func @attend_c6_sink(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{#attention.sigmoid does not accept the clause sink}}
  %o = attention.attend #attention.sigmoid %q, %k, %v sink(%s : tensor<4xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_log_sum_exp(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{#attention.sigmoid does not accept the clause log_sum_exp}}
  %o, %l = attention.attend #attention.sigmoid %q, %k, %v log_sum_exp : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c6_relu(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %s: tensor<4xf32>) {
  // expected-error @below {{#attention.relu<power = 2> does not accept the clause sink}}
  %o = attention.attend #attention.relu<power = 2> %q, %k, %v sink(%s : tensor<4xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c7(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %m: tensor<2x6xi1>) {
  // expected-error @below {{expects keys to be 2x5, but got 2x6}}
  %o = attention.attend #attention.softmax %q, %k, %v keys(%m : tensor<2x6xi1>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c8_offset(%q: tensor<1x4x5x16xf32>, %k: tensor<1x4x5x16xf32>, %v: tensor<1x4x5x16xf32>, %d: tensor<?xi64>, %p: tensor<1xi64>) {
  // expected-error @below {{expects documents or offset, but got both}}
  %o = attention.attend #attention.softmax %q, %k, %v documents(%d : tensor<?xi64>) offset(%p : tensor<1xi64>) : tensor<1x4x5x16xf32>, tensor<1x4x5x16xf32>, tensor<1x4x5x16xf32>
  return
}

// -----

func.func @attend_c8_batch(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %d: tensor<?xi64>) {
  // expected-error @below {{expects a batch of 1 with documents, but got 2}}
  %o = attention.attend #attention.softmax %q, %k, %v documents(%d : tensor<?xi64>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c8_rows(%q: tensor<1x4x5x16xf32>, %k: tensor<1x4x7x16xf32>, %v: tensor<1x4x7x16xf32>, %d: tensor<?xi64>) {
  // expected-error @below {{expects keys with documents to be 5, but got 7}}
  %o = attention.attend #attention.softmax %q, %k, %v documents(%d : tensor<?xi64>) : tensor<1x4x5x16xf32>, tensor<1x4x7x16xf32>, tensor<1x4x7x16xf32>
  return
}

// -----

func.func @attend_c9(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %p: tensor<3xi64>) {
  // expected-error @below {{expects offset to be 2, but got 3}}
  %o = attention.attend #attention.softmax %q, %k, %v offset(%p : tensor<3xi64>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c10(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %b: tensor<1x4x1x7xf32>) {
  // expected-error @below {{expects bias to be 2x4x5x5, but got 1x4x1x7 (any size may be 1 instead)}}
  %o = attention.attend #attention.softmax %q, %k, %v bias(%b : tensor<1x4x1x7xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c10_dynamic(%q: tensor<?x4x5x16xf32>, %k: tensor<?x4x5x16xf32>, %v: tensor<?x4x5x16xf32>, %b: tensor<1x3x1x?xf32>) {
  // expected-error @below {{expects bias to be ?x4x5x5, but got 1x3x1x?}}
  %o = attention.attend #attention.softmax %q, %k, %v bias(%b : tensor<1x3x1x?xf32>) : tensor<?x4x5x16xf32>, tensor<?x4x5x16xf32>, tensor<?x4x5x16xf32>
  return
}

// -----

func.func @attend_c11(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %s: tensor<5xf32>) {
  // expected-error @below {{expects sink to be 4, but got 5}}
  %o = attention.attend #attention.softmax %q, %k, %v sink(%s : tensor<5xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c12(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects the region score to take ('f32', 'index', 'index', 'index', 'index'), but got ('f32')}}
  %o = attention.attend #attention.softmax %q, %k, %v score {
  ^bb0(%s: f32):
    attention.yield %s : f32
  } : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c12_yield(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects the region score to yield one 'f32', but got ('index')}}
  %o = attention.attend #attention.softmax %q, %k, %v score {
  ^bb0(%s: f32, %a: index, %b: index, %c: index, %d: index):
    attention.yield %a : index
  } : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c12_type(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{but got ('f64', 'index', 'index', 'index', 'index')}}
  %o = attention.attend #attention.softmax %q, %k, %v score {
  ^bb0(%s: f64, %a: index, %b: index, %c: index, %d: index):
    attention.yield %s : f64
  } : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c13(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects the region visible to take ('index', 'index', 'index', 'index'), but got ('index', 'index')}}
  %o = attention.attend #attention.softmax %q, %k, %v visible {
  ^bb0(%a: index, %b: index):
    attention.yield
  } : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_c13_yield(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects the region visible to yield one 'i1', but got ()}}
  %o = attention.attend #attention.softmax %q, %k, %v visible {
  ^bb0(%a: index, %b: index, %c: index, %d: index):
    attention.yield
  } : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_of_rank_3(%q: tensor<4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects query to be [batch, heads, rows, columns], but got 'tensor<4x5x16xf32>'}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @attend_of_integers(%q: tensor<2x4x5x16xi32>, %k: tensor<2x4x5x16xi32>, %v: tensor<2x4x5x16xi32>) {
  // expected-error @below {{operand #0 must be 4D tensor of}}
  %o = attention.attend #attention.softmax %q, %k, %v : tensor<2x4x5x16xi32>, tensor<2x4x5x16xi32>, tensor<2x4x5x16xi32>
  return
}

// -----

func.func @attend_keys_of_f32(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>, %m: tensor<2x5xf32>) {
  // expected-error @below {{operand #3 must be 2D tensor of 1-bit signless integer values, but got 'tensor<2x5xf32>'}}
  %o = attention.attend #attention.softmax %q, %k, %v keys(%m : tensor<2x5xf32>) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

//===- variants and masks -------------------------------------------------===//

func.func @unknown_variant(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{unknown attribute `softmaxx` in dialect `attention`}}
  %o = attention.attend #attention.softmaxx %q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @unknown_mask(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{unknown attribute `diagonal` in dialect `attention`}}
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.diagonal) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @variant_as_mask(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{attribute 'mask' failed to satisfy constraint: MaskInterface instance}}
  %o = attention.attend #attention.softmax %q, %k, %v mask(#attention.softmax) : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

func.func @mask_as_variant(%q: tensor<2x4x5x16xf32>, %k: tensor<2x4x5x16xf32>, %v: tensor<2x4x5x16xf32>) {
  // expected-error @below {{invalid kind of attribute specified}}
  %o = attention.attend #attention.causal %q, %k, %v : tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>, tensor<2x4x5x16xf32>
  return
}

// -----

// expected-error @below {{expects a window of 1 or more, but got 0}}
func.func private @window_width() attributes {test.attribute = #attention.window<0>}

// -----

// expected-error @below {{expects a band that is not empty, but got left 2 and right -3}}
func.func private @band_sides() attributes {test.attribute = #attention.band<2, -3>}

// -----

// expected-error @below {{expects a band that is not empty, but got left -9223372036854775807 and right -9223372036854775807}}
func.func private @band_sides_that_overflow() attributes {test.attribute = #attention.band<-9223372036854775807, -9223372036854775807>}

// -----

// expected-error @below {{expects a prefix of 0 or more, but got -1}}
func.func private @prefix_length() attributes {test.attribute = #attention.prefix<-1>}

// -----

// expected-error @below {{expects a stride of 1 or more, but got 0}}
func.func private @dilated_stride() attributes {test.attribute = #attention.dilated<0>}

// -----

// expected-error @below {{expected attribute value}}
// expected-error @below {{failed to parse Attention_AllMask parameter 'masks'}}
func.func private @all_of_none() attributes {test.attribute = #attention.all<[]>}

// -----

// expected-error @below {{expects a power of 1 or 2, but got 3}}
func.func private @relu_power() attributes {test.attribute = #attention.relu<power = 3>}

// -----

// expected-error @below {{expects a partial of [batch, heads, queries, e] or [rows, e], but got 'tensor<1x5x16xf32>'}}
func.func private @partial_rank() attributes {test.attribute = !attention.partial<#attention.softmax, tensor<1x5x16xf32>>}

// -----

// expected-error @below {{expects the partial of a tile to be of static sizes, but got 'tensor<?x16xf32>'}}
func.func private @partial_of_a_tile() attributes {test.attribute = !attention.partial<#attention.softmax, tensor<?x16xf32>>}

// -----

// expected-error @below {{expects a carry of [batch, heads, d, e], but got 'tensor<16x16xf32>'}}
func.func private @carry_rank() attributes {test.attribute = !attention.carry<#attention.softmax, tensor<16x16xf32>>}

// -----

//===- names --------------------------------------------------------------===//

// expected-error @below {{expects attention.name to be a text, but got 3 : i64}}
func.func @name_is_text(%x: tensor<2xf32> {attention.name = 3}) {
  return
}

// -----

// expected-error @below {{expects attention.weight to be a text, but got ""}}
func.func @weight_is_not_empty(%x: tensor<2xf32> {attention.weight = ""}) {
  return
}

// -----

// expected-error @below {{expects attention.tokens to be an axis of 'tensor<2xf32>', but got 1 : i64}}
func.func @tokens_is_an_axis(%x: tensor<2xf32> {attention.tokens = 1 : i64}) {
  return
}

// -----

// expected-error @below {{expects attention.name, attention.weight or attention.tokens, but got attention.nam}}
func.func @other_attributes_of_arguments(%x: tensor<2xf32> {attention.nam = "x"}) {
  return
}

// -----

// expected-error @below {{expects attention.name to be a text, but got unit}}
func.func @attributes_of_results(%x: tensor<2xf32>) -> (tensor<2xf32> {attention.name}) {
  return %x : tensor<2xf32>
}

// -----

// expected-error @below {{does not accept the attribute attention.fast}}
func.func @attributes_of_ops() attributes {attention.fast} {
  return
}

// -----

// expected-error @below {{expects names that differ, but got "x" twice}}
func.func @names_of_arguments(%x: tensor<2xf32> {attention.name = "x"}, %y: tensor<2xf32> {attention.name = "x"}) {
  return
}

// -----

// expected-error @below {{expects names that differ, but got "y" twice}}
func.func @names_of_results(%x: tensor<2xf32>) -> (tensor<2xf32> {attention.name = "y"}, tensor<2xf32> {attention.name = "z"}, tensor<2xf32> {attention.name = "y"}) {
  return %x, %x, %x : tensor<2xf32>, tensor<2xf32>, tensor<2xf32>
}
