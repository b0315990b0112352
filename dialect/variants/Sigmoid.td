include "dialect/variants/Variant.td"

def Attention_Sigmoid : Attention_TiledVariant<"Sigmoid", "sigmoid"> {
  let summary = "values weighted by the sigmoid of the scores, not normalised";
  let description = [{
    Partial: the accumulator alone; `join` adds (Ramapuram et al., arXiv
    2409.04431).

    ```mlir
    #variant = #attention.sigmoid
    ```
  }];
}
