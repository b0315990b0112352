//===- Masks and types; the variants have files of their own -------------===//

#ifndef ATTENTION_ATTRIBUTES
#define ATTENTION_ATTRIBUTES

include "dialect/Attention.td"
include "dialect/MaskInterface.td"
include "dialect/VariantInterface.td"

/// `answers`: the questions with a default that the mask answers itself.
class Attention_Mask<string name, string mnemonic, list<string> answers = []>
    : Attention_Attr<name, mnemonic, [DeclareAttrInterfaceMethods<Attention_MaskInterface, answers>]>;

def Attention_CausalMask : Attention_Mask<"CausalMask", "causal", ["hidesFuture", "showsPast"]> {
  let summary = "a query sees the keys up to its own position";
  let description = [{
    ```mlir
    #mask = #attention.causal
    ```
  }];
}

def Attention_WindowMask : Attention_Mask<"WindowMask", "window", ["reach"]> {
  let summary = "query - key < width";
  let description = [{
    Keys after the query are seen as well: combine with `causal` for a sliding window.

    ```mlir
    #mask = #attention.all<[#attention.causal, #attention.window<256>]>
    ```
  }];
  let parameters = (ins "int64_t":$width);
  let assemblyFormat = "`<` $width `>`";
  let genVerifyDecl = 1;
}

def Attention_BandMask : Attention_Mask<"BandMask", "band", ["hidesFuture", "reach"]> {
  let summary = "-right <= query - key <= left";
  let description = [{
    ```mlir
    #mask = #attention.band<128, 128>
    ```
  }];
  let parameters = (ins "int64_t":$left, "int64_t":$right);
  let assemblyFormat = "`<` $left `,` $right `>`";
  let genVerifyDecl = 1;
}

def Attention_PrefixMask : Attention_Mask<"PrefixMask", "prefix"> {
  let summary = "key < length";
  let description = [{
    ```mlir
    #mask = #attention.any<[#attention.causal, #attention.prefix<32>]>
    ```
  }];
  let parameters = (ins "int64_t":$length);
  let assemblyFormat = "`<` $length `>`";
  let genVerifyDecl = 1;
}

def Attention_DilatedMask : Attention_Mask<"DilatedMask", "dilated"> {
  let summary = "(query - key) mod stride = 0";
  let description = [{
    ```mlir
    #mask = #attention.dilated<4>
    ```
  }];
  let parameters = (ins "int64_t":$stride);
  let assemblyFormat = "`<` $stride `>`";
  let genVerifyDecl = 1;
}

def Attention_AllMask : Attention_Mask<"AllMask", "all", ["hidesFuture", "showsPast", "reach"]> {
  let summary = "seen by every one of the masks";
  let description = [{
    ```mlir
    #mask = #attention.all<[#attention.causal, #attention.dilated<2>]>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"::attention::MaskInterface">:$masks);
  let assemblyFormat = "`<` `[` $masks `]` `>`";
  let genVerifyDecl = 1;
}

def Attention_AnyMask : Attention_Mask<"AnyMask", "any", ["hidesFuture", "showsPast", "reach"]> {
  let summary = "seen by at least one of the masks";
  let description = [{
    ```mlir
    #mask = #attention.any<[#attention.window<5>, #attention.prefix<2>]>
    ```
  }];
  let parameters = (ins ArrayRefParameter<"::attention::MaskInterface">:$masks);
  let assemblyFormat = "`<` `[` $masks `]` `>`";
  let genVerifyDecl = 1;
}

def Attention_NotMask : Attention_Mask<"NotMask", "not"> {
  let summary = "seen where the mask does not see";
  let description = [{
    ```mlir
    #mask = #attention.not<#attention.causal>
    ```
  }];
  let parameters = (ins "::attention::MaskInterface":$mask);
  let assemblyFormat = "`<` $mask `>`";
}

def Attention_PartialType : Attention_Type<"Partial", "partial"> {
  let summary = "what queries have gathered from a range of keys";
  let description = [{
    The variant, and the type of what `finish` reads out of it. In tiled code the
    type is that of one query tile, `tensor<64x64xf32>`.

    ```mlir
    !partial = !attention.partial<#attention.softmax, tensor<1x8x?x64xf32>>
    ```
  }];
  let parameters = (ins "::attention::TiledVariantInterface":$variant,
                        "::mlir::RankedTensorType":$output);
  let assemblyFormat = "`<` $variant `,` $output `>`";
  let genVerifyDecl = 1;
}

def Attention_CarryType : Attention_Type<"Carry", "carry"> {
  let summary = "what a range of keys leaves for later queries";
  let description = [{
    The variant, and `[batch, heads, d, e]`. For variants that need the keys and
    values themselves (softmax, sigmoid, relu) a carry is empty.

    ```mlir
    !carry = !attention.carry<#attention.softmax, tensor<1x8x64x64xf32>>
    ```
  }];
  let parameters = (ins "::attention::TiledVariantInterface":$variant,
                        "::mlir::RankedTensorType":$shape);
  let assemblyFormat = "`<` $variant `,` $shape `>`";
  let genVerifyDecl = 1;
}

#endif // ATTENTION_ATTRIBUTES
