#include "lowering/cpu/Partition.h"

#include "llvm/ADT/DenseSet.h"
#include "llvm/ADT/MapVector.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Bitcode/BitcodeWriter.h"
#include "llvm/IR/Instructions.h"
#include "llvm/Support/raw_ostream.h"
#include "llvm/Transforms/Utils/Cloning.h"

using namespace llvm;

namespace attention {

/// What is smaller than this shares a piece: starting code generation costs as
/// much as a function of this many instructions.
static constexpr int64_t smallPiece = 200;

namespace {
/// Functions that stay together, because only the first is known outside.
struct Piece {
  DenseSet<const GlobalValue *> functions;
  int64_t instructions = 0;
  size_t place = 0; ///< in the module
  bool hasTables = false;

  void add(const Piece &other) {
    functions.insert(other.functions.begin(), other.functions.end());
    instructions += other.instructions;
  }
};
} // namespace

/// The only function that calls `function`, if nothing else knows it.
static Function *onlyCaller(Function &function) {
  if (!function.hasLocalLinkage())
    return nullptr;
  Function *only = nullptr;
  for (const Use &use : function.uses()) {
    auto *call = dyn_cast<CallBase>(use.getUser());
    if (!call || !call->isCallee(&use))
      return nullptr;
    Function *caller = call->getFunction();
    if (caller == &function || (only && only != caller))
      return nullptr;
    only = caller;
  }
  return only;
}

/// Up the callers, as long as there is one; functions that only call each other
/// in a circle are nobody's, and may lead anywhere.
static Function *ownerOf(Function &function) {
  Function *owner = &function;
  DenseSet<Function *> seen;
  while (Function *caller = onlyCaller(*owner)) {
    if (!seen.insert(owner).second)
      break;
    owner = caller;
  }
  return owner;
}

static std::vector<Piece> choosePieces(Module &module) {
  MapVector<Function *, Piece> byOwner;
  for (Function &function : module) {
    if (function.isDeclaration())
      continue;
    Piece &piece = byOwner[ownerOf(function)];
    piece.functions.insert(&function);
    piece.instructions += function.getInstructionCount();
  }
  std::vector<Piece> pieces;
  Piece rest;
  for (auto &[owner, piece] : byOwner)
    if (piece.instructions < smallPiece)
      rest.add(piece);
    else
      pieces.push_back(std::move(piece));
  rest.hasTables = true;
  pieces.push_back(std::move(rest));
  for (auto [place, piece] : enumerate(pieces))
    piece.place = place;
  llvm::sort(pieces, [](const Piece &one, const Piece &other) {
    return std::pair(-one.instructions, one.place) <
           std::pair(-other.instructions, other.place);
  });
  return pieces;
}

/// Whether every piece may have a copy of its own.
static bool isCopied(const GlobalVariable &variable) {
  return variable.hasLocalLinkage() && variable.isConstant() &&
         variable.hasGlobalUnnamedAddr();
}

static void expose(GlobalValue &value, StringRef suffix) {
  value.setName(value.getName() + suffix);
  value.setLinkage(GlobalValue::ExternalLinkage);
  value.setVisibility(GlobalValue::HiddenVisibility);
  value.setDSOLocal(true);
}

/// Makes what one piece knows of another visible to the linker.
static void exposeShared(Module &module, StringRef suffix) {
  for (Function &function : module)
    if (!function.isDeclaration() && function.hasLocalLinkage() &&
        !onlyCaller(function))
      expose(function, suffix);
  for (GlobalVariable &variable : module.globals())
    if (variable.hasLocalLinkage() && !isCopied(variable))
      expose(variable, suffix);
}

/// What the clone declares or copied without using it.
static void dropUnused(Module &module) {
  for (Function &function : make_early_inc_range(module))
    if (function.isDeclaration() && function.use_empty())
      function.eraseFromParent();
  for (GlobalVariable &variable : make_early_inc_range(module.globals()))
    if (variable.use_empty() &&
        (variable.isDeclaration() || variable.hasLocalLinkage()))
      variable.eraseFromParent();
}

std::vector<SmallString<0>> splitIntoPieces(Module &module, StringRef suffix) {
  std::vector<Piece> pieces = choosePieces(module);
  exposeShared(module, suffix);
  std::vector<SmallString<0>> written;
  for (const Piece &piece : pieces) {
    ValueToValueMapTy map;
    std::unique_ptr<Module> clone =
        CloneModule(module, map, [&](const GlobalValue *value) {
          if (auto *variable = dyn_cast<GlobalVariable>(value))
            return piece.hasTables || isCopied(*variable);
          return piece.functions.contains(value);
        });
    dropUnused(*clone);
    raw_svector_ostream stream(written.emplace_back());
    WriteBitcodeToFile(*clone, stream);
  }
  return written;
}

} // namespace attention
