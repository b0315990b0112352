/// Names of the attributes that functions, their arguments and results carry.
#ifndef ATTENTION_DIALECT_NAMES_H
#define ATTENTION_DIALECT_NAMES_H

#include "llvm/ADT/StringRef.h"

namespace attention {

/// On arguments and results, as a model's author writes them.
inline constexpr llvm::StringLiteral nameAttr = "attention.name";
inline constexpr llvm::StringLiteral weightAttr = "attention.weight";
inline constexpr llvm::StringLiteral tokensAttr = "attention.tokens";

/// On arguments and results of a function that goes on where a session is: the
/// number of a part of the session's state, argument before and result after;
/// and on the argument whose one size is the number of tokens so far.
inline constexpr llvm::StringLiteral stateAttr = "attention.state";
inline constexpr llvm::StringLiteral pastAttr = "attention.past";
/// On such an argument with tokens: how many of them, the next one included, a
/// query may still see. Of `past` tokens it holds those from
/// max(0, past - (reach - 1)) on, rounded down to a multiple of
/// `forgottenAtATime`.
inline constexpr llvm::StringLiteral reachAttr = "attention.reach";
/// Tokens are forgotten so many at a time, so that the tiles of those that stay
/// are the tiles that they were in.
inline constexpr int64_t forgottenAtATime = 256;
/// On a function: the private one that goes on where a session is, or why there
/// is none; and on that one, with a number that tells whose sessions it goes on
/// with.
inline constexpr llvm::StringLiteral stepAttr = "attention.step";
inline constexpr llvm::StringLiteral isStepAttr = "attention.is_step";
inline constexpr llvm::StringLiteral fingerprintAttr = "attention.fingerprint";
inline constexpr llvm::StringLiteral noStepAttr = "attention.no_step";

/// On arguments that lowering added: a result's buffer, the workspace, and the
/// record of the run (lowering/Abi.h).
inline constexpr llvm::StringLiteral resultAttr = "attention.result";
inline constexpr llvm::StringLiteral workspaceAttr = "attention.workspace";
inline constexpr llvm::StringLiteral invocationAttr = "attention.invocation";

/// On an argument that attention-prepare-weights added: which result of the
/// preparation it is.
inline constexpr llvm::StringLiteral preparedAttr = "attention.prepared";

/// On functions: the private function that computes the sizes of the results,
/// the one that computes the bytes of the workspace, and the bytes of scratch
/// that each worker gets.
inline constexpr llvm::StringLiteral resultSizesAttr = "attention.result_sizes";
inline constexpr llvm::StringLiteral workspaceSizeAttr =
    "attention.workspace_size";
inline constexpr llvm::StringLiteral scratchBytesAttr =
    "attention.scratch_bytes";

/// On functions: the private function that prepares the weights for this one;
/// and, on such a function itself, that the runtime calls it.
inline constexpr llvm::StringLiteral preparationAttr = "attention.preparation";
inline constexpr llvm::StringLiteral preparesAttr = "attention.prepares";

/// In a module whose kernels are embedded as text: the text, and on the module
/// the names of the kernels.
inline constexpr llvm::StringLiteral ptxSymbol = "attention.ptx";
inline constexpr llvm::StringLiteral kernelsAttr = "attention.kernels";

/// On an `scf.if`: its else branch is for what hardly ever is, such as values
/// that are not finite, and its code had better be short than fast.
inline constexpr llvm::StringLiteral rareElseAttr = "attention.rare_else";

} // namespace attention

#endif // ATTENTION_DIALECT_NAMES_H
