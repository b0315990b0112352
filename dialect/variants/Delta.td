include "dialect/variants/Variant.td"

def Attention_Delta : Attention_ScannedVariant<"Delta", "delta", ["recurs"]> {
  let summary = "a memory in which each key's value is replaced";
  let description = [{
    S' = diag(exp(decay_t)) S_{t-1}, S_t = S' + beta_t k_t (v_t - k_t . S')^T,
    o_t = scale q_t S_t (DeltaNet: Yang et al., arXiv 2406.06484; gated, with
    `decay`: arXiv 2412.06464).

    ```mlir
    #variant = #attention.delta
    ```
  }];
}
