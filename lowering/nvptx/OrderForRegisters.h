/// The order of instructions that keeps few values alive.
#ifndef ATTENTION_LOWERING_NVPTX_ORDERFORREGISTERS_H
#define ATTENTION_LOWERING_NVPTX_ORDERFORREGISTERS_H

#include "llvm/IR/PassManager.h"

namespace attention {

/// Computes each value just before the first instruction with an effect (or
/// that exchanges data between threads) that needs it, depth first.
///
/// Code made of tiles goes through all elements of a tile step by step: every
/// element of the tile is alive after every step. In this order, an element
/// goes through all steps before the next one begins. Assemblers reorder too,
/// but start from what they are given.
struct OrderForRegistersPass : llvm::PassInfoMixin<OrderForRegistersPass> {
  llvm::PreservedAnalyses run(llvm::Function &function,
                              llvm::FunctionAnalysisManager &);
};

} // namespace attention

#endif // ATTENTION_LOWERING_NVPTX_ORDERFORREGISTERS_H
