include "dialect/variants/Variant.td"
include "mlir/IR/EnumAttr.td"

def Attention_ValueForm : I32EnumAttr<"ValueForm", "what values hold", [
    I32EnumAttrCase<"Linear", 0, "linear">, I32EnumAttrCase<"Log", 1, "log">]> {
  let cppNamespace = "::attention";
  let genSpecializedAttr = 0;
}

def Attention_LogExp : Attention_ScannedAndTiledVariant<"LogExp", "log_exp"> {
  let summary = "values weighted by sum_c exp(q_c + k_c), normalised";
  let description = [{
    Softmax over the logarithm of <exp q, exp k> (Heinsen, arXiv 2404.05843),
    which costs the same for each token however long the past is. With `values =
    log` the values hold logarithms, and so does the result.

    ```mlir
    #variant = #attention.log_exp<values = log>
    ```
  }];
  let parameters = (ins
    DefaultValuedParameter<"::attention::ValueForm", "::attention::ValueForm::Linear">:$values);
  let assemblyFormat = "(`<` struct($values)^ `>`)?";
}
