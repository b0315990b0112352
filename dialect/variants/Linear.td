include "dialect/variants/Variant.td"
include "mlir/IR/EnumAttr.td"

def Attention_Feature : I32EnumAttr<"Feature", "map of queries and keys", [
    I32EnumAttrCase<"Identity", 0, "identity">, I32EnumAttrCase<"Elu1", 1, "elu1">,
    I32EnumAttrCase<"Exp", 2, "exp">, I32EnumAttrCase<"Relu", 3, "relu">]> {
  let cppNamespace = "::attention";
  let genSpecializedAttr = 0;
}

def Attention_Normalizer : I32EnumAttr<"Normalizer", "what the sum is divided by", [
    I32EnumAttrCase<"None", 0, "none">, I32EnumAttrCase<"Keys", 1, "keys">,
    I32EnumAttrCase<"Count", 2, "count">]> {
  let cppNamespace = "::attention";
  let genSpecializedAttr = 0;
}

def Attention_Linear : Attention_ScannedAndTiledVariant<"Linear", "linear", ["recurs"]> {
  let summary = "values weighted by <f(scale q), f(k)>, with decay";
  let description = [{
    S_t = diag(exp(decay_t)) S_{t-1} + f(k_t) v_t^T, o_t = f(scale q_t) S_t
    (Katharopoulos et al., arXiv 2006.16236; with a decay per head retention,
    arXiv 2307.08621; per token Mamba-2, arXiv 2405.21060; per channel gated
    linear attention, arXiv 2312.06635). `feature` is f: `identity`, `elu1`
    (elu(x) + 1), `exp` or `relu`. `normalizer` is what o_t is divided by: `none`,
    `keys` (f(scale q_t) times the same recurrence over keys alone) or `count`
    (the number of keys seen).

    ```mlir
    #variant = #attention.linear<feature = elu1, normalizer = keys>
    ```
  }];
  let parameters = (ins
    DefaultValuedParameter<"::attention::Feature", "::attention::Feature::Identity">:$feature,
    DefaultValuedParameter<"::attention::Normalizer", "::attention::Normalizer::None">:$normalizer);
  let assemblyFormat = "(`<` struct($feature, $normalizer)^ `>`)?";
}
