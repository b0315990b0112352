include "dialect/variants/Variant.td"

def Attention_Custom : Attention_Variant<"Custom", "custom", ["verifySymbols"],
    [DeclareAttrInterfaceMethods<Attention_TiledVariantInterface, ["resolve", "isResolved"]>]> {
  let summary = "a variant in the user's own words";
  let description = [{
    What the `attention.variant` of this name says.

    ```mlir
    #variant = #attention.custom<@quiet>
    ```

    States carry its scalars' types beside the name: `#attention.custom<@quiet, [f32, f32]>`.
    Partial: a tile of one value per row for each scalar, whether the row has seen a key, and the
    accumulator. Where `compose` is, scalar by scalar, a maximum, a minimum or a sum that is rescaled
    by what the maxima are (as softmax is), a tile of keys is reduced at once; else key after key.
  }];
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$name,
                        OptionalParameter<"::mlir::ArrayAttr">:$state);
  let assemblyFormat = "`<` $name (`,` $state^)? `>`";
}
