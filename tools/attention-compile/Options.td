//===- The options of attention-compile -----------------------------------===//

include "llvm/Option/OptParser.td"

class Flag_<string name, string help> : Flag<["--"], name>, HelpText<help>;
class Value_<string name, string value, string help>
    : Joined<["--"], name # "=">, HelpText<help>, MetaVarName<value>;

def output : JoinedOrSeparate<["-"], "o">, MetaVarName<"OUT">,
    HelpText<"What to write; its suffix chooses: .so .o .h .ll .s .ptx .mlir">;
def target : Value_<"target", "LIST", "What to compile for: cpu (the default), cuda, or cpu,cuda">;
def cpu : Value_<"cpu", "LIST", "Processor: native (the default), x86-64-v3, x86-64-v4, aarch64, or another that LLVM knows; or several, weakest first, of which a machine runs the best that it can">;
def triple : Value_<"triple", "TRIPLE", "Platform: x86_64-unknown-linux-gnu, aarch64-unknown-linux-gnu">;
def gpu : Value_<"gpu", "NAME", "Graphics processor: sm_80 (the default), sm_90a, or another from sm_80 up; or several, of which a device runs the best that it can">;
def prefix : Value_<"prefix", "WORD", "Export the artefact as WORD_artifact, for objects that are linked statically">;
def precision : Value_<"precision", "NAME", "Of products of f32: f32 (the default), or bf16 where the processor has instructions for those; sums stay f32">;
def form : Value_<"form", "NAME", "Form of attention: auto (the default), parallel, chunked, recurrent, scan">;
def remarks : Flag_<"remarks", "Print what the compiler chose, and why">;
def stop_after : Value_<"stop-after", "STAGE", "Write the MLIR text after this stage">;
def cache : Value_<"cache", "DIR", "Keep what is compiled in this folder, and take from it what is there; any number of compilers may share it">;
def cache_size : Value_<"cache-size", "SIZE", "How large the folder may be: a number with K, M or G (default: 1G); what was not used for longest is removed">;
def jobs : Value_<"jobs", "N", "Compile in N threads (default: one for each processor); the output is the same">;
def timing : Flag_<"timing", "Print where compile time went">;
def help : Flag<["--", "-"], "help">, HelpText<"Print this text">;
def version : Flag_<"version", "Print the version">;
