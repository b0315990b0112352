include "dialect/variants/Variant.td"

def Attention_Relu : Attention_TiledVariant<"Relu", "relu"> {
  let summary = "values weighted by max(score, 0) to the power of 1 or 2, not normalised";
  let description = [{
    Partial: the accumulator alone; `join` adds.

    ```mlir
    #variant = #attention.relu<power = 2>
    ```
  }];
  let parameters = (ins DefaultValuedParameter<"int64_t", "1">:$power);
  let assemblyFormat = "(`<` struct($power)^ `>`)?";
  let genVerifyDecl = 1;
}
