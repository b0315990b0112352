//===- The processor that code runs on ------------------------------------===//
//
// By itself, so that a test may put another processor in its place when it
// links the runtime; nothing that a user can set does.
//
//===----------------------------------------------------------------------===//
#include "runtime/Cpuid.h"

#if defined(__x86_64__)
#include <sys/syscall.h>
#include <unistd.h>

using namespace attention;

Cpuid attention::hostCpuid() { return readCpuid(); }

bool attention::requestTiles() {
  const int requestPermission = 0x1023, tileData = 18; // ARCH_REQ_XCOMP_PERM
  return ::syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
}
#endif
