include "dialect/variants/Variant.td"

def Attention_Softmax : Attention_TiledVariant<"Softmax", "softmax"> {
  let summary = "values weighted by the softmax of the scores";
  let description = [{
    Partial: row maximum m, row sum l of exp(s - m), accumulator of exp(s - m) v
    (online softmax: Milakov and Gimelshein, arXiv 1805.02867; Dao et al., arXiv
    2205.14135). `join` rescales both sides to the common maximum; a sink joins
    the sum in `finish`, so that splitting does not count it twice.

    ```mlir
    #variant = #attention.softmax
    ```
  }];
}
