/// Which build of the compiler this is.
#ifndef ATTENTION_TOOLS_ATTENTION_COMPILE_BUILDID_H
#define ATTENTION_TOOLS_ATTENTION_COMPILE_BUILDID_H

#include <string>

namespace attention {

/// The same for two runs only if this program and all libraries it is linked
/// with are the same: their build ids, or digests of files that have none.
std::string buildId();

} // namespace attention

#endif // ATTENTION_TOOLS_ATTENTION_COMPILE_BUILDID_H
