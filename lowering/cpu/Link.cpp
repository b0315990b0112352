#include "lowering/cpu/Link.h"

#include "lld/Common/Driver.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/ObjCopy/ConfigManager.h"
#include "llvm/ObjCopy/ObjCopy.h"
#include "llvm/Object/ObjectFile.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/SmallVectorMemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

LLD_HAS_DRIVER(elf)

namespace attention {

/// What generated code may call beside itself.
static constexpr StringLiteral libcSymbols[] = {"bcmp", "memcmp", "memcpy",
                                                "memmove", "memset"};
static constexpr StringLiteral libmFunctions[] = {
    "acos",  "acosh", "asin",  "asinh",     "atan",      "atan2",
    "atanh", "cbrt",  "ceil",  "cos",       "cosh",      "erf",
    "erfc",  "exp",   "exp2",  "expm1",     "fabs",      "floor",
    "fma",   "fmod",  "log",   "log10",     "log1p",     "log2",
    "pow",   "rint",  "round", "roundeven", "sin",       "sinh",
    "sqrt",  "tan",   "tanh",  "trunc",     "nearbyint", "ldexp"};

/// Conversions of 16-bit floating-point numbers that the runtime has for
/// processors without instructions for them (runtime/HalfHelpers.cpp).
static constexpr StringLiteral runtimeSymbols[] = {
    "__extendhfsf2", "__truncsfhf2", "__truncdfhf2", "__truncsfbf2",
    "__truncdfbf2"};

static bool isLibm(StringRef symbol) {
  return is_contained(libmFunctions, symbol) ||
         (symbol.consume_back("f") && is_contained(libmFunctions, symbol));
}

namespace {
/// A file that lives as long as this object.
struct TemporaryFile {
  SmallString<128> path;
  FileRemover remover;

  Error create(StringRef suffix, StringRef content) {
    int descriptor;
    if (std::error_code code =
            sys::fs::createTemporaryFile("attention", suffix, descriptor, path))
      return createStringError("cannot write a temporary file: " +
                               code.message());
    remover.setFile(path);
    raw_fd_ostream out(descriptor, /*shouldClose=*/true);
    out << content;
    out.close();
    if (!out.has_error())
      return Error::success();
    std::string message = out.error().message();
    out.clear_error();
    return createStringError("cannot write '" + path + "': " + message);
  }
};
} // namespace

static Error runLinker(ArrayRef<const char *> arguments) {
  SmallVector<const char *> all = {"ld.lld", "--threads=1"};
  append_range(all, arguments);
  std::string messages;
  raw_string_ostream stream(messages);
  lld::Result result =
      lld::lldMain(all, stream, stream, {{lld::Gnu, &lld::elf::link}});
  if (result.retCode == 0)
    return Error::success();
  return createStringError(StringRef(messages).trim().split('\n').first);
}

namespace {
/// What an object needs of one library.
struct Library {
  StringRef soname;
  StringSet<> symbols;
  TemporaryFile stub;
};

struct Libraries {
  Library libc, libm, runtime;
  Libraries() {
    libc.soname = "libc.so.6";
    libm.soname = "libm.so.6";
    runtime.soname = "libattention_runtime.so";
  }
  /// The library that has `symbol`, or null.
  Library *find(StringRef symbol) {
    if (is_contained(libcSymbols, symbol))
      return &libc;
    if (isLibm(symbol))
      return &libm;
    return is_contained(runtimeSymbols, symbol) ? &runtime : nullptr;
  }
};
} // namespace

/// Calls `visit` with the names of those global symbols that an object leaves
/// undefined, or of those that it defines.
static Error forEachSymbol(MemoryBufferRef object, bool undefined,
                           function_ref<Error(StringRef)> visit) {
  auto file = object::ObjectFile::createObjectFile(object);
  if (!file)
    return file.takeError();
  for (const object::SymbolRef &symbol : (*file)->symbols()) {
    uint32_t flags = cantFail(symbol.getFlags());
    if (!(flags & object::SymbolRef::SF_Global) ||
        bool(flags & object::SymbolRef::SF_Undefined) != undefined)
      continue;
    if (Error error = visit(cantFail(symbol.getName())))
      return error;
  }
  return Error::success();
}

/// Sorts what all objects together leave undefined into the libraries that have
/// it.
static Error collectUndefined(ArrayRef<MemoryBufferRef> objects,
                              Libraries &libraries) {
  StringSet<> defined;
  for (MemoryBufferRef object : objects)
    if (Error error =
            forEachSymbol(object, /*undefined=*/false, [&](StringRef name) {
              defined.insert(name);
              return Error::success();
            }))
      return error;
  auto addUndefined = [&](StringRef name) -> Error {
    if (defined.contains(name))
      return Error::success();
    Library *library = libraries.find(name);
    if (!library)
      return createStringError("expects code that needs the C library and the "
                               "runtime alone, but it calls '" +
                               name + "'");
    library->symbols.insert(name);
    return Error::success();
  };
  for (MemoryBufferRef object : objects)
    if (Error error = forEachSymbol(object, /*undefined=*/true, addUndefined))
      return error;
  return Error::success();
}

/// Makes an empty library that defines `symbols`, so that the linker notes
/// `soname` as needed without the library itself being there.
static Error createStub(Library &library, StringRef emulation) {
  std::string script;
  for (StringRef symbol : library.symbols.keys())
    script += (symbol + " = 0;\n").str();
  TemporaryFile scriptFile;
  if (Error error = scriptFile.create("ld", script))
    return error;
  if (Error error = library.stub.create("so", ""))
    return error;
  return runLinker({"-shared", "-m", emulation.data(), "-soname",
                    library.soname.data(), scriptFile.path.c_str(), "-o",
                    library.stub.path.c_str()});
}

static StringRef emulationOf(StringRef architecture) {
  return architecture == "aarch64" ? "aarch64linux" : "elf_x86_64";
}

static Expected<std::unique_ptr<MemoryBuffer>>
readBack(const TemporaryFile &file) {
  auto buffer = MemoryBuffer::getFile(file.path, /*IsText=*/false,
                                      /*RequiresNullTerminator=*/false);
  if (!buffer)
    return createStringError("cannot read '" + file.path +
                             "': " + buffer.getError().message());
  return std::move(*buffer);
}

/// Runs the linker on `objects`, with `options` before and after them.
static Expected<std::unique_ptr<MemoryBuffer>>
linkObjects(ArrayRef<MemoryBufferRef> objects, ArrayRef<const char *> options,
            ArrayRef<const char *> libraries) {
  SmallVector<const char *> arguments(options);
  std::vector<std::unique_ptr<TemporaryFile>> files;
  for (MemoryBufferRef object : objects) {
    files.push_back(std::make_unique<TemporaryFile>());
    if (Error error = files.back()->create("o", object.getBuffer()))
      return std::move(error);
    arguments.push_back(files.back()->path.c_str());
  }
  TemporaryFile linked;
  if (Error error = linked.create("out", ""))
    return std::move(error);
  append_range(arguments, libraries);
  arguments.append({"-o", linked.path.c_str()});
  if (Error error = runLinker(arguments))
    return std::move(error);
  return readBack(linked);
}

Expected<std::unique_ptr<MemoryBuffer>>
linkSharedObject(ArrayRef<MemoryBufferRef> objects, StringRef architecture) {
  Libraries libraries;
  if (Error error = collectUndefined(objects, libraries))
    return std::move(error);
  StringRef emulation = emulationOf(architecture);
  SmallVector<const char *> stubs;
  for (Library *library :
       {&libraries.libc, &libraries.libm, &libraries.runtime}) {
    if (library->symbols.empty())
      continue;
    if (Error error = createStub(*library, emulation))
      return std::move(error);
    stubs.push_back(library->stub.path.c_str());
  }
  return linkObjects(objects,
                     {"-shared", "--hash-style=gnu", "-m", emulation.data(),
                      "--no-undefined", "--gc-sections", "--icf=all",
                      "--strip-all", "-z", "now", "-z", "relro", "-z",
                      "noexecstack"},
                     stubs);
}

/// Makes hidden symbols local: other objects of the same program may have the
/// same names.
static Expected<std::unique_ptr<MemoryBuffer>>
localizeHidden(MemoryBufferRef object) {
  auto file = object::ObjectFile::createObjectFile(object);
  if (!file)
    return file.takeError();
  objcopy::ConfigManager config;
  config.ELF.LocalizeHidden = true;
  SmallString<0> localized;
  raw_svector_ostream stream(localized);
  if (Error error = objcopy::executeObjcopyOnBinary(config, **file, stream))
    return std::move(error);
  return std::make_unique<SmallVectorMemoryBuffer>(
      std::move(localized), /*RequiresNullTerminator=*/false);
}

Expected<std::unique_ptr<MemoryBuffer>>
linkObject(ArrayRef<MemoryBufferRef> objects, StringRef architecture) {
  auto linked = linkObjects(
      objects, {"-r", "-X", "-m", emulationOf(architecture).data()}, {});
  if (!linked)
    return linked.takeError();
  return localizeHidden((*linked)->getMemBufferRef());
}

} // namespace attention
