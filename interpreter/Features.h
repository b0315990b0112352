/// What `#attention.linear` makes of queries and keys.
#ifndef ATTENTION_INTERPRETER_FEATURES_H
#define ATTENTION_INTERPRETER_FEATURES_H

#include "dialect/Attention.h"

namespace attention {

/// One number as a feature; NaN stays.
double featureOf(Feature feature, double x);

} // namespace attention

#endif // ATTENTION_INTERPRETER_FEATURES_H
