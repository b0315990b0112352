// Each numbered constraint is refused by one line that says what was expected and what was given.
// RUN: attention-opt %s -split-input-file -verify-diagnostics

func.func @project_c1(%x: tensor<2x5x32xf32>, %w: tensor<48x32xf64>) {
  // expected-error @below {{expects one element type, but got 'f32' and 'f64'}}
  %y = attention.project %x, %w : tensor<2x5x32xf32>, tensor<48x32xf64>
  return
}

// -----

func.func @project_c2(%x: tensor<2x5x32xf32>, %w: tensor<48x31xf32>) {
  // expected-error @below {{expects the last size of input to be 31, but got 32}}
  %y = attention.project %x, %w : tensor<2x5x32xf32>, tensor<48x31xf32>
  return
}

// -----

func.func @project_c3(%x: tensor<2x5x32xf32>, %w: tensor<48x32xf32>, %b: tensor<47xf32>) {
  // expected-error @below {{expects bias to be 48, but got 47}}
  %y = attention.project %x, %w, %b : tensor<2x5x32xf32>, tensor<48x32xf32>, tensor<47xf32>
  return
}

// -----

func.func @project_of_a_scalar(%x: tensor<f32>, %w: tensor<48x32xf32>) {
  // expected-error @below {{expects an input of rank 1 or more, but got 'tensor<f32>'}}
  %y = attention.project %x, %w : tensor<f32>, tensor<48x32xf32>
  return
}

// -----

func.func @project_by_a_row(%x: tensor<2x5x32xf32>, %w: tensor<32xf32>) {
  // expected-error @below {{expects weight to be [out, in], but got 'tensor<32xf32>'}}
  %y = attention.project %x, %w : tensor<2x5x32xf32>, tensor<32xf32>
  return
}

// -----

func.func @split_heads_c1(%x: tensor<2x5x32xf32>) {
  // expected-error @below {{expects at least one head, but got 0}}
  %y = attention.split_heads %x heads(0) : tensor<2x5x32xf32>
  return
}

// -----

func.func @split_heads_c1_rest(%x: tensor<2x5x32xf32>) {
  // expected-error @below {{expects heads to divide the last size, but got 3 and 32}}
  %y = attention.split_heads %x heads(3) : tensor<2x5x32xf32>
  return
}

// -----

func.func @split_heads_of_rank_2(%x: tensor<5x32xf32>) {
  // expected-error @below {{expects input to be [batch, rows, columns], but got 'tensor<5x32xf32>'}}
  %y = attention.split_heads %x heads(2) : tensor<5x32xf32>
  return
}

// -----

func.func @merge_heads_of_rank_3(%x: tensor<2x5x32xf32>) {
  // expected-error @below {{expects input to be [batch, heads, rows, columns], but got 'tensor<2x5x32xf32>'}}
  %y = attention.merge_heads %x : tensor<2x5x32xf32>
  return
}

// -----

func.func @rotary_c1(%x: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects a positive base, but got 0}}
  %y = attention.rotary %x base(0.0) : tensor<2x4x5x16xf32>
  return
}

// -----

func.func @rotary_c2(%x: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects dims to be positive and even and no more than 16, but got 18}}
  %y = attention.rotary %x base(1.0) dims(18) : tensor<2x4x5x16xf32>
  return
}

// -----

func.func @rotary_c2_odd(%x: tensor<2x4x5x16xf32>) {
  // expected-error @below {{expects dims to be positive and even and no more than 16, but got 3}}
  %y = attention.rotary %x base(1.0) dims(3) : tensor<2x4x5x16xf32>
  return
}

// -----

func.func @rotary_c2_dynamic(%x: tensor<2x4x5x?xf32>) {
  // expected-error @below {{expects dims to be positive and even, but got 0}}
  %y = attention.rotary %x base(1.0) dims(0) : tensor<2x4x5x?xf32>
  return
}

// -----

func.func @rotary_c2_columns(%x: tensor<2x4x5x15xf32>) {
  // expected-error @below {{expects an even number of columns to turn, but got 15}}
  %y = attention.rotary %x base(1.0) : tensor<2x4x5x15xf32>
  return
}

// -----

func.func @rotary_c3(%x: tensor<2x4x5x16xf32>, %o: tensor<2xi64>, %p: tensor<2x5xi64>) {
  // expected-error @below {{expects offset or positions, but got both}}
  %y = attention.rotary %x base(1.0) offset(%o : tensor<2xi64>) positions(%p : tensor<2x5xi64>) : tensor<2x4x5x16xf32>
  return
}

// -----

func.func @rotary_c3_offset(%x: tensor<2x4x5x16xf32>, %o: tensor<3xi64>) {
  // expected-error @below {{expects offset to be 2, but got 3}}
  %y = attention.rotary %x base(1.0) offset(%o : tensor<3xi64>) : tensor<2x4x5x16xf32>
  return
}

// -----

func.func @rotary_c3_positions(%x: tensor<2x4x5x16xf32>, %p: tensor<2x6xi64>) {
  // expected-error @below {{expects positions to be 2x5, but got 2x6}}
  %y = attention.rotary %x base(1.0) positions(%p : tensor<2x6xi64>) : tensor<2x4x5x16xf32>
  return
}

// -----

func.func @rms_norm_c1(%x: tensor<2x5x32xf32>, %g: tensor<32xf64>) {
  // expected-error @below {{expects one element type, but got 'f32' and 'f64'}}
  %y = attention.rms_norm %x, %g epsilon(1.0e-5) : tensor<2x5x32xf32>, tensor<32xf64>
  return
}

// -----

func.func @rms_norm_c2(%x: tensor<2x5x32xf32>, %g: tensor<31xf32>) {
  // expected-error @below {{expects gain to be 32, but got 31}}
  %y = attention.rms_norm %x, %g epsilon(1.0e-5) : tensor<2x5x32xf32>, tensor<31xf32>
  return
}

// -----

func.func @rms_norm_c3(%x: tensor<2x5x32xf32>, %g: tensor<32xf32>) {
  // expected-error @below {{expects an epsilon of 0 or more, but got -1.0}}
  %y = attention.rms_norm %x, %g epsilon(-1.0) : tensor<2x5x32xf32>, tensor<32xf32>
  return
}

// -----

func.func @layer_norm_c2(%x: tensor<2x5x32xf32>, %g: tensor<32xf32>, %b: tensor<33xf32>) {
  // expected-error @below {{expects bias to be 32, but got 33}}
  %y = attention.layer_norm %x, %g, %b epsilon(1.0e-5) : tensor<2x5x32xf32>, tensor<32xf32>, tensor<33xf32>
  return
}

// -----

func.func @layer_norm_of_a_scalar(%x: tensor<f32>, %g: tensor<32xf32>) {
  // expected-error @below {{expects an input of rank 1 or more, but got 'tensor<f32>'}}
  %y = attention.layer_norm %x, %g, %g epsilon(1.0e-5) : tensor<f32>, tensor<32xf32>, tensor<32xf32>
  return
}

// -----

func.func @embed_by_a_row(%t: tensor<8xf32>, %i: tensor<3xi64>) {
  // expected-error @below {{expects table to be [rows, columns], but got 'tensor<8xf32>'}}
  %y = attention.embed %t, %i : tensor<8xf32>, tensor<3xi64>
  return
}

// -----

func.func @embed_of_floats(%t: tensor<8x4xf32>, %i: tensor<3xf32>) {
  // expected-error @below {{operand #1 must be ranked tensor of 64-bit signless integer or 32-bit signless integer values, but got 'tensor<3xf32>'}}
  %y = attention.embed %t, %i : tensor<8x4xf32>, tensor<3xf32>
  return
}

// -----

func.func @mean_rows_of_rank_2(%x: tensor<5x32xf32>) {
  // expected-error @below {{expects input to be [batch, rows, columns], but got 'tensor<5x32xf32>'}}
  %y = attention.mean_rows %x : tensor<5x32xf32>
  return
}

// -----

func.func @fused_c1(%x: tensor<2x5x32xf32>) {
  // expected-error @below {{expects a region that yields 'tensor<2x5x31xf32>', but got 'tensor<2x5x32xf32>'}}
  %y = attention.fused {
    attention.yield %x : tensor<2x5x32xf32>
  } : tensor<2x5x31xf32>
  return
}

// -----

func.func @fused_c1_two(%x: tensor<2x5x32xf32>) {
  // expected-error @below {{expects a region that yields one value, but got 2}}
  %y = attention.fused {
    attention.yield %x, %x : tensor<2x5x32xf32>, tensor<2x5x32xf32>
  } : tensor<2x5x32xf32>
  return
}

// -----

func.func @fused_c2(%x: tensor<2x5x32xf32>, %b: i1, %i: index) {
  // expected-error @below {{expects ops without side effects, but got attention.fail_if}}
  %y = attention.fused {
    attention.fail_if %b order(%i) "no"()
    attention.yield %x : tensor<2x5x32xf32>
  } : tensor<2x5x32xf32>
  return
}

// -----

func.func @layer_norm_c1(%x: tensor<2x5x32xf32>, %g: tensor<32xf32>, %b: tensor<32xbf16>) {
  // expected-error @below {{expects one element type, but got 'f32' and 'bf16'}}
  %y = attention.layer_norm %x, %g, %b epsilon(1.0e-5) : tensor<2x5x32xf32>, tensor<32xf32>, tensor<32xbf16>
  return
}

// -----

func.func @layer_norm_c3(%x: tensor<2x5x32xf32>, %g: tensor<32xf32>) {
  // expected-error @below {{expects an epsilon of 0 or more, but got -1.0}}
  %y = attention.layer_norm %x, %g, %g epsilon(-1.0) : tensor<2x5x32xf32>, tensor<32xf32>, tensor<32xf32>
  return
}

// -----

func.func @broadcast_rows_c1(%x: tensor<2x5x32xf32>) {
  // expected-error @below {{expects rows of input to be 1, but got 5}}
  %y = attention.broadcast_rows %x like %x : tensor<2x5x32xf32>, tensor<2x5x32xf32>
  return
}

// -----

func.func @broadcast_rows_c2(%x: tensor<3x1x32xf32>, %l: tensor<2x5x32xf32>) {
  // expected-error @below {{expects the batch of input to be 2, but got 3}}
  %y = attention.broadcast_rows %x like %l : tensor<3x1x32xf32>, tensor<2x5x32xf32>
  return
}

// -----

func.func @broadcast_rows_like_a_matrix(%x: tensor<1x1x32xf32>, %l: tensor<5x32xf32>) {
  // expected-error @below {{expects like to be [batch, rows, columns], but got 'tensor<5x32xf32>'}}
  %y = attention.broadcast_rows %x like %l : tensor<1x1x32xf32>, tensor<5x32xf32>
  return
}

// -----

func.func @fused_c3_type(%x: tensor<2x5x32xf32>) {
  // expected-error @below {{expects `into` to be a matrix of the result's type 'tensor<2x5x32xf32>', but got 'tensor<2x5x32xf32>'}}
  %y = attention.fused into(%x : tensor<2x5x32xf32>) rows(16) {
    attention.yield %x : tensor<2x5x32xf32>
  } : tensor<2x5x32xf32>
  return
}

// -----

func.func @fused_c3_rows(%x: tensor<5x32xf32>) {
  // expected-error @below {{expects 1 row or more, but got 0}}
  %y = attention.fused into(%x : tensor<5x32xf32>) rows(0) {
    attention.yield %x : tensor<5x32xf32>
  } : tensor<5x32xf32>
  return
}

// -----

func.func @fused_c3_both(%x: tensor<5x32xf32>) {
  // expected-error @below {{expects `into` and `rows` together, but got one alone}}
  %y = "attention.fused"(%x) ({
    "attention.yield"(%x) : (tensor<5x32xf32>) -> ()
  }) : (tensor<5x32xf32>) -> tensor<5x32xf32>
  return
}
