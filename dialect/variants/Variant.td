//===- The class of all variants -----------------------------------------===//

#ifndef ATTENTION_VARIANT
#define ATTENTION_VARIANT

include "dialect/Attention.td"
include "dialect/VariantInterface.td"

class Attention_Variant<string name, string mnemonic>
    : Attention_Attr<name, mnemonic, [DeclareAttrInterfaceMethods<Attention_VariantInterface>]>;

#endif // ATTENTION_VARIANT
