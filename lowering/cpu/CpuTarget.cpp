#include "lowering/cpu/CpuTarget.h"

#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringMap.h"
#include "llvm/MC/MCSubtargetInfo.h"
#include "llvm/MC/TargetRegistry.h"
#include "llvm/Support/TargetSelect.h"
#include "llvm/Target/TargetMachine.h"
#include "llvm/TargetParser/AArch64TargetParser.h"
#include "llvm/TargetParser/Host.h"
#include "llvm/TargetParser/Triple.h"
#include "llvm/TargetParser/X86TargetParser.h"

#include <mutex>

using namespace llvm;

namespace attention {

static constexpr StringLiteral x86Triple = "x86_64-unknown-linux-gnu";
static constexpr StringLiteral armTriple = "aarch64-unknown-linux-gnu";

/// Features that code may use, all of which runtime/CpuFeatures.cpp can look
/// for. Whatever else a processor has is switched off: code that used it could
/// not say so.
static constexpr StringLiteral x86Features[] = {"sse3",
                                                "ssse3",
                                                "sse4.1",
                                                "sse4.2",
                                                "popcnt",
                                                "aes",
                                                "pclmul",
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

/// What every processor of the architecture has.
static constexpr StringLiteral x86Baseline[] = {
    "64bit", "x87", "nopl", "cx8", "cmov", "mmx", "fxsr", "sse", "sse2"};
static constexpr StringLiteral armBaseline[] = {"neon", "fp-armv8"};

static ArrayRef<StringLiteral> usableFeatures(const Triple &triple) {
  return triple.isAArch64() ? ArrayRef(armFeatures) : ArrayRef(x86Features);
}

static bool isUsable(const Triple &triple, StringRef feature) {
  return is_contained(usableFeatures(triple), feature) ||
         is_contained(triple.isAArch64() ? ArrayRef(armBaseline)
                                         : ArrayRef(x86Baseline),
                      feature);
}

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

/// What instructions a processor has, as far as its name tells.
static std::vector<std::string> instructionSets(const Triple &triple,
                                                StringRef cpu) {
  std::vector<std::string> all;
  if (triple.isAArch64()) {
    std::vector<StringRef> features;
    if (std::optional<AArch64::CpuInfo> info = AArch64::parseCpu(cpu))
      AArch64::getExtensionFeatures(info->getImpliedExtensions(), features);
    for (StringRef feature : features)
      all.push_back(feature.drop_front().str()); // the plus
    return all;
  }
  SmallVector<StringRef> features;
  if (X86::parseArchX86(cpu) != X86::CK_None)
    X86::getFeaturesForCPU(cpu, features);
  StringMap<bool> implied;
  for (StringRef feature : features) {
    implied[feature] = true;
    X86::updateImpliedFeatures(feature, /*Enabled=*/true, implied);
  }
  for (StringRef feature : implied.keys())
    all.push_back(feature.str());
  return all;
}

/// Names the processor this runs on, and says what it has or lacks beyond its
/// name, as virtual machines hide features.
static void addHost(CpuTarget &target, SmallVectorImpl<std::string> &features) {
  target.cpu = sys::getHostCPUName().str();
  Triple triple(target.triple);
  for (const auto &[feature, enabled] : sys::getHostCPUFeatures())
    features.push_back(
        ((enabled && isUsable(triple, feature) ? "+" : "-") + feature).str());
}

static Expected<std::string> chooseTriple(StringRef name, StringRef asked) {
  std::string host = Triple(sys::getProcessTriple()).isAArch64()
                         ? armTriple.str()
                         : x86Triple.str();
  std::string triple = asked.str();
  if (triple.empty() && name == "native")
    triple = host;
  else if (triple.empty())
    triple = name != "aarch64" && knowsCpu(x86Triple, name) ? x86Triple.str()
                                                            : armTriple.str();
  Triple parsed(triple);
  if (name == "native" && parsed.getArch() != Triple(host).getArch())
    return createStringError("expects a processor of %s, but got native",
                             triple.c_str());
  if (!(parsed.getArch() == Triple::x86_64 ||
        parsed.getArch() == Triple::aarch64) ||
      !parsed.isOSBinFormatELF())
    return createStringError(
        "expects a triple of x86_64 or aarch64 with ELF objects, but got '%s'",
        triple.c_str());
  return triple;
}

/// Switches features on that were asked for by name, and what they rest on.
static Error addFeatures(CpuTarget &target, ArrayRef<StringRef> added) {
  Triple triple(target.triple);
  for (StringRef feature : added) {
    if (!is_contained(usableFeatures(triple), feature))
      return createStringError(
          "expects features behind a processor that code may use (" +
          join(usableFeatures(triple), ", ") + "), but got '" + feature + "'");
    // The last word on a feature counts.
    target.features += (",+" + feature).str();
    target.name += ("+" + feature).str();
  }
  return Error::success();
}

Expected<CpuTarget> selectCpuTarget(StringRef name, StringRef triple) {
  SmallVector<StringRef> added;
  name.split(added, '+');
  name = added.front();
  CpuTarget target;
  if (Error error = chooseTriple(name, triple).moveInto(target.triple))
    return std::move(error);
  Triple parsed(target.triple);
  SmallVector<std::string> features;
  target.cpu = name == "aarch64" ? "generic" : name.str();
  if (name == "native")
    addHost(target, features);
  if (!knowsCpu(target.triple, target.cpu))
    return createStringError("unknown processor '%s', did you mean '%s'?",
                             name.str().c_str(), nearestCpu(name).c_str());
  if (!parsed.isAArch64() && target.cpu != "generic" &&
      X86::parseArchX86(target.cpu, /*Only64Bit=*/true) == X86::CK_None)
    return createStringError("expects a processor of 64 bits, but got '%s'",
                             name.str().c_str());
  for (StringRef feature : instructionSets(parsed, target.cpu))
    if (!isUsable(parsed, feature))
      features.push_back(("-" + feature).str());
  // Some processors prefer 256-bit vectors for code that mixes them; ours does
  // not.
  if (parsed.getArch() == Triple::x86_64)
    features.push_back("-prefer-256-bit");
  sort(features);
  features.erase(llvm::unique(features), features.end());
  target.features = join(features, ",");
  target.name = target.cpu;
  if (Error error = addFeatures(target, ArrayRef(added).drop_front()))
    return std::move(error);
  return target;
}

/// Two targets of one artefact: code of both must have a reason to run.
static Error checkDistinct(const CpuTarget &one, const CpuTarget &other) {
  if (one.name == other.name)
    return createStringError("expects each processor once, but got '%s' twice",
                             one.name.c_str());
  if (one.architecture() != other.architecture())
    return createStringError(
        "expects processors of one family, but got '%s' of %s and '%s' of %s",
        one.name.c_str(), one.architecture().str().c_str(), other.name.c_str(),
        other.architecture().str().c_str());
  if (requiredFeatures(one) == requiredFeatures(other))
    return createStringError(
        "expects processors that differ, but code for '%s' and '%s' needs the "
        "same features: one of them would never run",
        one.name.c_str(), other.name.c_str());
  return Error::success();
}

Expected<std::vector<CpuTarget>> selectCpuTargets(ArrayRef<std::string> names,
                                                  StringRef triple) {
  std::vector<CpuTarget> targets;
  for (StringRef name : names) {
    Expected<CpuTarget> target = selectCpuTarget(name, triple);
    if (!target)
      return target.takeError();
    for (const CpuTarget &other : targets)
      if (Error error = checkDistinct(other, *target))
        return std::move(error);
    targets.push_back(*target);
  }
  return targets;
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

std::string requiredFeatures(const CpuTarget &target) {
  std::unique_ptr<MCSubtargetInfo> info =
      subtarget(target.triple, target.cpu, target.features);
  SmallVector<StringRef> needed;
  for (StringRef feature : usableFeatures(Triple(target.triple)))
    if (info->checkFeatures(("+" + feature).str()))
      needed.push_back(feature);
  return join(needed, ",");
}

} // namespace attention
