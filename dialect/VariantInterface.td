//===- What a variant must say -------------------------------------------===//

#ifndef ATTENTION_VARIANT_INTERFACE
#define ATTENTION_VARIANT_INTERFACE

include "mlir/IR/OpBase.td"

def Attention_VariantInterface : AttrInterface<"VariantInterface"> {
  let cppNamespace = "::attention";
  let description = [{
    A way of attending, as a model names it: which clauses and masks it goes
    with. What it computes is said by the interpreter, and by the interfaces
    that derive from this one.
  }];
  let methods = [
    InterfaceMethod<"Whether `attend` and `visit` accept this clause.",
      "bool", "accepts", (ins "::attention::Clause":$clause)>,
    InterfaceMethod<"Whether scores are scaled by 1/sqrt(d) unless `scale` is given.",
      "bool", "scalesByHeadSize">,
    InterfaceMethod<"Whether `attend` must be given this clause.",
      "bool", "needs", (ins "::attention::Clause":$clause), "", "return false;">,
    InterfaceMethod<"Whether the order of keys matters, so that a query sees its"
                    " past or all there is: the mask is `causal` or absent."
                    " `decays`: with the clause `decay`.",
      "bool", "recurs", (ins "bool":$decays), "", "return false;">,
    InterfaceMethod<"Checks the symbols that the variant names, for `op` whose"
                    " scores are of type `score`.",
      "::llvm::LogicalResult", "verifySymbols", (ins "::mlir::Operation *":$op,
      "::mlir::SymbolTableCollection &":$symbols, "::mlir::FloatType":$score),
      "", "return ::mlir::success();">
  ];
}

def Attention_TiledVariantInterface
    : AttrInterface<"TiledVariantInterface", [Attention_VariantInterface]> {
  let cppNamespace = "::attention";
  let description = [{
    A way of attending as a fold over keys, in tiles: what can be compiled. It
    says what one tile of queries gathers (the *partial*), what the past leaves
    for later queries (the *carry*), and how both change with a tile of keys.
    All values are tiles (`docs/tile-level.md`), so a variant is written once
    for all targets.

    Laws, checked by one parameterised test: `join` is associative and
    `emptyPartial` its unit; `finish(emptyPartial)` is zeros; visiting a key
    range at once, in tiles, or split and joined gives the same.
  }];
  let methods = [
    InterfaceMethod<"The tiles that make up a partial.",
      "::llvm::SmallVector<::mlir::Type>", "partialTypes",
      (ins "const ::attention::PartialShape &":$shape)>,
    InterfaceMethod<"The tiles that make up a carry: none if later queries need"
                    " the keys and values themselves.",
      "::llvm::SmallVector<::mlir::Type>", "carryTypes",
      (ins "const ::attention::PartialShape &":$shape)>,
    InterfaceMethod<"The partial that has seen nothing.",
      "::attention::State", "emptyPartial", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "const ::attention::PartialShape &":$shape)>,
    InterfaceMethod<"The carry of no past.",
      "::attention::State", "emptyCarry", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "const ::attention::PartialShape &":$shape)>,
    InterfaceMethod<"`partial` after one more tile of keys.",
      "::attention::State", "visit", (ins "::attention::Visit &":$visit,
      "::mlir::ValueRange":$carry, "::mlir::ValueRange":$partial)>,
    InterfaceMethod<"`carry` after one more tile of keys.",
      "::attention::State", "advance", (ins "::attention::Visit &":$visit,
      "::mlir::ValueRange":$carry)>,
    InterfaceMethod<"The partial of two neighbouring key ranges.",
      "::attention::State", "join", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "::mlir::ValueRange":$first,
      "::mlir::ValueRange":$second)>,
    InterfaceMethod<"Output tile, and log-sum-exp per row where the variant has"
                    " one. `sink` is a logit (scalar) or null.",
      "::attention::ReadOut", "finish", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "::mlir::ValueRange":$partial,
      "::mlir::Value":$sink)>,
    InterfaceMethod<"The variant as states carry it: with all that the types of"
                    " its tiles need of the symbols it names. Failure, after a"
                    " diagnostic at `op`, where these have no tiles.",
      "::llvm::FailureOr<::attention::TiledVariantInterface>", "resolve",
      (ins "::mlir::Operation *":$op), "", "return ::attention::TiledVariantInterface($_attr);">,
    InterfaceMethod<"Whether it is as states carry it.", "bool", "isResolved",
      (ins), "", "return true;">
  ];
}

def Attention_ChunkedVariantInterface
    : AttrInterface<"ChunkedVariantInterface", [Attention_VariantInterface]> {
  let cppNamespace = "::attention";
  let description = [{
    A way of attending whose past is a memory of constant size, in chunks of
    tokens: each costs the same however long the past is. Compiled where queries
    see their past (`causal`) or all there is (no mask).

    Laws: stepping through a range of tokens at once, or in chunks of any sizes,
    gives the same; a chunk without keys leaves the memory as it is.
  }];
  let methods = [
    InterfaceMethod<"The tiles and scalars that make up the memory.",
      "::llvm::SmallVector<::mlir::Type>", "memoryTypes",
      (ins "const ::attention::MemoryShape &":$shape)>,
    InterfaceMethod<"The memory of no past.",
      "::attention::State", "emptyMemory", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "const ::attention::MemoryShape &":$shape)>,
    InterfaceMethod<"What the queries of a chunk read from the memory and from"
                    " the keys of the chunk up to their own, and the memory"
                    " after it. One method for both, as they share most of"
                    " their work.",
      "::attention::Step", "step", (ins "::attention::Chunk &":$chunk,
      "::mlir::ValueRange":$memory)>
  ];
}

def Attention_ScannedVariantInterface
    : AttrInterface<"ScannedVariantInterface", [Attention_ChunkedVariantInterface]> {
  let cppNamespace = "::attention";
  let description = [{
    A memory of which can be told what a range of tokens does to it, whatever it
    held before (the *summary* of the range): so ranges can be gone through at
    the same time, and only their summaries one after another.

    Laws: the summary of no tokens leaves a memory as it is; that of a range,
    applied to the memory before it, gives the memory after it, up to rounding.

    What is not said otherwise is so for a memory of one matrix whose step is
    linear in it and in the values: the summary is the matrix that its tokens
    leave of no past, and what a step without values makes of the identity.
  }];
  let methods = [
    InterfaceMethod<"The summary of no tokens. Its tiles are those of all"
                    " summaries.",
      "::attention::State", "emptySummary", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "const ::attention::MemoryShape &":$shape), "",
      "return ::attention::emptyTransition($_attr, builder, loc, shape);">,
    InterfaceMethod<"`summary` after one more chunk.",
      "::attention::State", "summarize", (ins "::attention::Chunk &":$chunk,
      "::mlir::ValueRange":$summary), "",
      "return ::attention::summarizeTransition($_attr, chunk, summary);">,
    InterfaceMethod<"The memory after the tokens of a summary.",
      "::attention::State", "apply", (ins "::mlir::OpBuilder &":$builder,
      "::mlir::Location":$loc, "::mlir::ValueRange":$memory,
      "::mlir::ValueRange":$summary), "",
      "return ::attention::applyTransition(builder, loc, memory, summary);">,
    InterfaceMethod<"Columns of matrices `(d, ...)` that a summary holds beside"
                    " the memory that its tokens leave of no past: what going on"
                    " with it costs.",
      "int64_t", "transitionColumns", (ins "int64_t":$features), "",
      "return features;">
  ];
}

#endif // ATTENTION_VARIANT_INTERFACE
