//===- A variant in the user's own words ---------------------------------===//

#ifndef ATTENTION_VARIANT_OP
#define ATTENTION_VARIANT_OP

include "dialect/Attention.td"
include "mlir/IR/RegionKindInterface.td"
include "mlir/IR/SymbolInterfaces.td"

def Attention_VariantOp : Attention_Op<"variant", [
    IsolatedFromAbove, Symbol, SingleBlock]> {
  let summary = "a variant in the user's own words";
  let description = [{
    A fold over the scores of the keys that a query sees, with a state of a few
    scalars for each query, and beside it an accumulator of weighted values.
    `lift` gives the state of one score and the weight of its value relative to
    that state. `compose` joins the states of two neighbouring ranges of keys
    and gives the factors by which their two accumulators scale; it must be
    associative, and `identity` its unit. `finish` gives the factor from
    accumulator to output. `#attention.custom` names it.

    ```mlir
    attention.variant @sum state [f32] identity {
      %z = arith.constant 0.0 : f32
      attention.yield %z : f32
    } lift {
    ^bb0(%s: f32):
      attention.yield %s, %s : f32, f32
    } compose {
    ^bb0(%a: f32, %b: f32):
      %one = arith.constant 1.0 : f32
      %c = arith.addf %a, %b : f32
      attention.yield %c, %one, %one : f32, f32, f32
    } finish {
    ^bb0(%a: f32):
      %one = arith.constant 1.0 : f32
      %f = arith.divf %one, %a : f32
      attention.yield %f : f32
    }
    ```

    Constraints:
    - (C1) `state` is one or more types of floats or integers.
    - (C2) `identity` takes nothing and yields a state.
    - (C3) `lift` takes a score, an f32 or f64, and yields a state and a weight,
      which is of the score's type.
    - (C4) `compose` takes two states and yields one and two weights.
    - (C5) `finish` takes a state and yields a weight.
    - (C6) Every op of the regions is free of side effects.
  }];
  let arguments = (ins SymbolNameAttr:$sym_name, TypeArrayAttr:$state);
  let regions = (region SizedRegion<1>:$identity, SizedRegion<1>:$lift,
                        SizedRegion<1>:$compose, SizedRegion<1>:$finish);
  let assemblyFormat = [{
    $sym_name `state` $state `identity` $identity `lift` $lift
    `compose` $compose `finish` $finish attr-dict
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
  let extraClassDeclaration = [{
    /// The type of the scores that `lift` takes, and of weights.
    ::mlir::Type getScoreType() { return getLift().getArgument(0).getType(); }
    /// What nothing names does nothing.
    bool canDiscardOnUseEmpty() { return true; }
  }];
}

#endif // ATTENTION_VARIANT_OP
