//===- What a mask must say ----------------------------------------------===//

#ifndef ATTENTION_MASK_INTERFACE
#define ATTENTION_MASK_INTERFACE

include "mlir/IR/OpBase.td"

def Attention_MaskInterface : AttrInterface<"MaskInterface"> {
  let cppNamespace = "::attention";
  let description = [{
    Which keys a query sees, by their positions alone. From the first four
    answers the compiler derives loop bounds, the tiles to skip, and the tiles
    that need no mask arithmetic; from the last three, whether a function can be
    fed in pieces, whether a memory of all that came before is enough, and for
    how long keys have to stay.
    Positions are `index` values and may be negative.

    `some` and `all` may err on one side only: `some` may say true of a tile of
    which nothing is seen, `all` may say false of a tile that is seen whole. The
    last three may say false, or nothing, of a mask of which they hold.
  }];
  let methods = [
    InterfaceMethod<"Whether the query sees the key: i1, or a vector of i1 when"
                    " the positions are vectors (of one shape).",
      "::mlir::Value", "sees", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "::mlir::Value":$query, "::mlir::Value":$key)>,
    InterfaceMethod<"Whether any query of the tile may see any key of it (i1).",
      "::mlir::Value", "some", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "const ::attention::TileSpan &":$tile)>,
    InterfaceMethod<"Whether every query of the tile sees every key of it (i1).",
      "::mlir::Value", "all", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "const ::attention::TileSpan &":$tile)>,
    InterfaceMethod<"Outside of this range no query between `first` and `last`"
                    " sees a key; a null bound does not bound.",
      "::attention::KeyRange", "range", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "::mlir::Value":$first, "::mlir::Value":$last)>,
    InterfaceMethod<"Whether no query sees a key behind its own position.",
      "bool", "hidesFuture", (ins), "", "return false;">,
    InterfaceMethod<"Whether every query sees every key up to its own position.",
      "bool", "showsPast", (ins), "", "return false;">,
    InterfaceMethod<"How many keys up to its own position a query sees at most,"
                    " its own included: none further back. Nothing where there"
                    " is no such number.",
      "std::optional<int64_t>", "reach", (ins), "", "return std::nullopt;">
  ];
  let extraClassDeclaration = [{
    /// Whether a query sees the keys up to its own position, and no others.
    bool isCausal() { return hidesFuture() && showsPast(); }
  }];
}

#endif // ATTENTION_MASK_INTERFACE
