//===- Recurrence along depth --------------------------------------------===//

#ifndef ATTENTION_EVOLVE_OP
#define ATTENTION_EVOLVE_OP

include "dialect/Attention.td"
include "mlir/IR/EnumAttr.td"
include "mlir/Interfaces/SideEffectInterfaces.td"

def Attention_Method : I32EnumAttr<"Method", "integrator", [
    I32EnumAttrCase<"Euler", 0, "euler">, I32EnumAttrCase<"Heun", 1, "heun">,
    I32EnumAttrCase<"Rk4", 2, "rk4">, I32EnumAttrCase<"Plain", 3, "plain">,
    I32EnumAttrCase<"DampedEuler", 4, "damped_euler">,
    I32EnumAttrCase<"Presymplectic", 5, "presymplectic">,
    I32EnumAttrCase<"Exponential", 6, "exponential">,
    I32EnumAttrCase<"AdamsBashforth", 7, "adams_bashforth">]> {
  let cppNamespace = "::attention";
}

def Attention_Sphere : Attention_Attr<"Sphere", "sphere"> {
  let summary = "rows of length 1";
  let description = [{
    ```mlir
    #manifold = #attention.sphere
    ```
  }];
}

/// A number that is 0 where it is not written.
def Attention_Number : DefaultValuedParameter<"::llvm::APFloat", "::llvm::APFloat(0.0)"> {
  let comparator = "$_lhs.bitwiseIsEqual($_rhs)";
  let parser = [{[&]() -> ::mlir::FailureOr<::llvm::APFloat> {
    double number;
    if ($_parser.parseFloat(number))
      return ::mlir::failure();
    return ::llvm::APFloat(number);
  }()}];
  let printer = "$_printer.printFloat($_self)";
}

def Attention_Damping : Attention_Attr<"Damping", "damping"> {
  let summary = "friction that grows less with time";
  let description = [{
    eta(t) = log * ln(t / start) + linear * t; its rate is alpha(t) = log / t +
    linear. Time starts at `start`. All are 0 unless given.

    ```mlir
    #damping = #attention.damping<log = 3.0, linear = 0.5, start = 1.0>
    ```
  }];
  let parameters = (ins Attention_Number:$log, Attention_Number:$linear, Attention_Number:$start);
  let assemblyFormat = "(`<` struct($log, $linear, $start)^ `>`)?";
  let genVerifyDecl = 1;
}

def Attention_OnManifold : Attr<CPred<"::llvm::isa<::attention::SphereAttr>($_self)">, "a manifold"> {
  let storageType = "::mlir::Attribute";
  let returnType = "::mlir::Attribute";
  let convertFromStorage = "$_self";
}
def Attention_WithDamping : Attr<CPred<"::llvm::isa<::attention::DampingAttr>($_self)">, "a damping"> {
  let storageType = "::mlir::Attribute";
  let returnType = "::attention::DampingAttr";
  let convertFromStorage = "::llvm::cast<::attention::DampingAttr>($_self)";
}

def Attention_EvolveOp : Attention_Op<"evolve", [
    RecursiveMemoryEffects, SingleBlock, AttrSizedOperandSegments]> {
  let summary = "steps of an integrator whose velocity is a layer";
  let description = [{
    Moves the points x, and with them their momenta y, by `steps` steps of a
    `method`. F is the region `velocity`, G the region `force`; both take the
    points, the number of the step, and the time, and give the rate of x and of
    y. Time starts at 0, or at the damping's `start`, and grows by the step h. Two
    steps are one for x and one for y; time grows by the former.

    With s = exp(eta(t) - eta(t + h)), and all of (x, y, t) old but where said:

    | method | one step |
    |---|---|
    | `euler` | x + h F |
    | `heun` | k = F; x + h/2 (k + F(x + h k, t + h)) |
    | `rk4` | the classical four stages |
    | `plain` | y + h G; x + h F |
    | `damped_euler` | y + h (G - alpha(t) y); x + h F |
    | `presymplectic` | y' = s (y + h G); x + h F(x, y') |
    | `exponential` | s y + (1 - s) h / (eta(t + h) - eta(t)) G, the fraction being h where the difference is 0; x + h F |
    | `adams_bashforth` | x + h (3/2 F - 1/2 of the F before), y likewise with G - alpha y; the first step is `damped_euler` |

    On the sphere each rate u at p loses its part along p, u - p (p . u), and
    each new point, of stages too, is divided by its length; a row of zeros stays.

    ```mlir
    %end = attention.evolve %x steps(4) step(0.5) method(heun) on(#attention.sphere) velocity {
    ^bb0(%p: tensor<1x5x4xf32>, %layer: index, %time: f32):
      %f = attention.project %p, %w : tensor<1x5x4xf32>, tensor<4x4xf32>
      attention.yield %f : tensor<1x5x4xf32>
    } : (tensor<1x5x4xf32>) -> tensor<1x5x4xf32>
    ```

    Constraints:
    - (C1) `steps` is 1 or more.
    - (C2) `step` is one number, or one value, or one for x and one for y.
    - (C3) `euler`, `heun` and `rk4` move x alone, by a velocity; the other
      methods move x and y, by a velocity and a force.
    - (C4) `on` goes with x alone.
    - (C5) The regions take the points, an index and a time, an f32 or f64;
      `velocity` yields a rate of the type of x, `force` of y.
    - (C6) The results have the types of the points, which are of rank 1 or more.
  }];
  let arguments = (ins Variadic<Attention_Rows>:$points,
    Variadic<AnyTypeOf<[F32, F64]>>:$step_values,
    I64Attr:$steps, OptionalAttr<F64Attr>:$step, Attention_Method:$method,
    OptionalAttr<Attention_OnManifold>:$manifold,
    OptionalAttr<Attention_WithDamping>:$damping);
  let regions = (region SizedRegion<1>:$velocity, MaxSizedRegion<1>:$force);
  let results = (outs Variadic<Attention_Rows>:$ends);
  let assemblyFormat = [{
    $points `steps` `(` $steps `)`
    `step` `(` custom<Step>($step, $step_values, type($step_values)) `)`
    `method` `(` $method `)`
    oilist(
      `on` `(` $manifold `)`
    | `damping` `(` $damping `)`
    ) `velocity` $velocity (`force` $force^)? attr-dict
    `:` functional-type($points, results)
  }];
  let hasVerifier = 1;
  let hasRegionVerifier = 1;
}

#endif // ATTENTION_EVOLVE_OP
