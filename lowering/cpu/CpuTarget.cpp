#include "lowering/cpu/CpuTarget.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"

#include <mutex>

using namespace llvm;

namespace attention {

static constexpr StringLiteral x86Triple = "x86_64-unknown-linux-gnu";
static constexpr StringLiteral armTriple = "aarch64-unknown-linux-gnu";

/// Features that code for tiles may use; what else a processor has (keys,
/// transactions, random numbers, ...) generated code does not touch.
static constexpr StringLiteral x86Features[] = {"sse3",
                                                "ssse3",
                                                "sse4.1",
                                                "sse4.2",
                                                "popcnt",
                                                "avx",
                                                "f16c",
                                                "fma",
                                                "avx2",
                                                "bmi",
                                                "bmi2",
                                                "lzcnt",
                                                "movbe",
                                                "avx512f",
                                                "avx512cd",
                                                "avx512bw",
                                                "avx512dq",
                                                "avx512vl",
                                                "avx512vbmi",
                                                "avx512vbmi2",
                                                "avx512vnni",
                                                "avx512bitalg",
                                                "avx512vpopcntdq",
                                                "avx512ifma",
                                                "avx512bf16",
                                                "avx512fp16",
                                                "avxvnni",
                                                "gfni",
                                                "vaes",
                                                "vpclmulqdq",
                                                "amx-tile",
                                                "amx-bf16",
                                                "amx-int8",
                                                "amx-fp16"};
static constexpr StringLiteral armFeatures[] = {
    "fullfp16", "fp16fml", "dotprod", "rdm",  "lse",
    "bf16",     "i8mm",    "sve",     "sve2", "complxnum"};

static void initializeTargets() {
  static std::once_flag once;
  std::call_once(once, [] {
    LLVMInitializeX86Target();
    LLVMInitializeX86TargetInfo();
    LLVMInitializeX86TargetMC();
    LLVMInitializeX86AsmPrinter();
    LLVMInitializeAArch64Target();
    LLVMInitializeAArch64TargetInfo();
    LLVMInitializeAArch64TargetMC();
    LLVMInitializeAArch64AsmPrinter();
  });
}

StringRef CpuTarget::architecture() const {
  return Triple(triple).isAArch64() ? "aarch64" : "x86_64";
}

static const Target *lookup(StringRef triple) {
  initializeTargets();
  std::string message;
  return TargetRegistry::lookupTarget(Triple(triple), message);
}

static std::unique_ptr<MCSubtargetInfo>
subtarget(StringRef triple, StringRef cpu, StringRef features) {
  const Target *target = lookup(triple);
  return std::unique_ptr<MCSubtargetInfo>(
      target->createMCSubtargetInfo(Triple(triple), cpu, features));
}

static bool knowsCpu(StringRef triple, StringRef cpu) {
  return subtarget(triple, "", "")->isCPUStringValid(cpu);
}

/// The closest name that LLVM knows for either family.
static std::string nearestCpu(StringRef name) {
  std::string nearest = "native";
  unsigned distance = name.edit_distance(nearest);
  for (StringRef triple : {StringRef(x86Triple), StringRef(armTriple)})
    for (const SubtargetSubTypeKV &known :
         subtarget(triple, "", "")->getAllProcessorDescriptions())
      if (unsigned edits = name.edit_distance(known.Key); edits < distance) {
        distance = edits;
        nearest = known.Key;
      }
  return nearest;
}

static CpuTarget nativeTarget() {
  CpuTarget target;
  target.triple = Triple(sys::getProcessTriple()).isAArch64() ? armTriple.str()
                                                              : x86Triple.str();
  target.cpu = sys::getHostCPUName().str();
  SmallVector<std::string> features;
  for (const auto &[feature, enabled] : sys::getHostCPUFeatures())
    features.push_back((enabled ? "+" : "-") + feature.str());
  sort(features);
  target.features = join(features, ",");
  return target;
}

Expected<CpuTarget> selectCpuTarget(StringRef name, StringRef triple) {
  CpuTarget target;
  if (name == "native") {
    target = nativeTarget();
    if (!triple.empty() &&
        Triple(triple).getArch() != Triple(target.triple).getArch())
      return createStringError("expects a processor of %s, but got native",
                               triple.str().c_str());
  } else {
    target.cpu = name == "aarch64" ? "generic" : name.str();
    if (!triple.empty())
      target.triple = triple.str();
    else
      target.triple = name != "aarch64" && knowsCpu(x86Triple, name)
                          ? x86Triple.str()
                          : armTriple.str();
  }
  if (!triple.empty())
    target.triple = triple.str();
  Triple parsed(target.triple);
  if (!(parsed.getArch() == Triple::x86_64 ||
        parsed.getArch() == Triple::aarch64) ||
      !parsed.isOSBinFormatELF())
    return createStringError(
        "expects a triple of x86_64 or aarch64 with ELF objects, but got '%s'",
        target.triple.c_str());
  if (!knowsCpu(target.triple, target.cpu))
    return createStringError("unknown processor '%s', did you mean '%s'?",
                             name.str().c_str(), nearestCpu(name).c_str());
  // Some processors prefer 256-bit vectors for code that mixes them; ours does
  // not.
  if (parsed.getArch() == Triple::x86_64)
    target.features +=
        target.features.empty() ? "-prefer-256-bit" : ",-prefer-256-bit";
  return target;
}

Expected<std::unique_ptr<TargetMachine>>
createTargetMachine(const CpuTarget &target) {
  TargetOptions options;
  options.AllowFPOpFusion = FPOpFusion::Standard;
  options.FunctionSections = true;
  options.DataSections = true;
  std::unique_ptr<TargetMachine> machine(
      lookup(target.triple)
          ->createTargetMachine(Triple(target.triple), target.cpu,
                                target.features, options, Reloc::PIC_,
                                std::nullopt, CodeGenOptLevel::Default));
  if (!machine)
    return createStringError("no code generator for '%s'",
                             target.triple.c_str());
  return machine;
}

std::string requiredFeatures(const TargetMachine &machine) {
  bool isArm = machine.getTargetTriple().isAArch64();
  ArrayRef<StringLiteral> relevant =
      isArm ? ArrayRef(armFeatures) : ArrayRef(x86Features);
  SmallVector<StringRef> needed;
  for (StringRef feature : relevant)
    if (machine.getMCSubtargetInfo()->checkFeatures(("+" + feature).str()))
      needed.push_back(feature);
  return join(needed, ",");
}

} // namespace attention
