//===- The attention dialect: base classes -------------------------------===//

#ifndef ATTENTION_DIALECT
#define ATTENTION_DIALECT

include "mlir/IR/AttrTypeBase.td"
include "mlir/IR/DialectBase.td"
include "mlir/IR/OpBase.td"

def Attention_Dialect : Dialect {
  let name = "attention";
  let cppNamespace = "::attention";
  let summary = "attention as a fold over keys";
  let description = [{
    Models are written with `attention.attend`, glue around it (projections,
    norms, rotary positions) and upstream `arith`, `math`, `tensor` and `linalg`
    on tensors. A *variant* (`#attention.softmax`, ...) says what a fold over
    keys gathers, a *mask* (`#attention.causal`, ...) which keys a query sees.
    One level below, `attention.visit`, `join`, `finish` and `advance` work on
    opaque states, so that a key range can be streamed, split and continued.
  }];
  let useDefaultAttributePrinterParser = 1;
  let useDefaultTypePrinterParser = 1;
  let hasOperationAttrVerify = 1;
  let hasRegionArgAttrVerify = 1;
  let hasRegionResultAttrVerify = 1;
  let dependentDialects = [
    "::mlir::arith::ArithDialect", "::mlir::math::MathDialect",
    "::mlir::tensor::TensorDialect", "::mlir::vector::VectorDialect"
  ];
  let extraClassDeclaration = [{
    void registerAttributes();
    void registerTypes();
  }];
}

class Attention_Attr<string name, string attrMnemonic, list<Trait> traits = []>
    : AttrDef<Attention_Dialect, name, traits> {
  let mnemonic = attrMnemonic;
}

class Attention_Type<string name, string typeMnemonic>
    : TypeDef<Attention_Dialect, name> {
  let mnemonic = typeMnemonic;
}

class Attention_Op<string mnemonic, list<Trait> traits = []>
    : Op<Attention_Dialect, mnemonic, traits>;

/// Element types that attention computes with.
def Attention_Float : AnyTypeOf<[F16, BF16, F32, F64]>;

class Attention_Tensor<list<int> ranks>
    : TensorRankOf<[Attention_Float], ranks>;

/// `[batch, heads, rows, columns]`
def Attention_Heads : Attention_Tensor<[4]>;
/// Any rank of one and up.
def Attention_Rows : RankedTensorOf<[Attention_Float]>;

#endif // ATTENTION_DIALECT
