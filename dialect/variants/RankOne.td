include "dialect/variants/Variant.td"

def Attention_RankOne : Attention_ScannedVariant<"RankOne", "rank_one", ["recurs", "needs"]> {
  let summary = "a memory that changes by a diagonal and a rank-one matrix";
  let description = [{
    S_t = diag(exp(decay_t)) S_{t-1} + replace_t (remove_t . S_{t-1}) + k_t v_t^T,
    o_t = scale q_t S_t (RWKV-7: Peng et al., arXiv 2503.14456).

    ```mlir
    #variant = #attention.rank_one
    ```
  }];
}
