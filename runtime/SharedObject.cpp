//===- Artefacts in shared objects ----------------------------------------===//
#include "runtime/SharedObject.h"

#include "runtime/CpuFeatures.h"
#include "runtime/files/FileAccess.h"

#include <cstring>
#include <dlfcn.h>
#include <elf.h>

using namespace attention;

static const char *machineName(unsigned machine) {
  switch (machine) {
  case EM_X86_64:
    return "x86_64";
  case EM_AARCH64:
    return "aarch64";
  default:
    return "another machine";
  }
}

static Failure notOurs(const std::string &path) {
  return {"expects a shared object that attention-compile made, but got '" +
          path + "'"};
}

/// Whether all that the headers would have loaded is in the file.
static bool segmentsAreWhole(const MappedFile &file, const Elf64_Ehdr &header) {
  const uint64_t size = file.size();
  const uint64_t tableBytes = uint64_t(header.e_phnum) * sizeof(Elf64_Phdr);
  if (header.e_phentsize != sizeof(Elf64_Phdr) || header.e_phoff > size ||
      tableBytes > size - header.e_phoff)
    return false;
  for (unsigned i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, file.data() + header.e_phoff + i * sizeof(Elf64_Phdr),
                sizeof(segment));
    if (segment.p_type == PT_NULL || segment.p_filesz == 0)
      continue;
    if (segment.p_offset > size || segment.p_filesz > size - segment.p_offset)
      return false;
  }
  return true;
}

static MaybeFailure checkHeaders(const std::string &path) {
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return file.failure();
  Elf64_Ehdr header;
  if (file->size() < sizeof(header))
    return notOurs(path);
  std::memcpy(&header, file->data(), sizeof(header));
  if (std::memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 ||
      header.e_ident[EI_CLASS] != ELFCLASS64 ||
      header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_type != ET_DYN)
    return notOurs(path);
  const char *machine = machineName(header.e_machine);
  if (std::strcmp(machine, hostArchitecture()) != 0)
    return Failure{std::string("expects code for ") + hostArchitecture() +
                   ", but got code for " + machine + " in '" + path + "'"};
  if (!segmentsAreWhole(*file, header))
    return Failure{"truncated shared object '" + path + "'"};
  return std::nullopt;
}

Result<SharedObject> SharedObject::open(const std::string &path) {
  if (MaybeFailure failure = checkHeaders(path))
    return *failure;
  // A name without a slash would be searched for in the system's folders.
  const std::string located =
      path.find('/') == std::string::npos ? "./" + path : path;
  SharedObject object;
  object.handle = ::dlopen(located.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (!object.handle) {
    const char *reason = ::dlerror();
    return Failure{"cannot load '" + path +
                   "': " + (reason ? reason : "unknown reason")};
  }
  if (!object.artifact())
    return notOurs(path);
  return object;
}

const attn_artifact_desc *SharedObject::artifact() const {
  return static_cast<const attn_artifact_desc *>(
      ::dlsym(handle, ATTN_ARTIFACT_SYMBOL));
}

SharedObject::~SharedObject() {
  if (handle)
    ::dlclose(handle);
}
