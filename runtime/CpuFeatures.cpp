//===- What this processor can do -----------------------------------------===//
#include "runtime/CpuFeatures.h"

#include <algorithm>
#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

using namespace attention;

#if defined(__x86_64__)
namespace {
enum Register { EAX, EBX, ECX, EDX };

/// A feature is a bit of CPUID and the state that the operating system must
/// save for it, as bits of XCR0.
struct Feature {
  const char *name;
  uint32_t leaf, subleaf;
  Register where;
  uint32_t bit;
  uint64_t state;
};
} // namespace

const uint64_t None = 0, Avx = 0x6, Avx512 = 0xe6, Amx = 0x60000;

static const Feature knownFeatures[] = {
    {"cx8", 1, 0, EDX, 8, None},
    {"cmov", 1, 0, EDX, 15, None},
    {"mmx", 1, 0, EDX, 23, None},
    {"fxsr", 1, 0, EDX, 24, None},
    {"sse", 1, 0, EDX, 25, None},
    {"sse2", 1, 0, EDX, 26, None},
    {"sse3", 1, 0, ECX, 0, None},
    {"pclmul", 1, 0, ECX, 1, None},
    {"pclmulqdq", 1, 0, ECX, 1, None},
    {"ssse3", 1, 0, ECX, 9, None},
    {"fma", 1, 0, ECX, 12, Avx},
    {"cx16", 1, 0, ECX, 13, None},
    {"sse41", 1, 0, ECX, 19, None},
    {"sse42", 1, 0, ECX, 20, None},
    {"crc32", 1, 0, ECX, 20, None},
    {"movbe", 1, 0, ECX, 22, None},
    {"popcnt", 1, 0, ECX, 23, None},
    {"aes", 1, 0, ECX, 25, None},
    {"xsave", 1, 0, ECX, 26, None},
    {"avx", 1, 0, ECX, 28, Avx},
    {"f16c", 1, 0, ECX, 29, Avx},
    {"fsgsbase", 7, 0, EBX, 0, None},
    {"bmi", 7, 0, EBX, 3, None},
    {"bmi1", 7, 0, EBX, 3, None},
    {"avx2", 7, 0, EBX, 5, Avx},
    {"bmi2", 7, 0, EBX, 8, None},
    {"avx512f", 7, 0, EBX, 16, Avx512},
    {"avx512dq", 7, 0, EBX, 17, Avx512},
    {"adx", 7, 0, EBX, 19, None},
    {"avx512ifma", 7, 0, EBX, 21, Avx512},
    {"avx512cd", 7, 0, EBX, 28, Avx512},
    {"sha", 7, 0, EBX, 29, None},
    {"avx512bw", 7, 0, EBX, 30, Avx512},
    {"avx512vl", 7, 0, EBX, 31, Avx512},
    {"avx512vbmi", 7, 0, ECX, 1, Avx512},
    {"avx512vbmi2", 7, 0, ECX, 6, Avx512},
    {"gfni", 7, 0, ECX, 8, None},
    {"vaes", 7, 0, ECX, 9, Avx},
    {"vpclmulqdq", 7, 0, ECX, 10, Avx},
    {"avx512vnni", 7, 0, ECX, 11, Avx512},
    {"avx512bitalg", 7, 0, ECX, 12, Avx512},
    {"avx512vpopcntdq", 7, 0, ECX, 14, Avx512},
    {"amxbf16", 7, 0, EDX, 22, Amx},
    {"avx512fp16", 7, 0, EDX, 23, Avx512},
    {"amxtile", 7, 0, EDX, 24, Amx},
    {"amxint8", 7, 0, EDX, 25, Amx},
    {"avxvnni", 7, 1, EAX, 4, Avx},
    {"avx512bf16", 7, 1, EAX, 5, Avx512},
    {"amxfp16", 7, 1, EAX, 21, Amx},
    {"avxifma", 7, 1, EAX, 23, Avx},
    {"avxneconvert", 7, 1, EDX, 5, Avx},
    {"lahf", 0x80000001, 0, ECX, 0, None},
    {"sahf", 0x80000001, 0, ECX, 0, None},
    {"lzcnt", 0x80000001, 0, ECX, 5, None},
    {"abm", 0x80000001, 0, ECX, 5, None},
    {"prfchw", 0x80000001, 0, ECX, 8, None},
};

/// The states that the operating system saves; none without XSAVE.
static uint64_t enabledState() {
  uint32_t eax, ebx, ecx, edx;
  const uint32_t osxsave = 27;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx >> osxsave & 1))
    return 0;
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return static_cast<uint64_t>(high) << 32 | low;
}

static bool isPresent(const std::string &name) {
  // The baseline of the architecture, which LLVM lists too.
  if (name == "x87" || name == "64bit" || name == "nopl")
    return true;
  for (const Feature &feature : knownFeatures) {
    if (name != feature.name)
      continue;
    uint32_t registers[4];
    return __get_cpuid_count(feature.leaf, feature.subleaf, &registers[EAX],
                             &registers[EBX], &registers[ECX],
                             &registers[EDX]) &&
           (registers[feature.where] >> feature.bit & 1) &&
           (enabledState() & feature.state) == feature.state;
  }
  return false;
}

const char *attention::hostArchitecture() { return "x86_64"; }

#elif defined(__aarch64__)
namespace {
/// A feature is a bit of what the kernel reports.
struct Feature {
  const char *name;
  unsigned long vector; // AT_HWCAP or AT_HWCAP2
  unsigned bit;
};
} // namespace

static const Feature knownFeatures[] = {
    {"fparmv8", AT_HWCAP, 0},   {"fp", AT_HWCAP, 0},
    {"neon", AT_HWCAP, 1},      {"asimd", AT_HWCAP, 1},
    {"aes", AT_HWCAP, 3},       {"sha2", AT_HWCAP, 6},
    {"crc", AT_HWCAP, 7},       {"crc32", AT_HWCAP, 7},
    {"lse", AT_HWCAP, 8},       {"atomics", AT_HWCAP, 8},
    {"fullfp16", AT_HWCAP, 10}, {"asimdhp", AT_HWCAP, 10},
    {"rdm", AT_HWCAP, 12},      {"asimdrdm", AT_HWCAP, 12},
    {"jsconv", AT_HWCAP, 13},   {"complxnum", AT_HWCAP, 14},
    {"fcma", AT_HWCAP, 14},     {"rcpc", AT_HWCAP, 15},
    {"dotprod", AT_HWCAP, 20},  {"asimddp", AT_HWCAP, 20},
    {"sve", AT_HWCAP, 22},      {"fp16fml", AT_HWCAP, 23},
    {"asimdfhm", AT_HWCAP, 23}, {"sve2", AT_HWCAP2, 1},
    {"svei8mm", AT_HWCAP2, 9},  {"svebf16", AT_HWCAP2, 12},
    {"i8mm", AT_HWCAP2, 13},    {"bf16", AT_HWCAP2, 14},
    {"sme", AT_HWCAP2, 23},
};

static bool isPresent(const std::string &name) {
  for (const Feature &feature : knownFeatures)
    if (name == feature.name)
      return getauxval(feature.vector) >> feature.bit & 1;
  return false;
}

const char *attention::hostArchitecture() { return "aarch64"; }

#else
#error "the runtime knows x86_64 and aarch64"
#endif

/// LLVM, the kernel and people put different marks into one name.
static std::string withoutMarks(const std::string &name) {
  std::string plain;
  for (char letter : name)
    if (letter != '_' && letter != '-' && letter != '.')
      plain += letter;
  return plain;
}

std::string attention::missingFeature(const std::string &features) {
  for (size_t begin = 0; begin < features.size();) {
    const size_t end = std::min(features.find(',', begin), features.size());
    const std::string name = features.substr(begin, end - begin);
    if (!name.empty() && !isPresent(withoutMarks(name)))
      return name;
    begin = end + 1;
  }
  return "";
}
