//===- What this processor can do -----------------------------------------===//
#include "runtime/CpuFeatures.h"

#include <algorithm>
#include <cstdint>

#if defined(__x86_64__)
#include "runtime/Cpuid.h"
#elif defined(__aarch64__)
#include <sys/auxv.h>
#endif

using namespace attention;

#if defined(__x86_64__)
namespace {
/// A feature is a bit of CPUID and the state that the operating system must
/// save for it, as bits of XCR0.
struct Feature {
  const char *name;
  CpuidLeaf leaf;
  CpuidRegister where;
  uint32_t bit;
  uint64_t state;
};
} // namespace

const uint64_t None = 0, Avx = 0x6, Avx512 = 0xe6, Amx = 0x60000;

/// Those that lowering/cpu/CpuTarget.cpp lets code use, beyond the baseline.
static const Feature knownFeatures[] = {
    {"sse3", Leaf1, ECX, 0, None},
    {"pclmul", Leaf1, ECX, 1, None},
    {"ssse3", Leaf1, ECX, 9, None},
    {"fma", Leaf1, ECX, 12, Avx},
    {"sse4.1", Leaf1, ECX, 19, None},
    {"sse4.2", Leaf1, ECX, 20, None},
    {"movbe", Leaf1, ECX, 22, None},
    {"popcnt", Leaf1, ECX, 23, None},
    {"aes", Leaf1, ECX, 25, None},
    {"avx", Leaf1, ECX, 28, Avx},
    {"f16c", Leaf1, ECX, 29, Avx},
    {"bmi", Leaf7, EBX, 3, None},
    {"avx2", Leaf7, EBX, 5, Avx},
    {"bmi2", Leaf7, EBX, 8, None},
    {"avx512f", Leaf7, EBX, 16, Avx512},
    {"avx512dq", Leaf7, EBX, 17, Avx512},
    {"avx512ifma", Leaf7, EBX, 21, Avx512},
    {"avx512cd", Leaf7, EBX, 28, Avx512},
    {"avx512bw", Leaf7, EBX, 30, Avx512},
    {"avx512vl", Leaf7, EBX, 31, Avx512},
    {"avx512vbmi", Leaf7, ECX, 1, Avx512},
    {"avx512vbmi2", Leaf7, ECX, 6, Avx512},
    {"gfni", Leaf7, ECX, 8, None},
    {"vaes", Leaf7, ECX, 9, Avx},
    {"vpclmulqdq", Leaf7, ECX, 10, Avx},
    {"avx512vnni", Leaf7, ECX, 11, Avx512},
    {"avx512bitalg", Leaf7, ECX, 12, Avx512},
    {"avx512vpopcntdq", Leaf7, ECX, 14, Avx512},
    {"amx-bf16", Leaf7, EDX, 22, Amx},
    {"avx512fp16", Leaf7, EDX, 23, Avx512},
    {"amx-tile", Leaf7, EDX, 24, Amx},
    {"amx-int8", Leaf7, EDX, 25, Amx},
    {"avxvnni", Leaf7Sub1, EAX, 4, Avx},
    {"avx512bf16", Leaf7Sub1, EAX, 5, Avx512},
    {"amx-fp16", Leaf7Sub1, EAX, 21, Amx},
    {"lzcnt", Extended, ECX, 5, None},
};

/// Other names of the above, without marks.
static const char *const aliases[][2] = {
    {"pclmulqdq", "pclmul"}, {"bmi1", "bmi"}, {"abm", "lzcnt"}};

static const char *const baseline[] = {"x87", "64bit", "nopl", "cx8", "cmov",
                                       "mmx", "fxsr",  "sse",  "sse2"};

static bool has(const Feature &feature) {
  static const Cpuid processor = hostCpuid();
  return (processor.leaves[feature.leaf][feature.where] >> feature.bit & 1) &&
         (processor.enabledState & feature.state) == feature.state;
}

static bool isGranted(const std::string &plain) {
  return plain.compare(0, 3, "amx") != 0 || requestTiles();
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

/// Those that lowering/cpu/CpuTarget.cpp lets code use, beyond the baseline.
static const Feature knownFeatures[] = {
    {"lse", AT_HWCAP, 8},      {"fullfp16", AT_HWCAP, 10},
    {"rdm", AT_HWCAP, 12},     {"complxnum", AT_HWCAP, 14},
    {"dotprod", AT_HWCAP, 20}, {"sve", AT_HWCAP, 22},
    {"fp16fml", AT_HWCAP, 23}, {"sve2", AT_HWCAP2, 1},
    {"i8mm", AT_HWCAP2, 13},   {"bf16", AT_HWCAP2, 14},
};

/// Other names of the above, without marks.
static const char *const aliases[][2] = {
    {"atomics", "lse"},    {"asimdhp", "fullfp16"}, {"asimdrdm", "rdm"},
    {"fcma", "complxnum"}, {"asimddp", "dotprod"},  {"asimdfhm", "fp16fml"}};

static const char *const baseline[] = {"fparmv8", "fp", "neon", "asimd"};

static bool has(const Feature &feature) {
  return getauxval(feature.vector) >> feature.bit & 1;
}

static bool isGranted(const std::string &) { return true; }

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

static bool isPresent(std::string plain) {
  for (const char *name : baseline)
    if (plain == name)
      return true;
  for (const auto &alias : aliases)
    if (plain == alias[0])
      plain = alias[1];
  for (const Feature &feature : knownFeatures)
    if (plain == withoutMarks(feature.name))
      return has(feature);
  return false;
}

/// Names of the list for which `holds` does not, given a name without marks.
template <typename Holds>
static std::vector<std::string> without(const std::string &features,
                                        Holds holds) {
  std::vector<std::string> others;
  for (size_t begin = 0; begin < features.size();) {
    const size_t end = std::min(features.find(',', begin), features.size());
    const std::string name = features.substr(begin, end - begin);
    if (!name.empty() && !holds(withoutMarks(name)))
      others.push_back(name);
    begin = end + 1;
  }
  return others;
}

std::vector<std::string>
attention::missingFeatures(const std::string &features) {
  return without(features, isPresent);
}

std::vector<std::string>
attention::refusedFeatures(const std::string &features) {
  return without(features, isGranted);
}

std::string attention::presentFeatures() {
  std::string present;
  for (const Feature &feature : knownFeatures)
    if (has(feature))
      present += (present.empty() ? "" : ",") + std::string(feature.name);
  return present;
}
