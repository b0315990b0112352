//===- The passes that lower, for all targets ----------------------------===//

#ifndef ATTENTION_LOWERING_PASSES
#define ATTENTION_LOWERING_PASSES

include "mlir/Pass/PassBase.td"

def EntryPoints : Pass<"attention-entry-points", "mlir::ModuleOp"> {
  let summary = "emit the tables and entry points of an artefact";
  let description = [{
    Emits what runtime/Artifact.h declares: for each public function the entries
    `run` and `plan`, and one exported description of the artefact. The function
    must have been through `attention-plan-memory` and
    `attention-parallel-to-runtime`; it becomes private.
  }];
  let options = [
    Option<"prefix", "prefix", "std::string", "\"attention\"",
           "The exported symbol is this word with _artifact behind it">,
    Option<"architecture", "architecture", "std::string", "\"x86_64\"",
           "Processor family that the code is for">,
    Option<"features", "features", "std::string", "\"\"",
           "Features that the code needs, separated by commas">
  ];
  let dependentDialects = ["mlir::LLVM::LLVMDialect", "mlir::func::FuncDialect", "mlir::memref::MemRefDialect"];
}

#endif // ATTENTION_LOWERING_PASSES
