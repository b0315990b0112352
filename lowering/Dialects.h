/// What the compiler's own tools register.
#ifndef ATTENTION_LOWERING_DIALECTS_H
#define ATTENTION_LOWERING_DIALECTS_H

#include "mlir/IR/DialectRegistry.h"

namespace attention {

/// The dialects of models and of all levels below, with what the pipelines ask
/// of them (conversions, translations): no more, since it costs start-up time.
mlir::DialectRegistry compilerDialects();

} // namespace attention

#endif // ATTENTION_LOWERING_DIALECTS_H
