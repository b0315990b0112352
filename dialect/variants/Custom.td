include "dialect/variants/Variant.td"

def Attention_Custom : Attention_Variant<"Custom", "custom", ["verifySymbols"]> {
  let summary = "a variant in the user's own words";
  let description = [{
    What the `attention.variant` of this name says.

    ```mlir
    #variant = #attention.custom<@quiet>
    ```
  }];
  let parameters = (ins "::mlir::FlatSymbolRefAttr":$name);
  let assemblyFormat = "`<` $name `>`";
}
