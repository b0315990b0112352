#include "tools/attention-compile/BuildId.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/SHA256.h"

#include <elf.h>
#include <link.h>

using namespace llvm;

namespace attention {

/// The id in a segment of notes, or nothing.
static StringRef findId(const char *notes, size_t size) {
  while (size >= sizeof(ElfW(Nhdr))) {
    const auto *note = reinterpret_cast<const ElfW(Nhdr) *>(notes);
    size_t name = sizeof(*note), id = name + alignTo(note->n_namesz, 4),
           next = id + alignTo(note->n_descsz, 4);
    if (next > size)
      break;
    if (note->n_type == NT_GNU_BUILD_ID &&
        StringRef(notes + name, note->n_namesz) == StringRef("GNU", 4))
      return StringRef(notes + id, note->n_descsz);
    notes += next;
    size -= next;
  }
  return StringRef();
}

static std::string digestOf(StringRef path) {
  auto file = MemoryBuffer::getFile(path.empty() ? "/proc/self/exe" : path);
  if (!file)
    return path.str();
  return toHex(SHA256::hash(arrayRefFromStringRef((*file)->getBuffer())));
}

static int addObject(dl_phdr_info *object, size_t, void *all) {
  StringRef path = object->dlpi_name;
  if (path.starts_with("linux-vdso")) // the kernel's
    return 0;
  StringRef id;
  for (unsigned i = 0; i < object->dlpi_phnum && id.empty(); ++i)
    if (object->dlpi_phdr[i].p_type == PT_NOTE)
      id = findId(reinterpret_cast<const char *>(object->dlpi_addr +
                                                 object->dlpi_phdr[i].p_vaddr),
                  object->dlpi_phdr[i].p_memsz);
  *static_cast<std::string *>(all) +=
      (id.empty() ? digestOf(path) : toHex(id)) + "\n";
  return 0;
}

std::string buildId() {
  std::string all;
  dl_iterate_phdr(addObject, &all);
  return all;
}

} // namespace attention
