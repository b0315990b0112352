//===- Compiled models of rows --------------------------------------------===//
#include "tools/attention-bench/Kernels.h"

#include "runtime/files/FileAccess.h"
#include "runtime/files/Programs.h"

#include <cerrno>
#include <cstring>
#include <unistd.h>

using namespace attention;

Kernels::~Kernels() {
  if (folder.empty())
    return;
  ::unlink((folder + "/model.mlir").c_str());
  ::rmdir(folder.c_str());
}

MaybeFailure Kernels::makeFolder() {
  if (!folder.empty())
    return std::nullopt;
  const char *place = ::getenv("TMPDIR");
  std::string name =
      std::string(place && *place ? place : "/tmp") + "/attention-bench-XXXXXX";
  if (!::mkdtemp(name.data()))
    return Failure{"cannot make the folder '" + name +
                   "': " + std::strerror(errno)};
  folder = name;
  return std::nullopt;
}

Result<const attn_function *> Kernels::compile(const std::string &text) {
  ModelHandle &model = models[text];
  if (!model) {
    if (MaybeFailure failure = makeFolder())
      return *failure;
    // A name of its own: what is loaded already is found by its name.
    const std::string source = folder + "/model.mlir",
                      object =
                          folder + "/" + std::to_string(models.size()) + ".so";
    if (MaybeFailure failure =
            writeAtomically(source, {{text.data(), text.size()}}))
      return *failure;
    Result<std::string> compiler = programBeside("attention-compile");
    if (!compiler)
      return compiler.failure();
    std::vector<std::string> arguments{source, "-o", object};
    arguments.insert(arguments.end(), flags.begin(), flags.end());
    if (MaybeFailure failure = runProgram(*compiler, arguments))
      return *failure;
    attn_model *made;
    MaybeFailure failure = failureOf(attn_model_load(object.c_str(), &made));
    model.reset(made);
    ::unlink(object.c_str());
    if (failure)
      return *failure;
  }
  const attn_function *function;
  if (MaybeFailure failure =
          failureOf(attn_model_find(model.get(), nullptr, &function)))
    return *failure;
  return function;
}
