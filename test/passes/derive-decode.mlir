// RUN: attention-opt %s -attention-derive-decode -split-input-file | FileCheck %s

// Keys and values of all tokens so far are the state, which new ones are written behind.
// CHECK-LABEL: func.func @cached(
// CHECK-SAME: attributes {attention.step = @cached.step}
// CHECK: func.func private @cached.step(%[[Q:[a-z0-9]+]]: tensor<?x4x?x16xf32> {{.*}}, %[[K:[a-z0-9]+]]: tensor<?x2x?x16xf32> {{.*}}, %[[PAST:[a-z0-9]+]]: tensor<?xi1> {attention.past},
// CHECK-SAME: %[[KEYS:[a-z0-9]+]]: tensor<?x2x?x16xf32> {attention.state = 0 : i64, attention.tokens = 2 : i64}, %[[VALUES:[a-z0-9]+]]: tensor<?x2x?x16xf32> {attention.state = 1 : i64, attention.tokens = 2 : i64})
// CHECK-SAME: (tensor<?x4x?x16xf32> {{.*}}, tensor<?x2x?x16xf32> {attention.state = 0 : i64}, tensor<?x2x?x16xf32> {attention.state = 1 : i64})
// CHECK: %[[COUNT:.*]] = tensor.dim %[[PAST]]
// CHECK: %[[ALL:.*]] = tensor.insert_slice %[[K]] into %[[KEYS]][0, 0, %[[COUNT]], 0]
// CHECK: %[[SEEN:.*]] = tensor.extract_slice %[[ALL]][0, 0, 0, 0]
// CHECK: attention.attend #attention.softmax %[[Q]], %[[SEEN]], {{.*}} mask(#attention.causal)
func.func @cached(%q: tensor<?x4x?x16xf32> {attention.tokens = 2 : i64}, %k: tensor<?x2x?x16xf32> {attention.tokens = 2 : i64}) -> (tensor<?x4x?x16xf32> {attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) : tensor<?x4x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  return %o : tensor<?x4x?x16xf32>
}

// -----

// Of a window's keys those stay that a later query may see, from a multiple of 256 on.
// CHECK-LABEL: func.func private @windowed.step(
// CHECK-SAME: %[[PAST:[a-z0-9]+]]: tensor<?xi1> {attention.past},
// CHECK-SAME: %[[KEYS:[a-z0-9]+]]: tensor<?x2x?x16xf32> {attention.reach = 64 : i64, attention.state = 0 : i64, attention.tokens = 2 : i64}, %{{[a-z0-9]+}}: tensor<?x2x?x16xf32> {attention.reach = 64 : i64,
// CHECK-SAME: -> (tensor<?x2x?x16xf32> {attention.tokens = 2 : i64}, tensor<?x2x?x16xf32> {attention.state = 0 : i64},
// CHECK-DAG: %[[COUNT:.*]] = tensor.dim %[[PAST]]
// CHECK-DAG: %[[STEP:.*]] = arith.constant 256
// CHECK-DAG: %[[LAST:.*]] = arith.constant 63
// CHECK: %[[UNSEEN:.*]] = arith.subi %[[COUNT]], %[[LAST]]
// CHECK: %[[SOME:.*]] = arith.maxsi %[[UNSEEN]],
// CHECK: %[[STEPS:.*]] = arith.divui %[[SOME]], %[[STEP]]
// CHECK: %[[FORGOTTEN:.*]] = arith.muli %[[STEPS]], %[[STEP]]
// CHECK: %[[KEPT:.*]] = arith.subi %[[COUNT]], %[[FORGOTTEN]]
// CHECK: tensor.insert_slice %{{.*}} into %[[KEYS]][0, 0, %[[KEPT]], 0]
func.func @windowed(%q: tensor<?x2x?x16xf32> {attention.tokens = 2 : i64}) -> (tensor<?x2x?x16xf32> {attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %q, %q, %q mask(#attention.all<[#attention.causal, #attention.any<[#attention.window<64>, #attention.band<7, 0>]>]>) score {
  ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
    %distance = arith.subi %query, %key : index
    %int = arith.index_cast %distance : index to i64
    %float = arith.sitofp %int : i64 to f32
    %t = arith.subf %s, %float : f32
    attention.yield %t : f32
  } : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  return %o : tensor<?x2x?x16xf32>
}

// -----

// A region that asks where a key is would be told a wrong place: all keys stay. A prefix is seen for ever.
// CHECK-LABEL: func.func private @placed.step(
// CHECK-NOT: attention.reach
func.func @placed(%q: tensor<?x2x?x16xf32> {attention.tokens = 2 : i64}) -> (tensor<?x2x?x16xf32> {attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %q, %q, %q mask(#attention.all<[#attention.causal, #attention.window<64>]>) visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %two = arith.constant 2 : index
    %rest = arith.remui %key, %two : index
    %seen = arith.cmpi eq, %rest, %two : index
    attention.yield %seen : i1
  } : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  %p = attention.attend #attention.softmax %o, %o, %o mask(#attention.all<[#attention.causal, #attention.any<[#attention.window<64>, #attention.prefix<4>]>]>)
      : tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>, tensor<?x2x?x16xf32>
  return %p : tensor<?x2x?x16xf32>
}

// -----

// A memory of constant size; rotary positions go on from the tokens so far.
// CHECK-LABEL: func.func private @memory.step(
// CHECK-SAME: %[[PAST:[a-z0-9]+]]: tensor<?xi1> {attention.past}, %[[MEMORY:[a-z0-9]+]]: tensor<1x2x16x16xf32> {attention.state = 0 : i64})
// CHECK: %[[COUNT:.*]] = tensor.dim %[[PAST]]
// CHECK: attention.rotary %{{.*}} base(1.000000e+04) offset(%{{.*}} : tensor<1xi64>)
// CHECK: %{{.*}}, %[[NEXT:.*]] = attention.continue #attention.linear %{{.*}} past(%[[COUNT]]) memory(%[[MEMORY]] : tensor<1x2x16x16xf32>)
// CHECK: return %{{.*}}, %[[NEXT]]
func.func @memory(%x: tensor<1x?x32xf32> {attention.tokens = 1 : i64}, %w: tensor<32x32xf32> {attention.weight = "w"}) -> (tensor<1x?x32xf32> {attention.tokens = 1 : i64}) {
  %p = attention.project %x, %w : tensor<1x?x32xf32>, tensor<32x32xf32>
  %h = attention.split_heads %p heads(2) : tensor<1x?x32xf32>
  %r = attention.rotary %h base(10000.0) : tensor<1x2x?x16xf32>
  %o = attention.attend #attention.linear %r, %r, %h mask(#attention.causal) : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  %m = attention.merge_heads %o : tensor<1x2x?x16xf32>
  return %m : tensor<1x?x32xf32>
}

// -----

// CHECK-LABEL: func.func @sees_the_future(
// CHECK-SAME: attention.no_step = "{{.*}}derive-decode.mlir:{{[0-9]+}}: 'attention.attend' lets queries see later keys"
// CHECK-NOT: step(
func.func @sees_the_future(%q: tensor<1x2x?x16xf32> {attention.tokens = 2 : i64}) -> (tensor<1x2x?x16xf32> {attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %q, %q, %q : tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>, tensor<1x2x?x16xf32>
  return %o : tensor<1x2x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @means(
// CHECK-SAME: 'attention.mean_rows' mixes tokens"
func.func @means(%x: tensor<1x?x16xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x16xf32> {attention.tokens = 1 : i64}) {
  %m = attention.mean_rows %x : tensor<1x?x16xf32>
  %b = attention.broadcast_rows %m like %x : tensor<1x1x16xf32>, tensor<1x?x16xf32>
  return %b : tensor<1x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @fixed(
// CHECK-SAME: has a fixed number of tokens"
func.func @fixed(%x: tensor<1x8x16xf32> {attention.tokens = 1 : i64}) -> (tensor<1x8x16xf32> {attention.tokens = 1 : i64}) {
  %m = attention.silu %x : tensor<1x8x16xf32>
  return %m : tensor<1x8x16xf32>
}

// -----

// CHECK-LABEL: func.func @no_tokens(
// CHECK-SAME: has no argument with tokens"
func.func @no_tokens(%x: tensor<1x?x16xf32>) -> tensor<1x?x16xf32> {
  %m = attention.silu %x : tensor<1x?x16xf32>
  return %m : tensor<1x?x16xf32>
}

// -----

// The last tokens take the place of what pads before them, as many as there have been.
// CHECK-LABEL: func.func private @shift.step(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x16xf32> {{.*}}, %[[PAST:[a-z0-9]+]]: tensor<?xi1> {attention.past}, %[[KEPT:[a-z0-9]+]]: tensor<?x2x16xf32> {attention.state = 0 : i64})
// CHECK: %[[COUNT:.*]] = tensor.dim %[[PAST]]
// CHECK: %[[PADDED:.*]] = tensor.pad %[[X]] low[0, 2, 0]
// CHECK: %[[SEEN:.*]] = arith.minsi %[[COUNT]], %[[MOST:.*]] : index
// CHECK: %[[FIRST:.*]] = arith.subi %[[MOST]], %[[SEEN]] : index
// CHECK: %[[ROWS:.*]] = tensor.extract_slice %[[KEPT]][0, %[[FIRST]], 0]
// CHECK: %[[ALL:.*]] = tensor.insert_slice %[[ROWS]] into %[[PADDED]][0, %[[FIRST]], 0]
// CHECK: %[[NEXT:.*]] = tensor.extract_slice %[[ALL]]{{.*}} to tensor<?x2x16xf32>
// CHECK: tensor.extract_slice %[[ALL]][0, 0, 0]
// CHECK: return %{{.*}}, %[[NEXT]]
func.func @shift(%x: tensor<?x?x16xf32> {attention.tokens = 1 : i64}) -> (tensor<?x?x16xf32> {attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %zero = arith.constant 0.0 : f32
  %b = tensor.dim %x, %c0 : tensor<?x?x16xf32>
  %n = tensor.dim %x, %c1 : tensor<?x?x16xf32>
  %p = tensor.pad %x low[0, 2, 0] high[0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<?x?x16xf32> to tensor<?x?x16xf32>
  %s = tensor.extract_slice %p[0, 0, 0] [%b, %n, 16] [1, 1, 1] : tensor<?x?x16xf32> to tensor<?x?x16xf32>
  return %s : tensor<?x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @norms_padding(
// CHECK-SAME: 'attention.silu' mixes tokens with what is padded before them"
func.func @norms_padding(%x: tensor<1x?x16xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x16xf32> {attention.tokens = 1 : i64}) {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 0] high[0, 0, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<1x?x16xf32> to tensor<1x?x16xf32>
  %y = attention.silu %p : tensor<1x?x16xf32>
  return %y : tensor<1x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @pads_behind(
// CHECK-SAME: 'tensor.pad' pads other than by a constant before the tokens"
func.func @pads_behind(%x: tensor<1x?x16xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x16xf32> {attention.tokens = 1 : i64}) {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %x low[0, 1, 0] high[0, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index):
    tensor.yield %zero : f32
  } : tensor<1x?x16xf32> to tensor<1x?x16xf32>
  return %p : tensor<1x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @drops_tokens(
// CHECK-SAME: 'tensor.extract_slice' slices along the tokens"
func.func @drops_tokens(%x: tensor<1x?x16xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x16xf32> {attention.tokens = 1 : i64}) {
  %c4 = arith.constant 4 : index
  %s = tensor.extract_slice %x[0, 0, 0] [1, %c4, 16] [1, 1, 1] : tensor<1x?x16xf32> to tensor<1x?x16xf32>
  return %s : tensor<1x?x16xf32>
}

// -----

// Positions that are looked up by how many tokens there are.
// CHECK-LABEL: func.func @first_rows(
// CHECK-SAME: 'tensor.extract_slice' slices along the tokens"
func.func @first_rows(%x: tensor<1x?x16xf32> {attention.tokens = 1 : i64}, %w: tensor<1x64x16xf32> {attention.weight = "w"}) -> (tensor<1x?x16xf32> {attention.tokens = 1 : i64}) {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<1x?x16xf32>
  %s = tensor.extract_slice %w[0, 0, 0] [1, %n, 16] [1, 1, 1] : tensor<1x64x16xf32> to tensor<1x?x16xf32>
  %y = arith.addf %x, %s : tensor<1x?x16xf32>
  return %y : tensor<1x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @columns(
// CHECK-SAME: attention.step = @columns.step
func.func @columns(%x: tensor<1x?x16xf32> {attention.tokens = 1 : i64}, %w: tensor<16xf32> {attention.weight = "w"}) -> (tensor<1x?x16xf32> {attention.tokens = 1 : i64}) {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<1x?x16xf32>
  %e = tensor.empty(%n) : tensor<1x?x16xf32>
  %y = linalg.broadcast ins(%w : tensor<16xf32>) outs(%e : tensor<1x?x16xf32>) dimensions = [0, 1]
  %z = linalg.mul ins(%x, %y : tensor<1x?x16xf32>, tensor<1x?x16xf32>) outs(%e : tensor<1x?x16xf32>) -> tensor<1x?x16xf32>
  return %z : tensor<1x?x16xf32>
}

// -----

// CHECK-LABEL: func.func @sums_tokens(
// CHECK-SAME: 'linalg.reduce' mixes tokens"
func.func @sums_tokens(%x: tensor<1x?x16xf32> {attention.tokens = 1 : i64}) -> (tensor<1x16xf32>) {
  %e = tensor.empty() : tensor<1x16xf32>
  %y = linalg.reduce { arith.addf } ins(%x : tensor<1x?x16xf32>) outs(%e : tensor<1x16xf32>) dimensions = [1]
  return %y : tensor<1x16xf32>
}

// -----

// Of segments stay the rows of the one that is not complete, and the carries that it begins with.
// CHECK-LABEL: func.func private @segments.step(
// CHECK-SAME: %[[X:.*]]: tensor<1x?x8xf32> {{{.*}}}, %[[M:.*]]: tensor<1x2x8xf32>, %[[PAST:.*]]: tensor<?xi1> {{{.*}}}, %[[ROWS:.*]]: tensor<1x4x8xf32> {{{.*}}}, %[[CARRY:.*]]: tensor<1x2x8xf32> {{{.*}}})
// CHECK: %[[WAIT:.*]] = arith.remui %{{.*}}, %c4
// CHECK: %[[WAITING:.*]] = tensor.extract_slice %[[ROWS]][0, 0, 0] [1, %[[WAIT]], 8]
// CHECK: %[[ALL:.*]] = tensor.concat dim(1) %[[WAITING]], %[[X]]
// CHECK: %[[FIRST:.*]] = tensor.extract_slice %[[M]]
// CHECK: %[[START:.*]] = tensor.insert_slice %[[FIRST]] into %[[CARRY]]
// CHECK: %[[Y:.*]], %[[LAST:.*]] = attention.segments %{{.*}} carry(%[[START]]) length(4)
// CHECK: %[[BEGUN:.*]] = tensor.extract_slice %[[ALL]]
// CHECK: attention.segments %[[BEGUN]] carry(%[[LAST]]) length(4)
// CHECK: %[[KEPT:.*]] = tensor.insert_slice %[[BEGUN]] into %[[ROWS]]
// CHECK: return %{{.*}}, %[[KEPT]], %[[LAST]]
func.func @segments(%x: tensor<1x?x8xf32> {attention.name = "x", attention.tokens = 1 : i64}, %m: tensor<1x2x8xf32>)
    -> (tensor<1x?x8xf32> {attention.name = "y", attention.tokens = 1 : i64}) {
  %y, %last = attention.segments %x carry(%m) length(4) {
  ^bb0(%segment: tensor<1x?x8xf32>, %memory: tensor<1x2x8xf32>):
    %u = tensor.concat dim(1) %memory, %segment : (tensor<1x2x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
    %q = attention.split_heads %segment heads(1) : tensor<1x?x8xf32>
    %k = attention.split_heads %u heads(1) : tensor<1x?x8xf32>
    %oh = attention.attend #attention.softmax %q, %k, %k mask(#attention.causal) : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>
    %o = attention.merge_heads %oh : tensor<1x1x?x8xf32>
    %mean = attention.mean_rows %o : tensor<1x?x8xf32>
    %next = attention.broadcast_rows %mean like %memory : tensor<1x1x8xf32>, tensor<1x2x8xf32>
    attention.yield %o, %next : tensor<1x?x8xf32>, tensor<1x2x8xf32>
  } : (tensor<1x?x8xf32>, tensor<1x2x8xf32>) -> (tensor<1x?x8xf32>, tensor<1x2x8xf32>)
  return %y : tensor<1x?x8xf32>
}

// -----

// A region would find the tokens of one piece where it asks for those of the sequence.
// CHECK-LABEL: func.func @sees_by_tokens(
// CHECK-SAME: 'attention.attend' reads tokens in a region"
func.func @sees_by_tokens(%x: tensor<1x1x?x8xf32> {attention.tokens = 2 : i64}, %kinds: tensor<1x?xi64> {attention.tokens = 1 : i64}) -> (tensor<1x1x?x8xf32> {attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.softmax %x, %x, %x mask(#attention.causal) visible {
  ^bb0(%batch: index, %head: index, %query: index, %key: index):
    %i = tensor.extract %kinds[%batch, %query] : tensor<1x?xi64>
    %j = tensor.extract %kinds[%batch, %key] : tensor<1x?xi64>
    %seen = arith.cmpi eq, %i, %j : i64
    attention.yield %seen : i1
  } : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>
  return %o : tensor<1x1x?x8xf32>
}

// -----

// CHECK-LABEL: func.func @means_in_a_branch(
// CHECK-SAME: 'scf.if' reads tokens in a region"
func.func @means_in_a_branch(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}, %g: tensor<1x1x8xf32>, %is: i1) -> (tensor<1x?x8xf32> {attention.tokens = 1 : i64}) {
  %m = scf.if %is -> tensor<1x1x8xf32> {
    %mean = attention.mean_rows %x : tensor<1x?x8xf32>
    scf.yield %mean : tensor<1x1x8xf32>
  } else {
    scf.yield %g : tensor<1x1x8xf32>
  }
  %flat = tensor.collapse_shape %m [[0, 1, 2]] : tensor<1x1x8xf32> into tensor<8xf32>
  %y = linalg.generic {indexing_maps = [affine_map<(b, n, d) -> (d)>, affine_map<(b, n, d) -> (b, n, d)>], iterator_types = ["parallel", "parallel", "parallel"]}
      ins(%flat : tensor<8xf32>) outs(%x : tensor<1x?x8xf32>) {
  ^bb0(%a: f32, %b: f32):
    %sum = arith.addf %a, %b : f32
    linalg.yield %sum : f32
  } -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// -----

// Ones along both dimensions, of which one is summed: how many tokens there are.
// CHECK-LABEL: func.func @counts(
// CHECK-SAME: 'tensor.splat' has tokens along two dimensions"
func.func @counts(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?xf32> {attention.tokens = 1 : i64}) {
  %c1 = arith.constant 1 : index
  %one = arith.constant 1.0 : f32
  %zero = arith.constant 0.0 : f32
  %n = tensor.dim %x, %c1 : tensor<1x?x8xf32>
  %ones = tensor.splat %one[%n, %n] : tensor<1x?x?xf32>
  %none = tensor.splat %zero[%n] : tensor<1x?xf32>
  %sum = linalg.reduce { arith.addf } ins(%ones : tensor<1x?x?xf32>) outs(%none : tensor<1x?xf32>) dimensions = [1]
  return %sum : tensor<1x?xf32>
}

// -----

// CHECK-LABEL: func.func @fills_with_the_count(
// CHECK-SAME: 'tensor.dim' asks for the number of tokens"
func.func @fills_with_the_count(%x: tensor<1x?xindex> {attention.tokens = 1 : i64}) -> (tensor<1x?xindex> {attention.tokens = 1 : i64}) {
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<1x?xindex>
  %all = tensor.splat %n[%n] : tensor<1x?xindex>
  %few = tensor.splat %n : tensor<4xindex>
  return %all : tensor<1x?xindex>
}

// -----

// CHECK-LABEL: func.func @decays_without_tokens(
// CHECK-SAME: 'attention.attend' has a clause for each token without tokens"
func.func @decays_without_tokens(%x: tensor<1x1x?x8xf32> {attention.tokens = 2 : i64}, %g: tensor<1x1x?x1xf32>) -> (tensor<1x1x?x8xf32> {attention.tokens = 2 : i64}) {
  %o = attention.attend #attention.linear %x, %x, %x mask(#attention.causal) decay(%g : tensor<1x1x?x1xf32>) : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>
  return %o : tensor<1x1x?x8xf32>
}

// -----

// Sequences side by side are as many as the session has, wherever their dimension was.
// CHECK-LABEL: func.func private @tokens_first.step(
// CHECK-SAME: %[[KEPT:[a-z0-9]+]]: tensor<?x1x?x8xf32> {attention.state = 0 : i64, attention.tokens = 2 : i64}
// CHECK: attention.fail_if {{.*}}expects the sequences of tokens to be the same as those of the session, but got {0} and {1}"
// CHECK: tensor.insert_slice %{{.*}} into %[[KEPT]]
func.func @tokens_first(%x: tensor<?x?x1x8xf32> {attention.tokens = 0 : i64}) -> (tensor<?x1x?x8xf32> {attention.tokens = 2 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c0 : tensor<?x?x1x8xf32>
  %b = tensor.dim %x, %c1 : tensor<?x?x1x8xf32>
  %e = tensor.empty(%b, %n) : tensor<?x1x?x8xf32>
  %t = linalg.transpose ins(%x : tensor<?x?x1x8xf32>) outs(%e : tensor<?x1x?x8xf32>) permutation = [1, 2, 0, 3]
  %o = attention.attend #attention.softmax %t, %t, %t mask(#attention.causal) : tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>, tensor<?x1x?x8xf32>
  return %o : tensor<?x1x?x8xf32>
}

// -----

// Columns side by side belong to the same tokens; rows one after another do not.
// CHECK-LABEL: func.func private @joins_columns.step(
// CHECK: tensor.concat dim(2)
// CHECK-LABEL: func.func @joins_rows(
// CHECK-SAME: 'tensor.concat' mixes tokens"
func.func @joins_columns(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}, %z: tensor<1x?x4xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x12xf32> {attention.tokens = 1 : i64}) {
  %y = tensor.concat dim(2) %x, %z : (tensor<1x?x8xf32>, tensor<1x?x4xf32>) -> tensor<1x?x12xf32>
  return %y : tensor<1x?x12xf32>
}
func.func @joins_rows(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x8xf32> {attention.tokens = 1 : i64}) {
  %y = tensor.concat dim(1) %x, %x : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// -----

// Of a carry that starts with any size nobody knows beforehand how large it is.
// CHECK-LABEL: func.func @carries_rows(
// CHECK-SAME: 'attention.segments' has a carry whose size has no constant bound"
func.func @carries_rows(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}, %start: tensor<?x8xf32>) -> (tensor<1x?x8xf32> {attention.tokens = 1 : i64}) {
  %y, %last = attention.segments %x carry(%start) length(4) {
  ^bb0(%segment: tensor<1x?x8xf32>, %memory: tensor<?x8xf32>):
    %next = tensor.collapse_shape %segment [[0, 1], [2]] : tensor<1x?x8xf32> into tensor<?x8xf32>
    attention.yield %segment, %next : tensor<1x?x8xf32>, tensor<?x8xf32>
  } : (tensor<1x?x8xf32>, tensor<?x8xf32>) -> (tensor<1x?x8xf32>, tensor<?x8xf32>)
  return %y : tensor<1x?x8xf32>
}

// -----

// Of each layer in a loop keys and values stay; the loop carries those of all on.
// CHECK-LABEL: func.func private @layers.step(
// CHECK-SAME: %[[X:[a-z0-9]+]]: tensor<?x?x8xf32> {{.*}}, %[[PAST:[a-z0-9]+]]: tensor<?xi1> {attention.past},
// CHECK-SAME: %[[KEYS:[a-z0-9]+]]: tensor<5x?x2x?x4xf32> {attention.state = 0 : i64, attention.tokens = 3 : i64}, %[[VALUES:[a-z0-9]+]]: tensor<5x?x2x?x4xf32> {attention.state = 1 : i64, attention.tokens = 3 : i64})
// CHECK: %[[COUNT:.*]] = tensor.dim %[[PAST]]
// CHECK: %[[END:.*]]:3 = scf.for %[[LAYER:.*]] = {{.*}} iter_args(%[[P:.*]] = %[[X]], %[[ALL_KEYS:.*]] = %[[KEYS]], %[[ALL_VALUES:.*]] = %[[VALUES]])
// CHECK: %[[H:.*]] = attention.split_heads %[[P]]
// CHECK: %[[WRITTEN:.*]] = tensor.insert_slice %[[H]] into %[[ALL_KEYS]][%[[LAYER]], 0, 0, %[[COUNT]], 0] [1,
// CHECK: %[[SEEN:.*]] = tensor.extract_slice %[[WRITTEN]][%[[LAYER]], 0, 0, 0, 0] [1, {{.*}} to tensor<?x2x?x4xf32>
// CHECK: %[[WRITTEN_VALUES:.*]] = tensor.insert_slice %[[H]] into %[[ALL_VALUES]]
// CHECK: attention.attend #attention.softmax %[[H]], %[[SEEN]],
// CHECK: scf.yield %{{.*}}, %[[WRITTEN]], %[[WRITTEN_VALUES]]
// CHECK: return %[[END]]#0, %[[END]]#1, %[[END]]#2
func.func @layers(%x: tensor<?x?x8xf32> {attention.tokens = 1 : i64}) -> (tensor<?x?x8xf32> {attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %o = scf.for %layer = %c0 to %c5 step %c1 iter_args(%p = %x) -> tensor<?x?x8xf32> {
    %h = attention.split_heads %p heads(2) : tensor<?x?x8xf32>
    %ah = attention.attend #attention.softmax %h, %h, %h mask(#attention.causal) : tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>, tensor<?x2x?x4xf32>
    %a = attention.merge_heads %ah : tensor<?x2x?x4xf32>
    scf.yield %a : tensor<?x?x8xf32>
  }
  return %o : tensor<?x?x8xf32>
}

// -----

// A loop in a loop, which counts by threes in i32: 3 x 2 memories.
// CHECK-LABEL: func.func private @layers_of_layers.step(
// CHECK-SAME: %[[MEMORIES:[a-z0-9]+]]: tensor<3x2x1x2x4x4xf32> {attention.state = 0 : i64})
// CHECK: scf.for %[[I:.*]] = %[[FIRST:.*]] to %{{.*}} step %[[STEP:.*]] iter_args(%{{.*}}, %[[OUTER:.*]] = %[[MEMORIES]])
// CHECK: scf.for %[[J:.*]] = {{.*}} iter_args(%{{.*}}, %[[INNER:.*]] = %[[OUTER]])
// CHECK: %[[DISTANCE:.*]] = arith.subi %[[I]], %[[FIRST]] : i32
// CHECK: %[[NUMBER:.*]] = arith.divui %[[DISTANCE]], %[[STEP]] : i32
// CHECK: %[[INDEX:.*]] = arith.index_cast %[[NUMBER]] : i32 to index
// CHECK: %[[BEFORE:.*]] = tensor.extract_slice %[[INNER]][%[[INDEX]], %[[J]], 0, 0, 0, 0] [1, 1, 1, 2, 4, 4]
// CHECK: %{{.*}}, %[[NEXT:.*]] = attention.continue {{.*}}(%[[BEFORE]] :
// CHECK: %[[AFTER:.*]] = tensor.insert_slice %[[NEXT]] into %[[INNER]][%{{.*}}, %[[J]], 0, 0, 0, 0] [1, 1, 1, 2, 4, 4]
// CHECK: scf.yield %{{.*}}, %[[AFTER]]
func.func @layers_of_layers(%x: tensor<1x2x?x4xf32> {attention.tokens = 2 : i64}) -> (tensor<1x2x?x4xf32> {attention.tokens = 2 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c2 = arith.constant 2 : index
  %two = arith.constant 2 : i32
  %three = arith.constant 3 : i32
  %nine = arith.constant 9 : i32
  %o = scf.for %i = %two to %nine step %three iter_args(%p = %x) -> tensor<1x2x?x4xf32> : i32 {
    %n = scf.for %j = %c0 to %c2 step %c1 iter_args(%q = %p) -> tensor<1x2x?x4xf32> {
      %a = attention.attend #attention.linear %q, %q, %q mask(#attention.causal) : tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>
      scf.yield %a : tensor<1x2x?x4xf32>
    }
    scf.yield %n : tensor<1x2x?x4xf32>
  }
  return %o : tensor<1x2x?x4xf32>
}

// -----

// How many layers there are must be known where each keeps something, and only there.
// CHECK-LABEL: func.func @some_layers(
// CHECK-SAME: 'scf.for' keeps a state for each of its iterations, but their number is no constant"
// CHECK-LABEL: func.func private @some_steps.step(
func.func @some_layers(%x: tensor<1x2x?x4xf32> {attention.tokens = 2 : i64}, %count: index) -> (tensor<1x2x?x4xf32> {attention.tokens = 2 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %o = scf.for %i = %c0 to %count step %c1 iter_args(%p = %x) -> tensor<1x2x?x4xf32> {
    %a = attention.attend #attention.softmax %p, %p, %p mask(#attention.causal) : tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>, tensor<1x2x?x4xf32>
    scf.yield %a : tensor<1x2x?x4xf32>
  }
  return %o : tensor<1x2x?x4xf32>
}
func.func @some_steps(%x: tensor<1x2x?x4xf32> {attention.tokens = 2 : i64}, %count: index) -> (tensor<1x2x?x4xf32> {attention.tokens = 2 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %o = scf.for %i = %c0 to %count step %c1 iter_args(%p = %x) -> tensor<1x2x?x4xf32> {
    %a = math.tanh %p : tensor<1x2x?x4xf32>
    scf.yield %a : tensor<1x2x?x4xf32>
  }
  return %o : tensor<1x2x?x4xf32>
}

// -----

// CHECK-LABEL: func.func @means_in_a_loop(
// CHECK-SAME: 'attention.mean_rows' mixes tokens"
// CHECK-LABEL: func.func @goes_on_without_tokens(
// CHECK-SAME: 'scf.for' carries tokens on otherwise than it got them"
// CHECK-LABEL: func.func @as_many_as_tokens(
// CHECK-SAME: 'tensor.dim' asks for the number of tokens"
func.func @means_in_a_loop(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x8xf32> {attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %o = scf.for %layer = %c0 to %c5 step %c1 iter_args(%p = %x) -> tensor<1x?x8xf32> {
    %mean = attention.mean_rows %p : tensor<1x?x8xf32>
    %all = attention.broadcast_rows %mean like %p : tensor<1x1x8xf32>, tensor<1x?x8xf32>
    scf.yield %all : tensor<1x?x8xf32>
  }
  return %o : tensor<1x?x8xf32>
}
func.func @goes_on_without_tokens(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}, %w: tensor<1x?x8xf32>) -> (tensor<1x?x8xf32> {attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %o = scf.for %layer = %c0 to %c5 step %c1 iter_args(%p = %x) -> tensor<1x?x8xf32> {
    scf.yield %w : tensor<1x?x8xf32>
  }
  return %o : tensor<1x?x8xf32>
}
func.func @as_many_as_tokens(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x8xf32> {attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %n = tensor.dim %x, %c1 : tensor<1x?x8xf32>
  %o = scf.for %layer = %c0 to %n step %c1 iter_args(%p = %x) -> tensor<1x?x8xf32> {
    %a = math.tanh %p : tensor<1x?x8xf32>
    scf.yield %a : tensor<1x?x8xf32>
  }
  return %o : tensor<1x?x8xf32>
}

// -----

// A number that all of a segment has part in, read where nobody sees it among the operands.
// CHECK-LABEL: func.func @scores_by_means(
// CHECK-SAME: 'attention.mean_rows' mixes tokens"
func.func @scores_by_means(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}) -> (tensor<1x?x8xf32> {attention.tokens = 1 : i64}) {
  %c0 = arith.constant 0 : index
  %y = attention.segments %x length(4) {
  ^bb0(%segment: tensor<1x?x8xf32>):
    %mean = attention.mean_rows %segment : tensor<1x?x8xf32>
    %first = tensor.extract %mean[%c0, %c0, %c0] : tensor<1x1x8xf32>
    %q = attention.split_heads %segment heads(1) : tensor<1x?x8xf32>
    %oh = attention.attend #attention.softmax %q, %q, %q mask(#attention.causal) score {
    ^bb0(%s: f32, %batch: index, %head: index, %query: index, %key: index):
      %t = arith.mulf %s, %first : f32
      attention.yield %t : f32
    } : tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>, tensor<1x1x?x8xf32>
    %o = attention.merge_heads %oh : tensor<1x1x?x8xf32>
    attention.yield %o : tensor<1x?x8xf32>
  } : (tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
  return %y : tensor<1x?x8xf32>
}

// -----

// A memory of up to six rows is the front of a state of as many; how many they are follows from the segments so far.
// CHECK-LABEL: func.func private @memory_grows.step(
// CHECK-SAME: %[[KEPT:[a-z0-9]+]]: tensor<1x6x8xf32> {attention.state = 1 : i64})
// CHECK: %[[SEGMENTS:.*]] = arith.divui
// CHECK: %[[OPENED:.*]] = tensor.insert_slice %{{.*}} into %[[KEPT]][0, 0, 0]
// CHECK: %[[ROWS:.*]] = scf.for %{{.*}} to %[[SEGMENTS]] step %{{.*}} iter_args(%{{.*}} = %{{.*}}) -> (index)
// CHECK: %[[MEMORY:.*]] = tensor.extract_slice %[[OPENED]][0, 0, 0] [1, %[[ROWS]], 8]
// CHECK: %{{.*}}, %[[LAST:.*]] = attention.segments %{{.*}} carry(%[[MEMORY]]) length(4)
// CHECK: %[[AFTER:.*]] = tensor.insert_slice %[[LAST]] into %[[OPENED]]
// CHECK: return %{{.*}}, %{{.*}}, %[[AFTER]]
func.func @memory_grows(%x: tensor<1x?x8xf32> {attention.tokens = 1 : i64}, %m: tensor<1x1x8xf32>) -> (tensor<1x?x8xf32> {attention.tokens = 1 : i64}) {
  %c1 = arith.constant 1 : index
  %c6 = arith.constant 6 : index
  %y, %last = attention.segments %x carry(%m) length(4) {
  ^bb0(%segment: tensor<1x?x8xf32>, %memory: tensor<1x?x8xf32>):
    %seen = tensor.concat dim(1) %memory, %segment : (tensor<1x?x8xf32>, tensor<1x?x8xf32>) -> tensor<1x?x8xf32>
    %rows = tensor.dim %seen, %c1 : tensor<1x?x8xf32>
    %kept = arith.minsi %rows, %c6 : index
    %next = tensor.extract_slice %seen[0, 0, 0] [1, %kept, 8] [1, 1, 1] : tensor<1x?x8xf32> to tensor<1x?x8xf32>
    attention.yield %segment, %next : tensor<1x?x8xf32>, tensor<1x?x8xf32>
  } : (tensor<1x?x8xf32>, tensor<1x1x8xf32>) -> (tensor<1x?x8xf32>, tensor<1x?x8xf32>)
  return %y : tensor<1x?x8xf32>
}

// -----

// CHECK-LABEL: func.func @nothing_in_layers(
// CHECK-SAME: 'scf.for' keeps a state without elements"
func.func @nothing_in_layers(%x: tensor<0x2x?x4xf32> {attention.tokens = 2 : i64}) -> (tensor<0x2x?x4xf32> {attention.tokens = 2 : i64}) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c5 = arith.constant 5 : index
  %o = scf.for %i = %c0 to %c5 step %c1 iter_args(%p = %x) -> tensor<0x2x?x4xf32> {
    %a = attention.attend #attention.softmax %p, %p, %p mask(#attention.causal) : tensor<0x2x?x4xf32>, tensor<0x2x?x4xf32>, tensor<0x2x?x4xf32>
    scf.yield %a : tensor<0x2x?x4xf32>
  }
  return %o : tensor<0x2x?x4xf32>
}
