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

/// A variant that can be compiled as a memory, and as a fold over whatever keys are seen.
class Attention_ChunkedAndTiledVariant<string name, string mnemonic, list<string> answers = []>
    : Attention_ChunkedVariant<name, mnemonic, answers,
        [DeclareAttrInterfaceMethods<Attention_TiledVariantInterface>]>;

#endif // ATTENTION_VARIANT
