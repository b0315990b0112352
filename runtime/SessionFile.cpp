//===- Sessions in files --------------------------------------------------===//
#include "runtime/Session.h"
#include "runtime/Status.h"
#include "runtime/files/FileAccess.h"
#include "runtime/files/NearestName.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

using namespace attention;

/// A file is this header, the function's name and shapes as text, padded to 64
/// bytes, and the state as a session with room for just its tokens has it.
struct SessionHeader {
  char magic[8];
  uint32_t version;
  uint32_t textBytes;
  int64_t batch, tokens, stateBytes;
  uint64_t checksum; // of what stands before it, text and state
};

static const char sessionMagic[8] = {'A', 'T', 'T', 'N', 'S', 'E', 'S', 'S'};
static const uint32_t sessionVersion = 2;

/// FNV-1a, 64 bits.
static uint64_t checksum(uint64_t hash, const void *data, size_t size) {
  const auto *bytes = static_cast<const unsigned char *>(data);
  for (size_t i = 0; i < size; ++i)
    hash = (hash ^ bytes[i]) * 0x100000001b3u;
  return hash;
}

static uint64_t checksumOf(const SessionHeader &header, const std::string &text,
                           const void *state) {
  uint64_t hash =
      checksum(0xcbf29ce484222325u, &header, offsetof(SessionHeader, checksum));
  hash = checksum(hash, text.data(), text.size());
  return checksum(hash, state, static_cast<size_t>(header.stateBytes));
}

/// What a state belongs to: a function of this name and text, with parts like
/// these.
static std::string signatureOf(const attn_function &step) {
  std::string text =
      step.desc->name + (' ' + std::to_string(step.desc->fingerprint));
  for (const attn_tensor_desc *part : step.states) {
    text += ' ' + std::to_string(part->type) + ':' +
            std::to_string(part->tokens_axis);
    if (part->reach > 0)
      text += '<' + std::to_string(part->reach);
    for (int32_t axis = 0; axis < part->rank; ++axis)
      text += (axis ? 'x' : '/') + std::to_string(part->shape[axis]);
  }
  const size_t aligned = (sizeof(SessionHeader) + text.size() + 63) / 64 * 64;
  text.append(aligned - sizeof(SessionHeader) - text.size(), ' ');
  return text;
}

attn_status *attn_session::save(const char *path) const {
  if (!path)
    return makeStatus(ATTN_INVALID, "expects a path, but got null");
  if (isBroken)
    return makeStatus(ATTN_INVALID, "expects a session that is reset after a "
                                    "run that failed");
  StateLayout layout, packed;
  StateMemory state;
  if (attn_status *status = layout.lay(step, batch, room))
    return status;
  if (attn_status *status = packed.lay(step, batch, {tokens, leastPiece}))
    return status;
  if (attn_status *status = state.allocate(packed.bytes()))
    return status;
  const auto bytes = static_cast<size_t>(packed.bytes());
  std::fill_n(state.get(), bytes, 0);
  if (tokens)
    if (attn_status *status = layout.copy(memory.get(), packed, state.get(),
                                          tokens, {memory.where(), nullptr}))
      return status;
  const std::string text = signatureOf(step);
  SessionHeader header = {{},    sessionVersion, uint32_t(text.size()),
                          batch, tokens,         packed.bytes(),
                          0};
  std::memcpy(header.magic, sessionMagic, sizeof(sessionMagic));
  header.checksum = checksumOf(header, text, state.get());
  MaybeFailure failure = writeAtomically(path, {{&header, sizeof(header)},
                                                {text.data(), text.size()},
                                                {state.get(), bytes}});
  return failure ? makeStatus(ATTN_BAD_FILE, failure->message) : nullptr;
}

static attn_status *badFile(const char *path, const std::string &what) {
  return makeStatus(ATTN_BAD_FILE, quote(path) + " " + what);
}

/// Null if the file is a session of `step`, whole.
static attn_status *checkFile(const char *path, const MappedFile &file,
                              const attn_function &step, int64_t batch,
                              SessionHeader &header) {
  if (file.size() < sizeof(header))
    return badFile(path, "is no session");
  std::memcpy(&header, file.data(), sizeof(header));
  if (std::memcmp(header.magic, sessionMagic, sizeof(sessionMagic)) != 0)
    return badFile(path, "is no session");
  if (header.version != sessionVersion)
    return makeStatus(ATTN_INCOMPATIBLE,
                      quote(path) + " expects to be read by version " +
                          std::to_string(header.version) +
                          " of sessions, but this is version " +
                          std::to_string(sessionVersion));
  const std::string wanted = signatureOf(step);
  const size_t left = file.size() - sizeof(header);
  if (header.textBytes > left || header.tokens < 0 || header.stateBytes < 0 ||
      static_cast<uint64_t>(header.stateBytes) != left - header.textBytes)
    return badFile(path, "is a session that was cut off");
  const auto *text =
      reinterpret_cast<const char *>(file.data()) + sizeof(header);
  if (std::string(text, header.textBytes) != wanted)
    return badFile(path, "is a session of another model or function");
  if (header.batch != batch)
    return badFile(path, "is a session of " + std::to_string(header.batch) +
                             " sequences, but expected are " +
                             std::to_string(batch));
  if (checksumOf(header, wanted, text + header.textBytes) != header.checksum)
    return badFile(path, "is a session that was damaged");
  return nullptr;
}

attn_status *attn_session::load(const char *path) {
  if (!path)
    return makeStatus(ATTN_INVALID, "expects a path, but got null");
  Result<MappedFile> file = MappedFile::open(path);
  if (!file)
    return makeStatus(ATTN_BAD_FILE, file.message());
  SessionHeader header;
  if (attn_status *status = checkFile(path, *file, step, batch, header))
    return status;
  StateLayout layout, packed;
  if (attn_status *status =
          packed.lay(step, batch, {header.tokens, leastPiece}))
    return status;
  if (packed.bytes() != header.stateBytes)
    return badFile(path, "is a session that was cut off");
  tokens = 0;
  if (room.tokens < header.tokens)
    if (attn_status *status = reserve({header.tokens, room.piece}))
      return status;
  if (attn_status *status = layout.lay(step, batch, room))
    return status;
  const auto *state = reinterpret_cast<const char *>(file->data()) +
                      sizeof(header) + header.textBytes;
  if (header.tokens)
    if (attn_status *status =
            packed.copy(state, layout, memory.get(), header.tokens,
                        {nullptr, memory.where()}))
      return status;
  tokens = header.tokens;
  isBroken = false;
  return nullptr;
}
