//===- The class of all variants -----------------------------------------===//

#ifndef ATTENTION_VARIANT
#define ATTENTION_VARIANT

include "dialect/Attention.td"
include "dialect/VariantInterface.td"

/// `answers`: the questions of the interface that the variant answers itself.
class Attention_Variant<string name, string mnemonic, list<string> answers = [],
                        list<Trait> traits = []>
    : Attention_Attr<name, mnemonic,
        [DeclareAttrInterfaceMethods<Attention_VariantInterface, answers>] # traits>;

/// A variant that can be compiled.
class Attention_TiledVariant<string name, string mnemonic>
    : Attention_Variant<name, mnemonic, [],
        [DeclareAttrInterfaceMethods<Attention_TiledVariantInterface>]>;

/// A variant that can be compiled as a memory.
class Attention_ChunkedVariant<string name, string mnemonic, list<string> answers = [],
                               list<Trait> traits = []>
    : Attention_Variant<name, mnemonic, answers,
        [DeclareAttrInterfaceMethods<Attention_ChunkedVariantInterface>] # traits>;

/// A variant that can be compiled as a memory, also one that spans of tokens are told of at the same time.
/// `spans`: the questions of that interface that it answers itself.
class Attention_ScannedVariant<string name, string mnemonic, list<string> answers = [],
                               list<string> spans = [], list<Trait> traits = []>
    : Attention_ChunkedVariant<name, mnemonic, answers,
        [DeclareAttrInterfaceMethods<Attention_ScannedVariantInterface, spans>] # traits>;

/// The same, and as a fold over whatever keys are seen.
class Attention_ScannedAndTiledVariant<string name, string mnemonic, list<string> answers = []>
    : Attention_ScannedVariant<name, mnemonic, answers,
        ["emptySummary", "summarize", "apply", "transitionColumns"],
        [DeclareAttrInterfaceMethods<Attention_TiledVariantInterface>]>;

#endif // ATTENTION_VARIANT
