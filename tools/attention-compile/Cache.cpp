#include "tools/attention-compile/Cache.h"

#include "tools/attention-compile/BuildId.h"
#include "llvm/ADT/ScopeExit.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/CachePruning.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"
#include "llvm/Support/raw_ostream.h"

using namespace llvm;

namespace attention {

using Digest = std::array<uint8_t, 32>;

/// Entries and files on their way are named as LLVM's pruning expects it.
static constexpr StringLiteral entryPrefix = "llvmcache-";

/// What an entry begins with; then a digest, then the bytes.
static constexpr StringLiteral magic = "ATTNC001";

Expected<Cache> Cache::open(StringRef folder, uint64_t maxBytes) {
  if (folder.contains('%')) // stands for random digits in names of new files
    return createStringError("expects a cache without '%' in its path, but "
                             "got '" +
                             folder + "'");
  if (std::error_code code = sys::fs::create_directories(folder))
    return createStringError("cannot use '" + folder +
                             "' as a cache: " + code.message());
  if (!sys::fs::is_directory(folder))
    return createStringError("cannot use '" + folder +
                             "' as a cache: it is no folder");
  Cache cache;
  cache.folder = folder.str();
  cache.maxBytes = maxBytes;
  cache.build = buildId();
  return cache;
}

std::string Cache::key(ArrayRef<StringRef> parts) const {
  SHA256 hash;
  hash.update(build);
  for (StringRef part : parts) {
    // With its length, so that parts keep apart.
    hash.update(std::to_string(part.size()) + ":");
    hash.update(part);
  }
  return toHex(hash.final(), /*LowerCase=*/true);
}

std::string Cache::path(StringRef key) const {
  SmallString<128> path(folder);
  sys::path::append(path, entryPrefix + key);
  return path.str().str();
}

/// Of the name, too: an entry under another name is none.
static Digest digest(StringRef key, StringRef bytes) {
  SHA256 hash;
  hash.update(key);
  hash.update(bytes);
  return hash.final();
}

std::optional<SmallString<0>> Cache::find(StringRef key) const {
  std::string file = path(key);
  int descriptor;
  if (sys::fs::openFileForRead(file, descriptor))
    return std::nullopt;
  sys::fs::file_t handle = sys::fs::convertFDToNativeFile(descriptor);
  llvm::scope_exit close([&] { sys::fs::closeFile(handle); });
  auto buffer = MemoryBuffer::getOpenFile(handle, file, /*FileSize=*/-1,
                                          /*RequiresNullTerminator=*/false,
                                          /*IsVolatile=*/true);
  StringRef content = buffer ? (*buffer)->getBuffer() : StringRef();
  bool whole = content.consume_front(magic) && content.size() >= sizeof(Digest);
  if (whole) {
    StringRef written = content.take_front(sizeof(Digest));
    content = content.drop_front(sizeof(Digest));
    whole = written == toStringRef(digest(key, content));
  }
  if (!whole) {
    sys::fs::remove(file);
    return std::nullopt;
  }
  // Pruning goes by when entries were read.
  sys::fs::setLastAccessAndModificationTime(descriptor,
                                            std::chrono::system_clock::now());
  return SmallString<0>(content);
}

void Cache::insert(StringRef key, StringRef bytes) const {
  auto file = sys::fs::TempFile::create(path("%%%%%%%%%%%%.new"));
  if (!file) {
    consumeError(file.takeError());
    return;
  }
  raw_fd_ostream out(file->FD, /*shouldClose=*/false);
  out << magic << toStringRef(digest(key, bytes)) << bytes;
  out.flush();
  bool written = !out.has_error();
  out.clear_error();
  consumeError(written ? file->keep(path(key)) : file->discard());
}

void Cache::prune() const {
  CachePruningPolicy policy;
  policy.Interval = std::chrono::seconds(0);
  policy.Expiration = std::chrono::seconds(0);
  policy.MaxSizePercentageOfAvailableSpace = 0;
  policy.MaxSizeBytes = maxBytes;
  policy.MaxSizeFiles = 0;
  pruneCache(folder, policy);
}

} // namespace attention
